//! Settings of the program, validated.

use clap::ValueEnum;
use jiff::SignedDuration;
use strum::{Display, EnumString, VariantArray};

use super::alerts::AlertSettings;
use super::error::ConfigError;
use super::paths::Paths;
use super::theme::ThemeSource;
use crate::domain::base_url::BaseUrl;
use crate::domain::environment::EnvironmentName;
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::tui::keymap::Keymap;

/// Name of a key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, ValueEnum, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum KeyStoreName {
    /// The operating system's keyring.
    Keyring,
    /// An encrypted file.
    File,
}

/// Least severity of what is written to the log. What is said of each level stands in the shells' completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, ValueEnum, VariantArray)]
#[strum(serialize_all = "kebab-case")]
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

/// Settings of the dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct DashboardConfig {
    /// Drawing with ASCII characters alone; `None` where the locale and the terminal decide.
    pub ascii: Option<bool>,
    /// True where nothing is offered that changes keys.
    pub read_only: bool,
    /// True where the mouse is left to the terminal.
    pub no_mouse: bool,
    /// True where the wall is shown at the start.
    pub wall: bool,
    /// True where no key and no mouse does anything.
    pub locked: bool,
    /// Theme at the start.
    pub theme: ThemeSource,
}

/// Environment, and the command that gives its key.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentSettings {
    /// Settings for the monitor.
    pub watched: WatchedEnvironment,
    /// Program that prints the key, and its arguments; it names a program at least.
    pub key_command: Option<Vec<String>>,
}

impl EnvironmentSettings {
    /// Name of the environment.
    #[must_use]
    pub fn name(&self) -> &EnvironmentName {
        &self.watched.environment.name
    }
}

/// Other keys of the keyboard for a command of the dashboard, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// Name of the command.
    pub command: String,
    /// Names of the keys.
    pub keys: Vec<String>,
}

/// Origin of the base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseUrlSource {
    /// `--base-url`.
    Option,
    /// `TRACKYARD_BASE_URL`.
    Variable,
    /// The config file.
    File,
    /// The default, as none was chosen.
    Default,
}

/// Settings of the program, from options, variables and the config file.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Base URL of the service.
    pub base_url: BaseUrl,
    /// Origin of the base URL.
    pub base_url_source: BaseUrlSource,
    /// Environments in the order of the screen, at least one.
    pub environments: Vec<EnvironmentSettings>,
    /// Environments that were left out, because only others were asked for by name.
    pub left_out: Vec<EnvironmentSettings>,
    /// Environment that `TRACKYARD_API_KEY` is for; it need not be among those asked for by `--env`.
    pub default_environment: EnvironmentName,
    /// Poll interval and share of the rate limit.
    pub polling: Polling,
    /// Store of the keys.
    pub key_store: KeyStoreName,
    /// True where files that only their owner should read may be read by their group too.
    pub allow_group_readable_files: bool,
    /// Age above which samples are deleted, in days.
    pub history_retention_days: u32,
    /// Settings of the dashboard.
    pub dashboard: DashboardConfig,
    /// Rules of alerts, and sinks.
    pub alerts: AlertSettings,
    /// Keymap of the dashboard.
    pub keymap: Keymap,
    /// Differences of the keymap from the default, in the order of the file.
    pub key_bindings: Vec<KeyBinding>,
    /// Least severity of what is written to the log.
    pub log_level: LogLevel,
    /// Paths of the files, the config file that was read included.
    pub paths: Paths,
}

impl Settings {
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
    /// The first of them, with the names that are configured.
    pub fn require(&self, requested: &[EnvironmentName]) -> Result<(), ConfigError> {
        let names: Vec<_> = self.environments.iter().map(|environment| environment.name().as_str()).collect();
        match requested.iter().find(|name| !names.contains(&name.as_str())) {
            Some(unknown) => {
                Err(ConfigError::UnknownEnvironment { name: unknown.to_string(), known: names.join(", ") })
            }
            None => Ok(()),
        }
    }
}
