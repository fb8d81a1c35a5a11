//! What several commands need before they can start.

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

/// The name of an operator is cut to this length, in characters.
const OPERATOR_LENGTH_MAX: usize = 32;

/// The machine's clock, which the commands hand on to whatever tells the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that chooses the machine's clock")]
pub(super) fn clock() -> Clock {
    Clock::system()
}

/// The machine's time zone, in which people are told the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that chooses the machine's zone")]
pub(super) fn zone() -> TimeZone {
    TimeZone::system()
}

/// A runtime on this thread alone: the program waits far more than it works.
///
/// # Errors
/// Where the system refuses one, or too little for it to run.
pub fn runtime() -> Result<Runtime, CommandError> {
    resources::check().map_err(|missing| CommandError::Failed(format!("the program can't start: {missing}")))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| CommandError::Failed(format!("the program can't start: {error}")))
}

/// Makes a key store of this name. Nothing is opened yet.
///
/// # Errors
/// When there is no place for an encrypted file.
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

/// The environments whose keys are looked for in the key store first.
fn kept_in_store(settings: &Settings) -> Vec<EnvironmentName> {
    let variables = Variables::of_process(settings.allow_group_readable_files);
    let without_command = settings.environments.iter().filter(|environment| environment.key_command.is_none());
    without_command.map(EnvironmentSettings::name).filter(|name| !variables.give_key_of(name)).cloned().collect()
}

/// The time limits of a command with such patience. No question of the key store's outlives it.
#[must_use]
pub fn limits(patience: KeyReadTimeout) -> KeyTimeouts {
    match patience {
        KeyReadTimeout::User => KeyTimeouts::for_person(),
        KeyReadTimeout::Poll => KeyTimeouts::for_program(),
    }
}

/// A key store without any other source of keys, for a command that a person waits for.
#[must_use]
pub fn store_alone(store: KeyStoreFactory) -> (Keys, KeyWriter) {
    let (keys, keeper) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store,
        limits: KeyTimeouts::for_person(),
    });
    tell_waiting(&keys);
    (keys, keeper)
}

/// Has a person at the terminal told for what the program waits.
fn tell_waiting(keys: &Keys) {
    if io::stderr().is_terminal() {
        keys.on_waiting(|keeper| print_message(&format!("waiting for {keeper} …")));
    }
}

/// As [`services`], for a command that waits within `limits`.
#[must_use]
pub fn services_of_command(settings: &Settings, store: KeyStoreFactory, limits: KeyTimeouts) -> (Services, KeyWriter) {
    let (services, keeper) = services_within(settings, store, limits);
    tell_waiting(&services.keys);
    (services, keeper)
}

/// The key store of the settings, its passphrase asked for where it needs one.
///
/// # Errors
/// When the operator gives none that will do, or there is no place for an encrypted file.
pub async fn unlocked(settings: &Settings, purpose: KeyStorePurpose) -> Result<KeyStoreFactory, CommandError> {
    let passphrases = passphrase_prompt::passphrases(settings.key_store, settings, purpose).await?;
    key_store(settings.key_store, settings, passphrases)
}

/// The real input and output that the settings ask for, and the right to change keys. Nothing is opened yet.
#[must_use]
pub fn services(settings: &Settings, store: KeyStoreFactory) -> (Services, KeyWriter) {
    services_within(settings, store, KeyTimeouts::default())
}

fn services_within(settings: &Settings, store: KeyStoreFactory, limits: KeyTimeouts) -> (Services, KeyWriter) {
    let commands = settings.environments.iter().chain(&settings.left_out).filter_map(|environment| {
        let command = environment.key_command.clone()?;
        Some((environment.name().clone(), command))
    });
    let (keys, keeper) = Keys::new(KeysOptions {
        variables: Variables::of_process(settings.allow_group_readable_files),
        default_environment: Some(settings.default_environment.clone()),
        commands: commands.collect::<HashMap<_, _>>(),
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
    (services, keeper)
}

/// The sinks that the settings ask for, with the queue of the webhook in the history. Nothing is opened yet.
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

/// The history that the settings ask for, with a ledger in the runtime folder for as long as it can't be written.
#[must_use]
pub fn history(settings: &Settings) -> History {
    let history = settings.paths.history_file().map_or_else(|_| History::nowhere(), History::open);
    history.with_runtime_folder(settings.paths.runtime_dir().map(ToOwned::to_owned))
}

/// Starts the log, where there is a place for it.
pub fn start_log(settings: &Settings) {
    use tracing::level_filters::LevelFilter;

    let level = match settings.log_level {
        LogLevel::Off => return,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    if let Ok(file) = settings.paths.log_file() {
        log::start(file, level);
    }
}

/// How long keys may take: a person at a terminal may have to unlock something.
#[must_use]
pub fn patience() -> KeyReadTimeout {
    let is_attended = io::stdin().is_terminal() || io::stdout().is_terminal();
    if is_attended { KeyReadTimeout::User } else { KeyReadTimeout::Poll }
}

/// A seed that differs from start to start.
#[must_use]
pub fn seed() -> u64 {
    fastrand::u64(..)
}

/// The name of the user, for others to see who acknowledged an alert.
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
