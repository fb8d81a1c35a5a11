//! What several commands need before they can start.

use std::collections::HashMap;

use tokio::runtime::{Builder, Runtime};

use super::CommandError;
use crate::config::settings::{KeyStoreName, LogLevel, Settings};
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::history::History;
use crate::services::keys::{KeyKeeper, Keys, KeysOptions, Limits, OsKeyring, Variables};
use crate::services::log;

/// A runtime on this thread alone: the program waits far more than it works.
///
/// # Errors
/// Where the system refuses one.
pub fn runtime() -> Result<Runtime, CommandError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| CommandError::Failed(format!("the program can't start: {error}")))
}

/// The real input and output that the settings ask for, and the right to change keys. Nothing is opened yet.
#[must_use]
pub fn services(settings: &Settings) -> (Services, KeyKeeper) {
    let commands = settings.environments.iter().filter_map(|environment| {
        let command = environment.key_command.clone()?;
        Some((environment.name().clone(), command))
    });
    let (keys, keeper) = Keys::new(KeysOptions {
        variables: std::env::vars_os().collect::<Variables>(),
        default_environment: Some(settings.default_environment.clone()),
        commands: commands.collect::<HashMap<_, _>>(),
        store: match settings.key_store {
            KeyStoreName::Keyring => Box::new(|| Box::new(OsKeyring::default())),
        },
        limits: Limits::default(),
    });
    let history = settings.paths.history_file().map_or_else(|_| History::in_memory(), History::open);
    (Services { keys, history, base_url: settings.base_url.clone(), clock: Clock::system() }, keeper)
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

/// A seed that differs from start to start.
#[must_use]
pub fn seed() -> u64 {
    fastrand::u64(..)
}
