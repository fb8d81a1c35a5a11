//! `[alerts]`: rules of alerts, and the sinks that notifications go to.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::error::ConfigFileError;
use super::paths::Paths;
use super::toml_table::TomlTable;
use crate::domain::alert::{AlertRules, Condition, QuietHours};
use crate::domain::sink::{SinkSettings, TerminalForm, Webhook, WebhookAddress, WebhookForm, WebhookUrl};
use crate::domain::status::{Severity, Status};

pub(super) const ALERT_KEYS: &[&str] = &[
    "minimum_duration",
    "remind_after",
    "quiet_hours",
    "muted",
    "severity",
    "bell",
    "terminal",
    "desktop",
    "webhook",
    "webhook_file",
    "webhook_form",
    "command",
];
pub(super) const ENVIRONMENT_ALERT_KEYS: &[&str] = &["muted"];

const MINIMUM_DURATION: RangeInclusive<SignedDuration> = SignedDuration::ZERO..=SignedDuration::from_hours(1);
const REMIND_AFTER: RangeInclusive<SignedDuration> =
    SignedDuration::from_mins(1)..=SignedDuration::from_hours(24 * 365);

/// Rules of alerts, and sinks.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertSettings {
    /// Time that a condition must hold, or be over, before it is told.
    pub minimum_duration: SignedDuration,
    /// Time after which a condition that still holds is told again; `None` is never.
    pub remind_after: Option<SignedDuration>,
    /// Start and end of the hours, in local time, in which only what is critical is told at once.
    pub quiet_hours: Option<(Time, Time)>,
    /// Conditions that raise no alert in any environment.
    pub muted: Vec<Condition>,
    /// Sinks that notifications go to.
    pub sinks: SinkSettings,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let AlertRules { minimum_duration, remind_after, muted, .. } = AlertRules::default();
        Self { minimum_duration, remind_after, quiet_hours: None, muted, sinks: SinkSettings::default() }
    }
}

impl AlertSettings {
    /// Rules of alerts, in the time zone of this machine.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "quiet hours are those of people at this machine")]
    pub fn rules(&self) -> AlertRules {
        let quiet_hours = self.quiet_hours.map(|(from, until)| QuietHours { from, until, zone: TimeZone::system() });
        AlertRules {
            minimum_duration: self.minimum_duration,
            remind_after: self.remind_after,
            quiet_hours,
            muted: self.muted.clone(),
        }
    }
}

/// Settings from the `[alerts]` of the file; relative paths start at the folder that `paths` tells.
pub(super) fn alerts(root: &TomlTable<'_>, paths: &Paths) -> Result<AlertSettings, ConfigFileError> {
    let default = AlertSettings::default();
    let table = root.table("alerts")?.only(ALERT_KEYS)?;
    Ok(AlertSettings {
        minimum_duration: table.duration("minimum_duration", &MINIMUM_DURATION)?.unwrap_or(default.minimum_duration),
        remind_after: table.duration_or_never("remind_after", &REMIND_AFTER, default.remind_after)?,
        quiet_hours: quiet_hours(&table)?,
        muted: muted(&table)?,
        sinks: sinks(&table, paths)?,
    })
}

/// Conditions that raise no alert in an environment, from its `[environment.alerts]`.
pub(super) fn muted_here(environment: &TomlTable<'_>) -> Result<Vec<Condition>, ConfigFileError> {
    muted(&environment.table("alerts")?.only(ENVIRONMENT_ALERT_KEYS)?)
}

/// Former word for `key-unavailable`: a file that has it is still read.
const FORMER_KEY_UNAVAILABLE: &str = "keyring-unavailable";

fn muted(table: &TomlTable<'_>) -> Result<Vec<Condition>, ConfigFileError> {
    let words = table.texts("muted")?.unwrap_or_default();
    let named = |word: &String| match word.as_str() {
        FORMER_KEY_UNAVAILABLE => Some(Condition::Status(Status::KeyUnavailable)),
        word => Condition::parse(word),
    };
    let conditions: Option<Vec<_>> = words.iter().map(named).collect();
    conditions.ok_or_else(|| {
        let known: Vec<_> = Condition::all().map(Condition::as_str).collect();
        table.error_of_key("muted", format_args!("has an unknown word: known are {}", known.join(", ")))
    })
}

fn quiet_hours(table: &TomlTable<'_>) -> Result<Option<(Time, Time)>, ConfigFileError> {
    let Some(text) = table.text("quiet_hours")? else { return Ok(None) };
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let hours = text.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)));
    match hours {
        None => Err(table.error_of_key("quiet_hours", "must be two times of the day, like \"22:00-07:00\"")),
        Some((from, until)) if from == until => {
            Err(table
                .error_of_key("quiet_hours", "end when they begin: leave them out, or mute what is not to be told"))
        }
        hours => Ok(hours),
    }
}

fn sinks(table: &TomlTable<'_>, paths: &Paths) -> Result<SinkSettings, ConfigFileError> {
    let command = table.command("command", paths, "[\"logger\", \"-t\", \"trackyard\"]")?;
    let severities = [Severity::Warning, Severity::Critical].map(|severity| (severity.as_str(), severity));
    let forms = [None, Some(TerminalForm::Osc9), Some(TerminalForm::Osc777)];
    let forms = forms.map(|form| (form.map_or("off", TerminalForm::as_str), form));
    Ok(SinkSettings {
        least_severity: table.word("severity", &severities)?.unwrap_or(Severity::Warning),
        bell: table.flag("bell")?.unwrap_or_default(),
        terminal: table.word("terminal", &forms)?.unwrap_or_default(),
        desktop: table.flag("desktop")?.unwrap_or_default(),
        webhook: webhook(table, paths)?,
        command,
    })
}

fn webhook(table: &TomlTable<'_>, paths: &Paths) -> Result<Option<Webhook>, ConfigFileError> {
    let forms = [WebhookForm::Json, WebhookForm::Slack].map(|form| (form.as_str(), form));
    let form = table.word("webhook_form", &forms)?.unwrap_or(WebhookForm::Json);
    let written = table.parsed("webhook", str::parse::<WebhookUrl>)?.map(WebhookAddress::Written);
    let file = table.path("webhook_file", paths)?;
    if written.is_some() && file.is_some() {
        return Err(table.error_of_key("webhook_file", "is one too many beside `alerts.webhook`: take one of them out"));
    }
    Ok(written.or(file.map(WebhookAddress::File)).map(|address| Webhook { address, form }))
}
