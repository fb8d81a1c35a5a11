//! `key`: stores, lists, tests, moves, rotates and removes keys.

mod confirm;
mod key_name;
mod key_prompt;
mod list;
mod move_keys;
mod remove;
mod rotate;
mod set;
mod test_key;

use std::io::Write;

use super::error::CommandError;
use super::passphrase_prompt::KeyStorePurpose;
use super::setup;
use crate::cli::KeySubcommand;
use crate::config::settings::Settings;
use crate::services::Services;
use crate::services::keys::{KeyTimeouts, KeyWriter};

/// Runs the command. `settings` hold the environment that it names.
///
/// # Errors
/// When it could not be done; the text says why, and never any part of a key.
pub async fn run(command: &KeySubcommand, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    match command {
        KeySubcommand::Set(arguments) => {
            let (services, keeper) = open(settings, KeyStorePurpose::Store).await?;
            let others: Vec<_> = settings.left_out.iter().map(|other| other.name().clone()).collect();
            set::run(arguments, &others, &services, &keeper, out).await
        }
        KeySubcommand::Rotate(arguments) => {
            let (services, keeper) = open(settings, KeyStorePurpose::Read).await?;
            rotate::run(arguments, settings, services, keeper, out).await
        }
        KeySubcommand::List { json } => {
            let (services, _) = open(settings, KeyStorePurpose::Read).await?;
            list::run(*json, settings, services, out).await
        }
        KeySubcommand::Test { environment } => {
            let (services, _) = open(settings, KeyStorePurpose::Read).await?;
            test_key::run(environment, settings, services, out).await
        }
        KeySubcommand::Remove { environment, yes } => {
            let (services, keeper) = open(settings, KeyStorePurpose::Read).await?;
            remove::run(environment, *yes, &services, &keeper, out).await
        }
        KeySubcommand::Move { from, to } => move_keys::run(*from, *to, settings, out).await,
    }
}

async fn open(settings: &Settings, purpose: KeyStorePurpose) -> Result<(Services, KeyWriter), CommandError> {
    let store = setup::unlocked(settings, purpose).await?;
    Ok(setup::services_of_command(settings, store, KeyTimeouts::for_person()))
}
