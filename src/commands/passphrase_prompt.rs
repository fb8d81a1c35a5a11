//! Prompt for the passphrase of the encrypted key file, where nothing else gives it.

use std::io::{self, IsTerminal};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::CommandError;
use super::hidden_prompt;
use super::message::print_message;
use crate::config::settings::{KeyStoreName, Settings};
use crate::domain::error::KeyErrorKind;
use crate::domain::passphrase::NEW_LENGTH_MIN;
use crate::services::keys::{Passphrase, Passphrases, Variables, Vault, VaultState};

/// Tries that the operator has.
const TRIES: usize = 3;

/// Purpose for which a command opens a key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStorePurpose {
    /// Use the keys that are there.
    Read,
    /// Perhaps make the first one.
    Store,
}

/// Sources of the passphrase for a key store. The operator is asked on the terminal where the store is an encrypted
/// file and nothing else gives one: once for a file that exists, twice for one that is to be made. Without a terminal
/// the store itself tells later that it is missing.
///
/// # Errors
/// An operator who breaks off, or knows no passphrase that will do.
pub async fn passphrases(
    store: KeyStoreName,
    settings: &Settings,
    purpose: KeyStorePurpose,
) -> Result<Passphrases, CommandError> {
    let passphrases = Passphrases::new(&Variables::of_process(settings.allow_group_readable_files));
    if store != KeyStoreName::File || !io::stdin().is_terminal() || !matches!(passphrases.find(), Ok(None)) {
        return Ok(passphrases);
    }
    let path = settings.paths.key_file()?;
    let typed = match (Vault::new(path.to_owned(), passphrases.clone()).state(), purpose) {
        (VaultState::Sealed, _) => existing(path, &passphrases).await?,
        (VaultState::Missing, KeyStorePurpose::Store) => new(path).await?,
        (VaultState::Missing | VaultState::Unusable, _) => return Ok(passphrases),
    };
    Ok(passphrases.or_typed(typed))
}

async fn existing(path: &Path, passphrases: &Passphrases) -> Result<Passphrase, CommandError> {
    let prompt = format!("Passphrase for {} (not shown): ", path.display());
    for _ in 0..TRIES {
        let Some(passphrase) = ask(&prompt).await? else { continue };
        let opened = Vault::new(path.to_owned(), passphrases.clone().or_typed(passphrase.clone())).summary();
        match opened {
            Err(failure) if failure.kind() == KeyErrorKind::WrongPassphrase => print_message(&failure.to_string()),
            // Whatever else is amiss, the command will tell.
            _ => return Ok(passphrase),
        }
    }
    Err(given_up())
}

async fn new(path: &Path) -> Result<Passphrase, CommandError> {
    let least = NEW_LENGTH_MIN;
    let prompt = format!("New passphrase for {}, {least} characters or more (not shown): ", path.display());
    for _ in 0..TRIES {
        let Some(passphrase) = ask(&prompt).await? else { continue };
        if !passphrase.is_long_enough() {
            print_message(&format!("the passphrase has fewer than {least} characters"));
            continue;
        }
        match ask("The same once more: ").await? {
            Some(again) if again.is(&passphrase) => return Ok(passphrase),
            _ => print_message("these were two different passphrases"),
        }
    }
    Err(given_up())
}

fn given_up() -> CommandError {
    CommandError::Failed(format!("the encrypted key file stays closed: {TRIES} tries are enough, start again"))
}

/// Passphrase that was typed; `None` after a message where it is none.
async fn ask(prompt: &str) -> Result<Option<Passphrase>, CommandError> {
    let typed: Zeroizing<String> =
        hidden_prompt::prompted(prompt.to_owned()).await.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => CommandError::Failed("broken off, nothing was done".to_owned()),
            _ => CommandError::Failed(format!("no passphrase could be read: {}", hidden_prompt::reason(&error))),
        })?;
    match Passphrase::parse(typed.as_bytes()) {
        Ok(passphrase) => Ok(Some(passphrase)),
        Err(reason) => {
            print_message(&reason.to_string());
            Ok(None)
        }
    }
}
