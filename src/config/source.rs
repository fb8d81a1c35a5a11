//! Place of the config file, and its text.

use super::error::ConfigError;
use super::file;
use super::overrides::{CONFIG_VARIABLE, Overrides, VariableLookup};
use super::paths::Paths;

/// Place of the config file, and the option or variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSource {
    /// Paths of all files, the config file among them.
    pub paths: Paths,
    /// Option or variable that names the file; `None` for the platform's own place.
    pub named_by: Option<&'static str>,
}

impl ConfigSource {
    /// Place of the config file that an option or variable names, else the platform's, which `paths` has.
    ///
    /// # Errors
    /// An option or variable that can be no path.
    pub fn find(overrides: &Overrides, variables: VariableLookup<'_>, paths: Paths) -> Result<Self, ConfigError> {
        let option = overrides.config_file.clone().map(|file| (file, "--config"));
        let variable = || Some((variables(CONFIG_VARIABLE).filter(|file| !file.is_empty())?.into(), CONFIG_VARIABLE));
        match option.or_else(variable) {
            Some((file, name)) => {
                let file = paths.expand(&file).map_err(|reason| ConfigError::value(name, &reason))?;
                Ok(Self { paths: paths.with_config_file(file), named_by: Some(name) })
            }
            None => Ok(Self { paths, named_by: None }),
        }
    }

    /// Text of the file; `None` where there is none in the platform's own place, which is no error.
    ///
    /// # Errors
    /// A file that can't be read, or that was named and does not exist.
    pub fn read(&self) -> Result<Option<String>, ConfigError> {
        let Ok(file) = self.paths.config_file() else { return Ok(None) };
        match (file::read(file)?, self.named_by) {
            (None, Some(origin)) => Err(ConfigError::Missing { file: file.to_owned(), origin }),
            (text, _) => Ok(text),
        }
    }
}
