//! `config`: finds, writes and checks the config file.

use std::io;

use super::error::CommandError;
use crate::cli::ConfigSubcommand;
use crate::config::alerts::AlertSettings;
use crate::config::settings::{EnvironmentSettings, Settings};
use crate::config::{ConfigSource, Overrides, TEMPLATE, VariableLookup, file};
use crate::domain::alert::Condition;
use crate::domain::sink::TerminalForm;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::domain::thresholds::Thresholds;

/// Runs the command on the file that `source` names.
///
/// # Errors
/// A configuration that is not valid, or a file or output that can't be written.
pub fn run(
    command: ConfigSubcommand,
    source: &ConfigSource,
    overrides: &Overrides,
    variables: VariableLookup<'_>,
    out: &mut dyn io::Write,
) -> Result<(), CommandError> {
    match command {
        ConfigSubcommand::Path => Ok(writeln!(out, "{}", source.paths.config_file()?.display())?),
        ConfigSubcommand::Init => init(source, out),
        ConfigSubcommand::Check => check(source, overrides, variables, out),
    }
}

fn init(source: &ConfigSource, out: &mut dyn io::Write) -> Result<(), CommandError> {
    let file = source.paths.config_file()?;
    match file::write_new(file, TEMPLATE) {
        Ok(()) => Ok(writeln!(out, "Wrote {}", file.display())?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = file.display();
            Err(CommandError::Failed(format!("{file} exists already and stays as it is: move it away first")))
        }
        Err(error) => Err(CommandError::Failed(format!("{} can't be written: {error}", file.display()))),
    }
}

fn check(
    source: &ConfigSource,
    overrides: &Overrides,
    variables: VariableLookup<'_>,
    out: &mut dyn io::Write,
) -> Result<(), CommandError> {
    let text = source.read()?;
    let settings = Settings::resolve(overrides, variables, text.as_deref(), source.paths.clone())?;
    settings.dashboard.theme.load()?;
    match (source.paths.config_file(), text) {
        (Ok(file), Some(_)) => writeln!(out, "Read {}: ok", file.display())?,
        (Ok(file), None) => writeln!(out, "There is no {}: the defaults apply", file.display())?,
        (Err(_), _) => writeln!(out, "There is no home folder, and so no config file: the defaults apply")?,
    }
    writeln!(out, "\nIn effect, options and variables included:")?;
    for (name, value) in general(&settings) {
        writeln!(out, "  {name:<28}{value}")?;
    }
    for environment in &settings.environments {
        writeln!(out, "\n  environment {}", environment.name())?;
        for (name, value) in of_environment(environment) {
            writeln!(out, "    {name:<26}{value}")?;
        }
    }
    Ok(())
}

fn general(settings: &Settings) -> Vec<(&'static str, String)> {
    let bindings = settings.key_bindings.iter().map(|binding| {
        let keys = binding.keys.join(" ");
        ("keys", shown(&format!("{} = {keys}", binding.command)))
    });
    [
        ("base_url", settings.base_url.shown()),
        ("default_environment", settings.default_environment.to_string()),
        ("key_store", settings.key_store.to_string()),
        ("key_file", settings.paths.key_file().map_or_else(|_| "–".to_owned(), |file| shown(&file.to_string_lossy()))),
        ("allow_group_readable_files", settings.allow_group_readable_files.to_string()),
        ("log_level", settings.log_level.to_string()),
        ("polling.interval", format!("{:#}", settings.polling.interval)),
        ("polling.share_percent", percent(settings.polling.share)),
        ("history.retention_days", settings.history_retention_days.to_string()),
        ("dashboard.ascii", settings.dashboard.ascii.map_or_else(|| "auto".to_owned(), |ascii| ascii.to_string())),
        ("dashboard.mouse", (!settings.dashboard.no_mouse).to_string()),
        ("dashboard.read_only", settings.dashboard.read_only.to_string()),
        ("dashboard.theme", settings.dashboard.theme.shown()),
    ]
    .into_iter()
    .chain(of_alerts(&settings.alerts))
    .chain(bindings)
    .collect()
}

/// Settings of alerts. Of a webhook only the host is shown, or the file that holds its address: the address is secret.
fn of_alerts(alerts: &AlertSettings) -> Vec<(&'static str, String)> {
    let none = || "–".to_owned();
    let AlertSettings { minimum_duration, remind_after, quiet_hours, muted, sinks } = alerts;
    let quiet_hours = quiet_hours.map(|(from, until)| {
        let [from, until] = [from, until].map(|time| time.strftime("%H:%M").to_string());
        format!("{from}-{until}")
    });
    let webhook = sinks.webhook.as_ref();
    let webhook = webhook.map(|webhook| shown(&format!("{} ({})", webhook.address.shown(), webhook.form.as_str())));
    vec![
        ("alerts.minimum_duration", format!("{minimum_duration:#}")),
        ("alerts.remind_after", remind_after.map_or_else(|| "never".to_owned(), |after| format!("{after:#}"))),
        ("alerts.quiet_hours", quiet_hours.unwrap_or_else(none)),
        ("alerts.muted", conditions(muted).unwrap_or_else(none)),
        ("alerts.severity", sinks.least_severity.as_str().to_owned()),
        ("alerts.bell", sinks.bell.to_string()),
        ("alerts.terminal", sinks.terminal.map_or("off", TerminalForm::as_str).to_owned()),
        ("alerts.desktop", sinks.desktop.to_string()),
        ("alerts.webhook", webhook.unwrap_or_else(none)),
        ("alerts.command", sinks.command.as_deref().and_then(program).unwrap_or_else(none)),
    ]
}

fn conditions(conditions: &[Condition]) -> Option<String> {
    let words: Vec<_> = conditions.iter().map(|condition| condition.as_str()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Program of a command, without its arguments, which may be secret.
fn program(command: &[String]) -> Option<String> {
    command.first().map(|program| format!("{} …", shown(program)))
}

/// Ratio in percent with at most two decimals, so that what was written as 7 is not shown as 7.000000000000001.
fn percent(ratio: f64) -> String {
    ((ratio * 10_000.0).round() / 100.0).to_string()
}

fn shown(text: &str) -> String {
    sanitise(text, LENGTH_MAX)
}

fn of_environment(settings: &EnvironmentSettings) -> Vec<(&'static str, String)> {
    let label = settings.watched.environment.label.clone().map(|label| ("label", label));
    let key_command = settings.key_command.as_deref().and_then(program).map(|program| ("key_command", program));
    let muted = conditions(&settings.watched.muted).map(|muted| ("muted", muted));
    label.into_iter().chain(key_command).chain(of_thresholds(&settings.watched.thresholds)).chain(muted).collect()
}

fn of_thresholds(thresholds: &Thresholds) -> [(&'static str, String); 10] {
    let credits = |number: Option<f64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    [
        ("credits_low_percent", thresholds.credits_low_percent.to_string()),
        ("credits_critical_percent", thresholds.credits_critical_percent.to_string()),
        ("credits_low", credits(thresholds.credits_low)),
        ("credits_critical", credits(thresholds.credits_critical)),
        ("reset_day", thresholds.reset_day.map_or_else(|| "learnt".to_owned(), |day| day.to_string())),
        ("rotation_days", thresholds.rotation_days.to_string()),
        ("rotation_soon_days", thresholds.rotation_soon_days.to_string()),
        ("daily_reserve_percent", thresholds.daily_reserve_percent.to_string()),
        ("stale_after", format!("{:#}", thresholds.stale_after)),
        ("clock_skew", format!("{:#}", thresholds.clock_skew)),
    ]
}
