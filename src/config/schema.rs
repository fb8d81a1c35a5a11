//! What may stand in the config file, what it means, and what stands in for what is not written.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::alerts::{self, alerts};
use super::error::ConfigFileError;
use super::paths::Paths;
use super::settings::{
    BaseUrlSource, DashboardConfig, EnvironmentSettings, KeyBinding, KeyStoreName, LogLevel, Settings,
};
use super::toml_table::{self, TomlTable};
use crate::domain::base_url::{self, BaseUrl};
use crate::domain::environment::{Environment, EnvironmentName, NAME_LENGTH_MAX};
use crate::domain::text::sanitise;
use crate::domain::thresholds::Thresholds;
use crate::monitor::settings::{Polling, WatchedEnvironment};
use crate::tui::keymap::Keymap;

/// The environments of a file that names none.
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];
/// The environment whose credential would be the passphrase of the key file.
const PASSPHRASE_NAME: &str = "passphrase";
/// A label is cut to this length, in characters.
const LABEL_LENGTH_MAX: usize = 64;
/// No name of a key on the keyboard is longer, in characters.
const KEY_NAME_LENGTH_MAX: usize = 24;
const RETENTION_DAYS: u32 = 400;

const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const RESERVE_PERCENT: RangeInclusive<f64> = 0.0..=90.0;
const CREDITS: RangeInclusive<f64> = 0.0..=1e12;
const SHARE_PERCENT: RangeInclusive<f64> = 1.0..=Polling::SHARE_MAX * 100.0;
const DAYS: RangeInclusive<u32> = 1..=3_650;
const DAYS_BEFORE: RangeInclusive<u32> = 0..=3_650;
const DAYS_OF_MONTH: RangeInclusive<u32> = 1..=31;
const INTERVAL: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::from_hours(24);
const STALE_AFTER: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::from_hours(24 * 7);
const CLOCK_SKEW: RangeInclusive<SignedDuration> = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);

const ROOT_KEYS: &[&str] = &[
    "base_url",
    "default_environment",
    "key_store",
    "key_file",
    "allow_group_readable_files",
    "log_level",
    "polling",
    "thresholds",
    "history",
    "dashboard",
    "alerts",
    "keys",
    "environment",
];
const POLLING_KEYS: &[&str] = &["interval", "share_percent"];
const HISTORY_KEYS: &[&str] = &["retention_days"];
const DASHBOARD_KEYS: &[&str] = &["ascii", "read_only"];
const THRESHOLD_KEYS: &[&str] = &[
    "credits_low_percent",
    "credits_critical_percent",
    "credits_low",
    "credits_critical",
    "reset_day",
    "rotation_days",
    "rotation_soon_days",
    "daily_reserve_percent",
    "stale_after",
    "clock_skew",
];
const ENVIRONMENT_KEYS: &[&str] = &["name", "label", "key_command", "thresholds", "alerts"];

/// Reads the text of a config file. An empty text gives the defaults.
pub(super) fn read(source: &str, paths: Paths) -> Result<Settings, ConfigFileError> {
    let parsed = toml_table::parse(source)?;
    let root = TomlTable::root(source, parsed.get_ref());
    root.only(ROOT_KEYS)?;
    let (base_url, base_url_source) = match root.parsed("base_url", str::parse::<BaseUrl>)? {
        Some(base_url) => (base_url, BaseUrlSource::File),
        None => (base_url::DEFAULT.parse().map_err(|error| root.error(error))?, BaseUrlSource::Default),
    };
    let environments = environments(&root, &thresholds(&root, &Thresholds::default())?, &paths)?;
    let alerts = alerts(&root, &paths)?;
    let paths = key_file(&root, paths)?;
    let (key_bindings, keymap) = keymap(&root)?;
    Ok(Settings {
        base_url,
        base_url_source,
        left_out: Vec::new(),
        default_environment: default_environment(&root, &environments)?,
        environments,
        polling: polling(&root)?,
        key_store: root.choice("key_store")?.unwrap_or(KeyStoreName::Keyring),
        allow_group_readable_files: root.flag("allow_group_readable_files")?.unwrap_or_default(),
        history_retention_days: retention(&root)?,
        dashboard: dashboard(&root)?,
        alerts,
        key_bindings,
        keymap,
        log_level: root.choice("log_level")?.unwrap_or(LogLevel::Info),
        paths,
    })
}

fn key_file(root: &TomlTable<'_>, paths: Paths) -> Result<Paths, ConfigFileError> {
    match root.path("key_file", &paths)? {
        Some(file) => Ok(paths.with_key_file(&file)),
        None => Ok(paths),
    }
}

fn polling(root: &TomlTable<'_>) -> Result<Polling, ConfigFileError> {
    let default = Polling::default();
    let Some(table) = root.table("polling")? else { return Ok(default) };
    table.only(POLLING_KEYS)?;
    Ok(Polling {
        interval: table.duration("interval", &INTERVAL)?.unwrap_or(default.interval),
        share: table.number("share_percent", &SHARE_PERCENT)?.map_or(default.share, |percent| percent / 100.0),
    })
}

fn retention(root: &TomlTable<'_>) -> Result<u32, ConfigFileError> {
    let Some(table) = root.table("history")? else { return Ok(RETENTION_DAYS) };
    table.only(HISTORY_KEYS)?;
    Ok(table.whole_number("retention_days", &DAYS)?.unwrap_or(RETENTION_DAYS))
}

fn dashboard(root: &TomlTable<'_>) -> Result<DashboardConfig, ConfigFileError> {
    let Some(table) = root.table("dashboard")? else { return Ok(DashboardConfig::default()) };
    table.only(DASHBOARD_KEYS)?;
    Ok(DashboardConfig { ascii: table.flag_or_auto("ascii")?, read_only: table.flag("read_only")?.unwrap_or_default() })
}

/// The `[thresholds]` below `parent`, and for what they don't say, `base`.
fn thresholds(parent: &TomlTable<'_>, base: &Thresholds) -> Result<Thresholds, ConfigFileError> {
    let Some(table) = parent.table("thresholds")? else { return Ok(*base) };
    table.only(THRESHOLD_KEYS)?;
    let number = |key, range, default| Ok(table.number(key, range)?.unwrap_or(default));
    let days = |key, range, default| Ok(table.whole_number(key, range)?.unwrap_or(default));
    let duration = |key, range, default| Ok(table.duration(key, range)?.unwrap_or(default));
    let reset_day = table.whole_number("reset_day", &DAYS_OF_MONTH)?;
    let thresholds = Thresholds {
        credits_low_percent: number("credits_low_percent", &PERCENT, base.credits_low_percent)?,
        credits_critical_percent: number("credits_critical_percent", &PERCENT, base.credits_critical_percent)?,
        credits_low: table.number("credits_low", &CREDITS)?.or(base.credits_low),
        credits_critical: table.number("credits_critical", &CREDITS)?.or(base.credits_critical),
        reset_day: reset_day.and_then(|day| u8::try_from(day).ok()).or(base.reset_day),
        rotation_days: days("rotation_days", &DAYS, base.rotation_days)?,
        rotation_soon_days: days("rotation_soon_days", &DAYS_BEFORE, base.rotation_soon_days)?,
        daily_reserve_percent: number("daily_reserve_percent", &RESERVE_PERCENT, base.daily_reserve_percent)?,
        stale_after: duration("stale_after", &STALE_AFTER, base.stale_after)?,
        clock_skew: duration("clock_skew", &CLOCK_SKEW, base.clock_skew)?,
    };
    check_thresholds(&table, &thresholds)?;
    Ok(thresholds)
}

/// Refuses thresholds that contradict each other, at the one that is written.
fn check_thresholds(table: &TomlTable<'_>, thresholds: &Thresholds) -> Result<(), ConfigFileError> {
    let written = |first, second| if table.has(first) { first } else { second };
    let Thresholds { credits_low_percent: low, credits_critical_percent: critical, .. } = *thresholds;
    if critical > low {
        let key = written("credits_critical_percent", "credits_low_percent");
        let reason =
            format!("contradicts the other: credits are critical at {critical} %, which is above low at {low} %");
        return Err(table.error_of_key(key, reason));
    }
    if let (Some(critical), Some(low)) = (thresholds.credits_critical, thresholds.credits_low)
        && critical > low
    {
        let key = written("credits_critical", "credits_low");
        let reason = format!("contradicts the other: credits are critical at {critical}, which is above low at {low}");
        return Err(table.error_of_key(key, reason));
    }
    let Thresholds { rotation_days: days, rotation_soon_days: soon, .. } = *thresholds;
    if soon >= days {
        let key = written("rotation_soon_days", "rotation_days");
        let reason =
            format!("leaves no time: the reminder {soon} days before must start after a key's first of {days}");
        return Err(table.error_of_key(key, reason));
    }
    Ok(())
}

fn environments(
    root: &TomlTable<'_>,
    base: &Thresholds,
    paths: &Paths,
) -> Result<Vec<EnvironmentSettings>, ConfigFileError> {
    let tables = root.tables("environment")?;
    if tables.is_empty() {
        return ENVIRONMENTS
            .into_iter()
            .map(|name| name.parse().map_err(|error| root.error(error)))
            .map(|name| Ok(watched(name?, None, *base, None)))
            .collect();
    }
    let mut names = BTreeSet::new();
    let mut environments = Vec::with_capacity(tables.len());
    for table in &tables {
        let environment = environment(table, base, paths)?;
        if !names.insert(environment.name().clone()) {
            let reason = format!("{} is there twice: give each environment a name of its own", environment.name());
            return Err(table.error_of_key("name", reason));
        }
        if let Some(other) = sharing_a_variable(environment.name(), &names) {
            let reason = format!(
                "{} and {other} would share the variable TRACKYARD_API_KEY_{}: rename one of them",
                environment.name(),
                environment.name().variable_suffix().max(other.variable_suffix()),
            );
            return Err(table.error_of_key("name", reason));
        }
        environments.push(environment);
    }
    Ok(environments)
}

/// `TRACKYARD_API_KEY_DEV_FILE` would hold the key of `dev-file`, and name the file of `dev`.
fn sharing_a_variable<'a>(name: &EnvironmentName, names: &'a BTreeSet<EnvironmentName>) -> Option<&'a EnvironmentName> {
    let is_file_of =
        |one: &EnvironmentName, other: &EnvironmentName| one.as_str().strip_suffix("-file") == Some(other.as_str());
    names.iter().find(|other| is_file_of(name, other) || is_file_of(other, name))
}

fn environment(
    table: &TomlTable<'_>,
    base: &Thresholds,
    paths: &Paths,
) -> Result<EnvironmentSettings, ConfigFileError> {
    table.only(ENVIRONMENT_KEYS)?;
    let Some(name) = environment_name(table, "name")? else {
        return Err(table.error("this environment has no name: write one, like name = \"prod\""));
    };
    if name.as_str() == PASSPHRASE_NAME {
        let reason = "is taken: systemd's credential trackyard-passphrase holds the passphrase of the key file";
        return Err(table.error_of_key("name", format_args!("{PASSPHRASE_NAME} {reason}")));
    }
    let label = table.text("label")?.map(|label| sanitise(label, LABEL_LENGTH_MAX)).filter(|label| !label.is_empty());
    let key_command = table.command("key_command", paths, "[\"pass\", \"show\", \"trackyard/prod\"]")?;
    let mut settings = watched(name, label, thresholds(table, base)?, key_command);
    settings.watched.muted = alerts::muted_here(table)?;
    Ok(settings)
}

fn environment_name(table: &TomlTable<'_>, key: &str) -> Result<Option<EnvironmentName>, ConfigFileError> {
    let Some(text) = table.text(key)? else { return Ok(None) };
    if let Ok(name) = text.parse() {
        return Ok(Some(name));
    }
    let reason = format!(
        "must be a name of lower-case letters, digits and inner hyphens, at most {NAME_LENGTH_MAX} characters, \
         starting with a letter or digit"
    );
    Err(table.error_of_key(key, reason))
}

fn watched(
    name: EnvironmentName,
    label: Option<String>,
    thresholds: Thresholds,
    key_command: Option<Vec<String>>,
) -> EnvironmentSettings {
    let environment = Environment { name, label };
    EnvironmentSettings {
        watched: WatchedEnvironment { environment, requested: false, thresholds, muted: Vec::new() },
        key_command,
    }
}

fn default_environment(
    root: &TomlTable<'_>,
    environments: &[EnvironmentSettings],
) -> Result<EnvironmentName, ConfigFileError> {
    let names: Vec<_> = environments.iter().map(EnvironmentSettings::name).collect();
    let chosen = match environment_name(root, "default_environment")? {
        Some(name) => names.iter().find(|known| ***known == name),
        None => names.first(),
    };
    chosen.map(|name| EnvironmentName::clone(name)).ok_or_else(|| {
        let known: Vec<_> = names.iter().map(|name| name.as_str()).collect();
        root.error_of_key("default_environment", format_args!("must be one of {}", known.join(", ")))
    })
}

/// The `[keys]`: what is written, and the keymap that comes of it.
fn keymap(root: &TomlTable<'_>) -> Result<(Vec<KeyBinding>, Keymap), ConfigFileError> {
    let Some(table) = root.table("keys")? else { return Ok((Vec::new(), Keymap::default())) };
    let mut names: Vec<_> = table.names().collect();
    names.sort_by_key(|(_, position)| (position.line, position.column));
    let mut bindings = Vec::new();
    for (command, _) in &names {
        let keys = table.texts(command)?.unwrap_or_default();
        if keys.iter().any(|key| key.is_empty() || key.chars().count() > KEY_NAME_LENGTH_MAX) {
            let reason = "must list keys of the keyboard, like [\"q\", \"ctrl-c\"]; API keys don't belong in this file";
            return Err(table.error_of_key(command, reason));
        }
        bindings.push(KeyBinding { command: (*command).to_owned(), keys });
    }
    let overrides = bindings.iter().map(|binding| (binding.command.clone(), binding.keys.clone())).collect();
    let keymap = Keymap::with_overrides(&overrides).map_err(|error| {
        let is_blamed = |command: &str| error.commands().iter().any(|blamed| command.starts_with(blamed));
        match names.iter().rfind(|(command, _)| is_blamed(command)) {
            Some((command, position)) => {
                let shown = sanitise(command, toml_table::SHOWN_LENGTH_MAX);
                ConfigFileError { position: *position, message: format!("`keys.{shown}`: {error}") }
            }
            None => table.error(error),
        }
    })?;
    Ok((bindings, keymap))
}

#[cfg(test)]
pub(super) const KEYS: &[(&str, &[&str])] = &[
    ("", ROOT_KEYS),
    ("[polling]", POLLING_KEYS),
    ("[history]", HISTORY_KEYS),
    ("[dashboard]", DASHBOARD_KEYS),
    ("[alerts]", alerts::ALERT_KEYS),
    ("[thresholds]", THRESHOLD_KEYS),
    ("[[environment]]", ENVIRONMENT_KEYS),
    ("[[environment]]\nname = \"a\"\n[environment.alerts]", alerts::ENVIRONMENT_ALERT_KEYS),
];
