//! The configuration: as written, as validated, and where it lies.
//!
//! Of an option, a variable, the config file and the default, the first that says something decides. [`load`]
//! reads the file; [`settings::Settings::resolve`] does the rest with plain values.

pub mod alerts;
pub mod duration;
pub mod error;
pub mod file;
pub mod moment;
pub mod paths;
mod schema;
pub mod settings;
mod toml_table;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::domain::environment::EnvironmentName;
use error::ConfigError;
use paths::Paths;
use settings::{KeyStoreName, LogLevel, Settings};

/// The variable that names the base URL.
pub const BASE_URL_VARIABLE: &str = "TRACKYARD_BASE_URL";
/// The variable that names the config file.
pub const CONFIG_VARIABLE: &str = "TRACKYARD_CONFIG";
/// The variable that names the log level.
pub const LOG_VARIABLE: &str = "TRACKYARD_LOG";

/// The file that `config init` writes: every key with its meaning and default, commented out.
pub const TEMPLATE: &str = include_str!("../assets/config.toml");

/// Looks up a variable, as [`std::env::var_os`] does.
pub type VariableLookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What the command line says in place of variables and the config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`.
    pub config_file: Option<PathBuf>,
    /// `--base-url`, not yet validated.
    pub base_url: Option<String>,
    /// `--env`: only these, in the order of the configuration.
    pub environments: Vec<EnvironmentName>,
    /// `--key-store`.
    pub key_store: Option<KeyStoreName>,
    /// `--log-level`.
    pub log_level: Option<LogLevel>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--read-only`.
    pub read_only: bool,
}

/// Where the config file is, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSource {
    /// All paths, the config file among them.
    pub paths: Paths,
    /// The option or variable that names the file; `None` for the platform's own place.
    pub named_by: Option<&'static str>,
}

impl ConfigSource {
    /// Finds the place of the config file; `paths` has the platform's.
    ///
    /// # Errors
    /// When the option or variable can be no path.
    pub fn find(overrides: &Overrides, variables: VariableLookup<'_>, paths: Paths) -> Result<Self, ConfigError> {
        let option = overrides.config_file.clone().map(|file| (file, "--config"));
        let variable = || Some((variables(CONFIG_VARIABLE).filter(|file| !file.is_empty())?.into(), CONFIG_VARIABLE));
        match option.or_else(variable) {
            Some((file, name)) => {
                let file = paths.expand(&file).map_err(|reason| settings::invalid(name, &reason))?;
                Ok(Self { paths: paths.with_config_file(file), named_by: Some(name) })
            }
            None => Ok(Self { paths, named_by: None }),
        }
    }

    /// The text of the file; `None` where there is none in the platform's own place, which is no error.
    ///
    /// # Errors
    /// When the file can't be read, or was named and does not exist.
    pub fn read(&self) -> Result<Option<String>, ConfigError> {
        let Ok(file) = self.paths.config_file() else { return Ok(None) };
        match (file::read(file)?, self.named_by) {
            (None, Some(origin)) => Err(ConfigError::Missing { file: file.to_owned(), origin }),
            (text, _) => Ok(text),
        }
    }
}

/// Reads the config file, if there is one, and merges it with options and variables.
///
/// # Errors
/// When the file can't be read, or anything is not as it must be.
pub fn load(overrides: &Overrides, variables: VariableLookup<'_>) -> Result<Settings, ConfigError> {
    let source = ConfigSource::find(overrides, variables, Paths::discover())?;
    let text = source.read()?;
    Settings::resolve(overrides, variables, text.as_deref(), source.paths)
}

#[cfg(test)]
mod tests;
