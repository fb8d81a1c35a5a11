//! Precedence of settings: an option goes before a variable, that before the config file, and that before the default.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use strum::VariantArray;

use super::error::ConfigError;
use super::overrides::{BASE_URL_VARIABLE, LOG_VARIABLE, Overrides, VariableLookup};
use super::paths::Paths;
use super::settings::{BaseUrlSource, EnvironmentSettings, KeyStoreName, LogLevel, Settings};
use super::theme::ThemeSource;
use super::{schema, toml_table};
use crate::domain::base_url::BaseUrl;
use crate::domain::environment::EnvironmentName;

impl Settings {
    /// Settings from the text of the config file, none where there is no file, and options and variables. `paths` names
    /// the file for messages. A variable that is empty counts as not set.
    ///
    /// # Errors
    /// The first value that is not as it must be.
    pub fn resolve(
        overrides: &Overrides,
        variables: VariableLookup<'_>,
        file: Option<&str>,
        paths: Paths,
    ) -> Result<Self, ConfigError> {
        let path = file_for_messages(&paths);
        let mut settings = schema::read(file.unwrap_or_default(), paths)
            .map_err(|error| ConfigError::Invalid { file: path, error })?;
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
        (settings.dashboard.wall, settings.dashboard.locked) = (overrides.wall, overrides.lock);
        settings.dashboard.read_only |= overrides.read_only || overrides.wall;
        settings.dashboard.no_mouse |= overrides.no_mouse;
        if let Some(written) = &overrides.theme {
            let source = ThemeSource::of(written, &settings.paths, |path| settings.paths.expand(Path::new(path)));
            settings.dashboard.theme = source.map_err(|reason| ConfigError::value("--theme", &reason))?;
        }
        settings.keep_only(&overrides.environments)?;
        if settings.key_store == KeyStoreName::File {
            settings.paths.key_file()?;
        }
        Ok(settings)
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
        Err(error) => Err(ConfigError::value(name, &error)),
    }
}

fn log_level(overrides: &Overrides, variables: VariableLookup<'_>) -> Result<Option<LogLevel>, ConfigError> {
    if overrides.log_level.is_some() {
        return Ok(overrides.log_level);
    }
    let Some(text) = variable_text(variables, LOG_VARIABLE)? else { return Ok(None) };
    let level = text.to_lowercase().parse().ok();
    level.map(Some).ok_or_else(|| ConfigError::value(LOG_VARIABLE, &toml_table::one_of(LogLevel::VARIANTS)))
}

fn variable_text(variables: VariableLookup<'_>, name: &'static str) -> Result<Option<String>, ConfigError> {
    let value = variables(name).filter(|value| !value.is_empty());
    match value.map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(ConfigError::value(name, &"is no valid text")),
    }
}
