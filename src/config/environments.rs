//! `[[environment]]`, in the order of the screen.

use std::collections::BTreeSet;

use super::alerts;
use super::error::ConfigFileError;
use super::paths::Paths;
use super::settings::EnvironmentSettings;
use super::thresholds::thresholds;
use super::toml_table::TomlTable;
use crate::domain::environment::{Environment, EnvironmentName, NAME_LENGTH_MAX, ParseEnvironmentNameError};
use crate::domain::text::sanitise;
use crate::domain::thresholds::Thresholds;
use crate::monitor::settings::WatchedEnvironment;

/// Environments of a file that names none.
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];
/// Environment whose credential would be the passphrase of the key file.
const PASSPHRASE_NAME: &str = "passphrase";
/// Longest label, in characters; what is longer is cut.
const LABEL_LENGTH_MAX: usize = 64;

pub(super) const ENVIRONMENT_KEYS: &[&str] = &["name", "label", "key_command", "thresholds", "alerts"];

/// Environments of the file, with the thresholds of `base` where they have none of their own.
///
/// # Errors
/// At a value that is not as it must be, a name that stands twice, and two names that would share a variable.
pub(super) fn environments(
    root: &TomlTable<'_>,
    base: &Thresholds,
    paths: &Paths,
) -> Result<Vec<EnvironmentSettings>, ConfigFileError> {
    let tables = root.tables("environment")?;
    if tables.is_empty() {
        let names = ENVIRONMENTS.into_iter().map(|name| name.parse().map_err(|error| root.error(error)));
        return names.map(|name| Ok(settings(Environment { name: name?, label: None }, *base))).collect();
    }
    let mut names = BTreeSet::new();
    let mut environments = Vec::with_capacity(tables.len());
    for table in tables {
        let table = table.only(ENVIRONMENT_KEYS)?;
        let environment = environment(&table, base, paths)?;
        let name = environment.name();
        if !names.insert(name.clone()) {
            let reason = format!("{name} is there twice: give each environment a name of its own");
            return Err(table.error_of_key("name", reason));
        }
        if let Some(other) = names.iter().find(|other| share_a_variable(name, other)) {
            let variable = format!("TRACKYARD_API_KEY_{}", name.variable_suffix().max(other.variable_suffix()));
            let reason = format!("{name} and {other} would share the variable {variable}: rename one of them");
            return Err(table.error_of_key("name", reason));
        }
        environments.push(environment);
    }
    Ok(environments)
}

/// Environment that the variable `TRACKYARD_API_KEY` is for: the first, unless another is named.
///
/// # Errors
/// At a name that none of the `environments` has.
pub(super) fn default_environment(
    root: &TomlTable<'_>,
    environments: &[EnvironmentSettings],
) -> Result<EnvironmentName, ConfigFileError> {
    const KEY: &str = "default_environment";
    let mut names = environments.iter().map(EnvironmentSettings::name);
    let chosen = match name(root, KEY)? {
        Some(name) => names.find(|known| **known == name),
        None => names.next(),
    };
    chosen.cloned().ok_or_else(|| {
        let known: Vec<_> = environments.iter().map(|environment| environment.name().as_str()).collect();
        root.error_of_key(KEY, format_args!("must be one of {}", known.join(", ")))
    })
}

/// True for `dev-file` and `dev`: `TRACKYARD_API_KEY_DEV_FILE` would hold the key of the one, and name the file of the
/// other.
fn share_a_variable(name: &EnvironmentName, other: &EnvironmentName) -> bool {
    let is_file_of =
        |one: &EnvironmentName, other: &EnvironmentName| one.as_str().strip_suffix("-file") == Some(other.as_str());
    is_file_of(name, other) || is_file_of(other, name)
}

fn environment(
    table: &TomlTable<'_>,
    base: &Thresholds,
    paths: &Paths,
) -> Result<EnvironmentSettings, ConfigFileError> {
    let Some(name) = name(table, "name")? else {
        return Err(table.error("this environment has no name: write one, like name = \"prod\""));
    };
    if name.as_str() == PASSPHRASE_NAME {
        let reason = "is taken: systemd's credential trackyard-passphrase holds the passphrase of the key file";
        return Err(table.error_of_key("name", format_args!("{PASSPHRASE_NAME} {reason}")));
    }
    let label = table.text("label")?.map(|label| sanitise(label, LABEL_LENGTH_MAX)).filter(|label| !label.is_empty());
    let key_command = table.command("key_command", paths, "[\"pass\", \"show\", \"trackyard/prod\"]")?;
    let mut settings = settings(Environment { name, label }, thresholds(table, base)?);
    settings.key_command = key_command;
    settings.watched.muted = alerts::muted_here(table)?;
    Ok(settings)
}

fn name(table: &TomlTable<'_>, key: &str) -> Result<Option<EnvironmentName>, ConfigFileError> {
    table.text(key)?.map(str::parse).transpose().map_err(|_refused: ParseEnvironmentNameError| {
        let reason = format!(
            "must be a name of lower-case letters, digits and inner hyphens, at most {NAME_LENGTH_MAX} characters, \
             starting with a letter or digit"
        );
        table.error_of_key(key, reason)
    })
}

fn settings(environment: Environment, thresholds: Thresholds) -> EnvironmentSettings {
    let watched = WatchedEnvironment { environment, requested: false, thresholds, muted: Vec::new() };
    EnvironmentSettings { watched, key_command: None }
}
