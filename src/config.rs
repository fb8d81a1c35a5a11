//! Configuration: the config file as written, resolved to settings, and the paths of the program's files.
//!
//! [`load`] reads the file; [`settings::Settings::resolve`] does the rest with plain values.

pub mod alerts;
pub mod duration;
mod environments;
pub mod error;
pub mod file;
pub mod moment;
mod overrides;
pub mod paths;
mod resolve;
mod schema;
pub mod settings;
mod source;
pub mod theme;
mod thresholds;
mod toml_table;

use error::ConfigError;
use paths::Paths;
use settings::Settings;

pub use overrides::{BASE_URL_VARIABLE, CONFIG_VARIABLE, LOG_VARIABLE, Overrides, VariableLookup};
pub use source::ConfigSource;

/// Text that `config init` writes: every key with its meaning and default, commented out.
pub const TEMPLATE: &str = include_str!("../assets/config.toml");

/// Reads the config file, if there is one, and merges it with options and variables.
///
/// # Errors
/// A file that can't be read, or a value that is not as it must be.
pub fn load(overrides: &Overrides, variables: VariableLookup<'_>) -> Result<Settings, ConfigError> {
    let source = ConfigSource::find(overrides, variables, Paths::discover())?;
    let text = source.read()?;
    Settings::resolve(overrides, variables, text.as_deref(), source.paths)
}

#[cfg(test)]
mod tests;
