//! Keys of the config file: their ranges, their meaning, and the defaults for what is not written.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::alerts::alerts;
use super::environments::{default_environment, environments};
use super::error::ConfigFileError;
use super::paths::Paths;
use super::settings::{BaseUrlSource, DashboardConfig, KeyBinding, KeyStoreName, LogLevel, Settings};
use super::theme::ThemeSource;
use super::thresholds::thresholds;
use super::toml_table::{self, TomlTable};
use crate::domain::base_url::{self, BaseUrl};
use crate::domain::text::sanitise;
use crate::domain::thresholds::Thresholds;
use crate::monitor::settings::Polling;
use crate::tui::keymap::Keymap;

/// Longest name of a key of the keyboard, in characters.
const KEY_NAME_LENGTH_MAX: usize = 24;
const RETENTION_DAYS: u32 = 400;

const SHARE_PERCENT: RangeInclusive<f64> = 1.0..=Polling::SHARE_MAX * 100.0;
const DAYS: RangeInclusive<u32> = 1..=3_650;
const INTERVAL: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::from_hours(24);

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
const DASHBOARD_KEYS: &[&str] = &["ascii", "mouse", "read_only", "theme"];

/// Settings from the text of a config file; an empty text gives the defaults. `paths` tell where relative paths start.
///
/// # Errors
/// At the first thing that is not as it must be.
pub(super) fn read(source: &str, paths: Paths) -> Result<Settings, ConfigFileError> {
    let parsed = toml_table::parse(source)?;
    let root = TomlTable::root(source, parsed.get_ref()).only(ROOT_KEYS)?;
    let (base_url, base_url_source) = match root.parsed("base_url", str::parse::<BaseUrl>)? {
        Some(base_url) => (base_url, BaseUrlSource::File),
        None => (base_url::DEFAULT.parse().map_err(|error| root.error(error))?, BaseUrlSource::Default),
    };
    let environments = environments(&root, &thresholds(&root, &Thresholds::default())?, &paths)?;
    let alerts = alerts(&root, &paths)?;
    let paths = match root.path("key_file", &paths)? {
        Some(file) => paths.with_key_file(&file),
        None => paths,
    };
    let (key_bindings, keymap) = keymap(&root)?;
    let history = root.table("history")?.only(HISTORY_KEYS)?;
    Ok(Settings {
        base_url,
        base_url_source,
        left_out: Vec::new(),
        default_environment: default_environment(&root, &environments)?,
        environments,
        polling: polling(&root.table("polling")?.only(POLLING_KEYS)?)?,
        key_store: root.variant("key_store")?.unwrap_or(KeyStoreName::Keyring),
        allow_group_readable_files: root.flag("allow_group_readable_files")?.unwrap_or_default(),
        history_retention_days: history.whole_number("retention_days", &DAYS)?.unwrap_or(RETENTION_DAYS),
        dashboard: dashboard(&root.table("dashboard")?.only(DASHBOARD_KEYS)?, &paths)?,
        alerts,
        key_bindings,
        keymap,
        log_level: root.variant("log_level")?.unwrap_or(LogLevel::Info),
        paths,
    })
}

fn polling(table: &TomlTable<'_>) -> Result<Polling, ConfigFileError> {
    let default = Polling::default();
    Ok(Polling {
        interval: table.duration("interval", &INTERVAL)?.unwrap_or(default.interval),
        share: table.number("share_percent", &SHARE_PERCENT)?.map_or(default.share, |percent| percent / 100.0),
    })
}

fn dashboard(table: &TomlTable<'_>, paths: &Paths) -> Result<DashboardConfig, ConfigFileError> {
    Ok(DashboardConfig {
        ascii: table.flag_or_auto("ascii")?,
        read_only: table.flag("read_only")?.unwrap_or_default(),
        no_mouse: table.flag("mouse")? == Some(false),
        theme: theme(table, paths)?,
        ..DashboardConfig::default()
    })
}

fn theme(table: &TomlTable<'_>, paths: &Paths) -> Result<ThemeSource, ConfigFileError> {
    let Some(written) = table.text("theme")? else { return Ok(ThemeSource::default()) };
    let source = ThemeSource::of(written, paths, |path| paths.resolve(path));
    source.map_err(|reason| table.error_of_key("theme", reason))
}

/// Bindings of `[keys]` as written, and the keymap with them.
fn keymap(root: &TomlTable<'_>) -> Result<(Vec<KeyBinding>, Keymap), ConfigFileError> {
    let table = root.table("keys")?;
    let names = table.names();
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

/// Keys that are known in each table, by the line that begins it.
#[cfg(test)]
pub(super) const KEYS: &[(&str, &[&str])] = &[
    ("", ROOT_KEYS),
    ("[polling]", POLLING_KEYS),
    ("[history]", HISTORY_KEYS),
    ("[dashboard]", DASHBOARD_KEYS),
    ("[alerts]", super::alerts::ALERT_KEYS),
    ("[thresholds]", super::thresholds::THRESHOLD_KEYS),
    ("[[environment]]", super::environments::ENVIRONMENT_KEYS),
    ("[[environment]]\nname = \"a\"\n[environment.alerts]", super::alerts::ENVIRONMENT_ALERT_KEYS),
];
