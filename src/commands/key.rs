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
use crate::services::keys::KeyReadTimeout;

/// Runs the command. `settings` hold the environment that it names.
///
/// # Errors
/// The reason that it could not be done; never any part of a key.
pub async fn run(command: &KeySubcommand, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let purpose = match command {
        KeySubcommand::Move { from, to } => return move_keys::run(*from, *to, settings, out).await,
        KeySubcommand::Set(_) => KeyStorePurpose::Store,
        _ => KeyStorePurpose::Read,
    };
    let (services, key_writer) = setup::open(settings, purpose, KeyReadTimeout::User).await?;
    match command {
        KeySubcommand::Set(arguments) => {
            let others: Vec<_> = settings.left_out.iter().map(|other| other.name().clone()).collect();
            set::run(arguments, &others, &services, &key_writer, out).await
        }
        KeySubcommand::Rotate(arguments) => rotate::run(arguments, settings, services, key_writer, out).await,
        KeySubcommand::List { json } => list::run(*json, settings, services, out).await,
        KeySubcommand::Test { environment } => test_key::run(environment, settings, services, out).await,
        KeySubcommand::Remove { environment, yes } => remove::run(environment, *yes, &services, &key_writer, out).await,
        KeySubcommand::Move { .. } => Ok(()),
    }
}
