//! What the operator chose, merged from options, variables and the config file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::SignedDuration;

use super::alerts::AlertSettings;
use super::error::ConfigError;
use super::{BASE_URL_VARIABLE, LOG_VARIABLE, Overrides, Paths, VariableLookup, schema, toml_table};
use crate::domain::base_url::BaseUrl;
use crate::domain::environment::EnvironmentName;
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::tui::keymap::Keymap;

/// Where keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyStoreName {
    /// The operating system's keyring.
    Keyring,
    /// An encrypted file.
    File,
}

impl KeyStoreName {
    /// The name as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

/// How much is written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// And what may become a fault.
    Warn,
    /// And what is done.
    Info,
    /// And why.
    Debug,
    /// And each step.
    Trace,
}

impl LogLevel {
    /// The name as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How the dashboard starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DashboardConfig {
    /// Whether to draw with ASCII characters alone; `None` where the locale or the terminal needs it.
    pub ascii: Option<bool>,
    /// Offer nothing that changes keys.
    pub read_only: bool,
}

/// An environment, and how to get its key.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentSettings {
    /// What the monitor is told of it.
    pub watched: WatchedEnvironment,
    /// The program that prints the key, and its arguments; it names a program at least.
    pub key_command: Option<Vec<String>>,
}

impl EnvironmentSettings {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &EnvironmentName {
        &self.watched.environment.name
    }
}

/// Other keys of the keyboard for a command of the dashboard, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// The command.
    pub command: String,
    /// The keys.
    pub keys: Vec<String>,
}

/// Where the base URL comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseUrlSource {
    /// `--base-url`.
    Option,
    /// `TRACKYARD_BASE_URL`.
    Variable,
    /// The config file.
    File,
    /// It was not chosen.
    Default,
}

/// What the operator chose, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where the service is.
    pub base_url: BaseUrl,
    /// Where that comes from.
    pub base_url_source: BaseUrlSource,
    /// The environments in the order of the screen, at least one.
    pub environments: Vec<EnvironmentSettings>,
    /// Those of the configuration that were left out, because only others were asked for by name.
    pub left_out: Vec<EnvironmentSettings>,
    /// Which one `TRACKYARD_API_KEY` is for; it need not be among those asked for by `--env`.
    pub default_environment: EnvironmentName,
    /// How often to poll.
    pub polling: Polling,
    /// Where keys are kept.
    pub key_store: KeyStoreName,
    /// Whether files that only their owner should read may be read by their group too.
    pub allow_group_readable_files: bool,
    /// Samples older than this are deleted, in days.
    pub history_retention_days: u32,
    /// How the dashboard starts.
    pub dashboard: DashboardConfig,
    /// When to notify, and where.
    pub alerts: AlertSettings,
    /// Which key does what on the dashboard.
    pub keymap: Keymap,
    /// How that differs from the default, in the order of the file.
    pub key_bindings: Vec<KeyBinding>,
    /// How much is written to the log.
    pub log_level: LogLevel,
    /// Where the files are, the config file that was read included.
    pub paths: Paths,
}

impl Settings {
    /// Merges the text of the config file (none where there is no file) with options and variables.
    /// `paths` names the file for messages. A variable that is empty counts as not set.
    ///
    /// # Errors
    /// When anything is not as it must be; see [`ConfigError`].
    pub fn resolve(
        overrides: &Overrides,
        variables: VariableLookup<'_>,
        file: Option<&str>,
        paths: Paths,
    ) -> Result<Self, ConfigError> {
        let path = file_for_messages(&paths);
        let mut settings = schema::read(file.unwrap_or_default(), paths)
            .map_err(|problem| ConfigError::Invalid { file: path, problem })?;
        if let Some((base_url, source)) = base_url(overrides, variables)? {
            (settings.base_url, settings.base_url_source) = (base_url, source);
        }
        if let Some(log_level) = log_level(overrides, variables)? {
            settings.log_level = log_level;
        }
        settings.key_store = overrides.key_store.unwrap_or(settings.key_store);
        if overrides.ascii {
            settings.dashboard.ascii = Some(true);
        }
        settings.dashboard.read_only |= overrides.read_only;
        settings.keep_only(&overrides.environments)?;
        if settings.key_store == KeyStoreName::File {
            settings.paths.key_file()?;
        }
        Ok(settings)
    }

    /// Settings of a dashboard's monitor; `max_age` and `seed` as in [`MonitorSettings`]. The name of the operator is left
    /// to the dashboard.
    #[must_use]
    pub fn monitor(&self, max_age: Option<SignedDuration>, seed: u64) -> MonitorSettings {
        let environments = self.environments.iter().map(|environment| environment.watched.clone()).collect();
        MonitorSettings {
            mode: if self.dashboard.read_only { Mode::Observe } else { Mode::Operate },
            environments,
            unwatched: self.left_out.iter().map(|environment| environment.name().clone()).collect(),
            polling: self.polling,
            alerts: self.alerts.rules(),
            operator: String::new(),
            max_age,
            seed,
        }
    }

    /// Refuses names that no environment has.
    ///
    /// # Errors
    /// With the first of them, and the names that are configured.
    pub fn require(&self, requested: &[EnvironmentName]) -> Result<(), ConfigError> {
        let names: Vec<_> = self.environments.iter().map(|environment| environment.name().as_str()).collect();
        match requested.iter().find(|name| !names.contains(&name.as_str())) {
            Some(unknown) => {
                Err(ConfigError::UnknownEnvironment { name: unknown.to_string(), known: names.join(", ") })
            }
            None => Ok(()),
        }
    }

    /// Keeps the environments that were asked for by name, or all where none was.
    fn keep_only(&mut self, requested: &[EnvironmentName]) -> Result<(), ConfigError> {
        self.require(requested)?;
        if !requested.is_empty() {
            let is_requested = |environment: &EnvironmentSettings| requested.contains(environment.name());
            let all = std::mem::take(&mut self.environments);
            (self.environments, self.left_out) = all.into_iter().partition(is_requested);
            self.environments.iter_mut().for_each(|environment| environment.watched.requested = true);
        }
        Ok(())
    }
}

fn file_for_messages(paths: &Paths) -> PathBuf {
    paths.config_file().unwrap_or(Path::new("config.toml")).to_owned()
}

fn base_url(
    overrides: &Overrides,
    variables: VariableLookup<'_>,
) -> Result<Option<(BaseUrl, BaseUrlSource)>, ConfigError> {
    let (name, text, source) = match &overrides.base_url {
        Some(text) => ("--base-url", Some(text.clone()), BaseUrlSource::Option),
        None => (BASE_URL_VARIABLE, variable_text(variables, BASE_URL_VARIABLE)?, BaseUrlSource::Variable),
    };
    let Some(text) = text else { return Ok(None) };
    match text.parse() {
        Ok(base_url) => Ok(Some((base_url, source))),
        Err(error) => Err(invalid(name, &error)),
    }
}

fn log_level(overrides: &Overrides, variables: VariableLookup<'_>) -> Result<Option<LogLevel>, ConfigError> {
    if overrides.log_level.is_some() {
        return Ok(overrides.log_level);
    }
    let Some(text) = variable_text(variables, LOG_VARIABLE)? else { return Ok(None) };
    match LogLevel::from_str(&text, true) {
        Ok(level) => Ok(Some(level)),
        Err(_) => Err(invalid(LOG_VARIABLE, &format_args!("must be {}", toml_table::choices::<LogLevel>()))),
    }
}

fn variable_text(variables: VariableLookup<'_>, name: &'static str) -> Result<Option<String>, ConfigError> {
    let value = variables(name).filter(|value| !value.is_empty());
    match value.map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(invalid(name, &"is no valid text")),
    }
}

pub(super) fn invalid(name: &'static str, reason: &impl ToString) -> ConfigError {
    ConfigError::Value { name, reason: reason.to_string() }
}
