//! Parts that several commands are made of: clock, runtime, key store, services, log.

use std::collections::HashMap;
use std::io::{self, IsTerminal};

use jiff::tz::TimeZone;
use tokio::runtime::{Builder, Runtime};

use super::error::CommandError;
use super::message::print_message;
use super::passphrase_prompt::{self, KeyStorePurpose};
use crate::config::settings::{EnvironmentSettings, KeyStoreName, LogLevel, Settings};
use crate::domain::environment::EnvironmentName;
use crate::domain::text::sanitise;
use crate::runtime::resources;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::history::History;
use crate::services::keys::{
    KeyReadTimeout, KeyStoreFactory, KeyTimeouts, KeyWriter, Keys, KeysOptions, OsKeyring, Passphrases, Variables,
    Vault,
};
use crate::services::log;
use crate::services::sinks::{Notifier, NotifierOptions, SinkLimits, ordinary_variables};

/// Longest name of an operator, in characters; what is longer is cut.
const OPERATOR_LENGTH_MAX: usize = 32;

/// Clock of this machine, which the commands hand on to whatever tells the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that chooses the machine's clock")]
pub(super) fn clock() -> Clock {
    Clock::system()
}

/// Time zone of this machine, in which people are told the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that chooses the machine's zone")]
pub(super) fn zone() -> TimeZone {
    TimeZone::system()
}

/// Runtime on this thread alone: the program waits far more than it works.
///
/// # Errors
/// A system that refuses it, or grants too little for it to run.
pub fn runtime() -> Result<Runtime, CommandError> {
    let failed = |reason: String| CommandError::Failed(format!("the program can't start: {reason}"));
    resources::check().map_err(failed)?;
    Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))
}

/// Factory of the key store of this name. Nothing is opened yet.
///
/// # Errors
/// No place for an encrypted file.
pub fn key_store(
    name: KeyStoreName,
    settings: &Settings,
    passphrases: Passphrases,
) -> Result<KeyStoreFactory, CommandError> {
    match name {
        KeyStoreName::Keyring => {
            let environments = kept_in_store(settings);
            Ok(Box::new(move || Box::new(OsKeyring::new(environments.clone()))))
        }
        KeyStoreName::File => {
            let path = settings.paths.key_file()?.to_owned();
            Ok(Box::new(move || Box::new(Vault::new(path.clone(), passphrases.clone()))))
        }
    }
}

/// Environments whose keys are looked for in the key store first.
fn kept_in_store(settings: &Settings) -> Vec<EnvironmentName> {
    let variables = Variables::of_process(settings.allow_group_readable_files);
    let without_command = settings.environments.iter().filter(|environment| environment.key_command.is_none());
    without_command.map(EnvironmentSettings::name).filter(|name| !variables.give_key_of(name)).cloned().collect()
}

/// Keys of a key store, without any other source.
#[must_use]
pub fn keys_of_store(store: KeyStoreFactory, limits: KeyTimeouts) -> (Keys, KeyWriter) {
    let (variables, commands) = (Variables::default(), HashMap::new());
    Keys::new(KeysOptions { variables, default_environment: None, commands, store, limits })
}

/// Keys of a key store, without any other source, for a command that a person waits for.
#[must_use]
pub fn store_alone(store: KeyStoreFactory) -> (Keys, KeyWriter) {
    let (keys, key_writer) = keys_of_store(store, KeyTimeouts::for_person());
    tell_waiting(&keys);
    (keys, key_writer)
}

/// Has a person at the terminal told for what the program waits.
fn tell_waiting(keys: &Keys) {
    if io::stderr().is_terminal() {
        keys.on_waiting(|place| print_message(&format!("waiting for {place} …")));
    }
}

/// Key store of the settings, its passphrase asked for where it needs one.
///
/// # Errors
/// An operator who gives none that will do, or no place for an encrypted file.
pub async fn unlocked(settings: &Settings, purpose: KeyStorePurpose) -> Result<KeyStoreFactory, CommandError> {
    let passphrases = passphrase_prompt::passphrases(settings.key_store, settings, purpose).await?;
    key_store(settings.key_store, settings, passphrases)
}

/// Services of a command, on the key store of the settings.
///
/// # Errors
/// As [`unlocked`].
pub async fn open(
    settings: &Settings,
    purpose: KeyStorePurpose,
    timeout: KeyReadTimeout,
) -> Result<(Services, KeyWriter), CommandError> {
    Ok(services_of_command(settings, unlocked(settings, purpose).await?, timeout))
}

/// Services of a command with such timeout, and the right to change keys. No question of the key store's outlives it.
#[must_use]
pub fn services_of_command(
    settings: &Settings,
    store: KeyStoreFactory,
    timeout: KeyReadTimeout,
) -> (Services, KeyWriter) {
    let limits = match timeout {
        KeyReadTimeout::User => KeyTimeouts::for_person(),
        KeyReadTimeout::Poll => KeyTimeouts::for_program(),
    };
    let (services, key_writer) = services(settings, store, limits);
    tell_waiting(&services.keys);
    (services, key_writer)
}

/// Input and output that the settings ask for, within `limits`, and the right to change keys. Nothing is opened yet.
#[must_use]
pub fn services(settings: &Settings, store: KeyStoreFactory, limits: KeyTimeouts) -> (Services, KeyWriter) {
    let commands = settings.environments.iter().chain(&settings.left_out).filter_map(|environment| {
        let command = environment.key_command.clone()?;
        Some((environment.name().clone(), command))
    });
    let (keys, key_writer) = Keys::new(KeysOptions {
        variables: Variables::of_process(settings.allow_group_readable_files),
        default_environment: Some(settings.default_environment.clone()),
        commands: commands.collect(),
        store,
        limits,
    });
    let history = history(settings);
    let services = Services {
        keys,
        notifier: notifier(settings, history.clone()),
        history,
        base_url: settings.base_url.clone(),
        clock: clock(),
    };
    (services, key_writer)
}

/// Sinks that the settings ask for, with the outbox of the webhook in the history. Nothing is opened yet.
#[must_use]
pub fn notifier(settings: &Settings, history: History) -> Notifier {
    Notifier::new(NotifierOptions {
        sinks: settings.alerts.sinks.clone(),
        history,
        clock: clock(),
        zone: zone(),
        variables: ordinary_variables(std::env::vars_os()).collect(),
        private_files: Variables::of_process(settings.allow_group_readable_files).private_files(),
        limits: SinkLimits::default(),
    })
}

/// History that the settings ask for, with a request log in the runtime folder for as long as it can't be written.
#[must_use]
pub fn history(settings: &Settings) -> History {
    let history = settings.paths.history_file().map_or_else(|_| History::nowhere(), History::open);
    history.with_runtime_folder(settings.paths.runtime_dir().map(ToOwned::to_owned))
}

/// Starts the log, where it is not off and there is a place for it.
pub fn start_log(settings: &Settings) {
    if settings.log_level == LogLevel::Off {
        return;
    }
    if let (Ok(file), Ok(level)) = (settings.paths.log_file(), settings.log_level.to_string().parse()) {
        log::start(file, level);
    }
}

/// Patience with key stores: a person at a terminal may have to unlock something.
#[must_use]
pub fn timeout() -> KeyReadTimeout {
    let is_attended = io::stdin().is_terminal() || io::stdout().is_terminal();
    if is_attended { KeyReadTimeout::User } else { KeyReadTimeout::Poll }
}

/// Seed that differs from start to start.
#[must_use]
pub fn seed() -> u64 {
    fastrand::u64(..)
}

/// Name of the user, by which others see who acknowledged an alert.
#[must_use]
pub fn operator(variable: &dyn Fn(&str) -> Option<String>) -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(variable);
    let mut names = names.map(|name| sanitise(&name, OPERATOR_LENGTH_MAX)).filter(|name| !name.is_empty());
    names.next().unwrap_or_else(user_number)
}

#[cfg(unix)]
fn user_number() -> String {
    format!("user {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user_number() -> String {
    "an operator".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_is_who_the_system_says_and_safe_to_show() {
        let named = |known: &[(&str, &str)]| {
            operator(&|name| known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(named(&[("USER", "ada"), ("LOGNAME", "eve")]), "ada");
        assert_eq!(named(&[("USER", ""), ("LOGNAME", "a\u{1b}[31mda\n")]), "a[31mda");
        assert_eq!(named(&[("USER", &"x".repeat(100))]).chars().count(), OPERATOR_LENGTH_MAX);
        assert!(!named(&[]).is_empty());
    }
}
