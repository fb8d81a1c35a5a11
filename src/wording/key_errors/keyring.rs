//! Faults of a keyring, in the words of the program that keeps the keys.

use std::fmt;

use crate::domain::error::{KeyringError, KeyringProgram};
use crate::domain::key_entry::{KEYRING_SERVICE, KeyEntry};

pub(super) fn write(
    formatter: &mut fmt::Formatter<'_>,
    keeper: &KeyringProgram,
    entry: &KeyEntry,
    fault: &KeyringError,
) -> fmt::Result {
    let unusable = |formatter: &mut fmt::Formatter<'_>, reason: fmt::Arguments<'_>| {
        write!(formatter, "the entry for {entry} in the keyring is unusable: {reason}")
    };
    match fault {
        KeyringError::NoText => unusable(formatter, format_args!("it is no text")),
        KeyringError::TooLong(limit) => {
            unusable(formatter, format_args!("the keyring takes {limit} characters at most"))
        }
        KeyringError::Unusable(reason) => unusable(formatter, format_args!("{reason}")),
        KeyringError::Ambiguous => {
            write!(formatter, "the keyring holds more than one entry of service {KEYRING_SERVICE}, user {entry}")
        }
        KeyringError::Other { said } => {
            let said = said.as_deref().unwrap_or("it failed in an unknown way");
            write!(formatter, "the keyring can't be reached: {said}")
        }
        fault => formatter.write_str(plain(keeper, fault)),
    }
}

fn plain(keeper: &KeyringProgram, fault: &KeyringError) -> &'static str {
    match (fault, keeper) {
        (KeyringError::Locked, KeyringProgram::KeePassXc) => "the key is locked in KeePassXC",
        (KeyringError::Locked, KeyringProgram::Kde) => "the wallet of KDE Wallet is closed",
        (KeyringError::Dismissed, KeyringProgram::KeePassXc) => {
            "KeePassXC gives no access to the key: its question was declined or not answered"
        }
        (KeyringError::Dismissed, KeyringProgram::Kde) => {
            "the wallet of KDE Wallet is closed, and its question was dismissed or could not be asked"
        }
        (KeyringError::NoCollection, KeyringProgram::Kde) => "KDE Wallet has no wallet, so it has no place for keys",
        (KeyringError::NoSession, _) => "no session bus is running here, so the keyring can't be reached",
        (KeyringError::SessionDenied, _) => {
            "the session bus does not let this user in, so the keyring can't be reached"
        }
        (KeyringError::NoService, _) => "no keyring service is running on the session bus",
        (KeyringError::Ended | KeyringError::Lost, _) => "the keyring service ended before it answered",
        (KeyringError::Outdated, _) => "the keyring service forgets its callers",
        (KeyringError::Deaf, _) => "the keyring service gives no answer",
        (KeyringError::Denied, _) => "the keyring refuses access to this program",
        (KeyringError::Locked, _) => "the keyring is locked",
        (KeyringError::Dismissed, _) => {
            "the keyring is locked, and its question for the password was dismissed or could not be asked"
        }
        (KeyringError::NoCollection, _) => "the keyring has no default collection, so it has no place for keys",
        (KeyringError::NotExposed, _) => {
            "KeePassXC shows other programs no group of a database, so it has no place for keys"
        }
        (KeyringError::Gone, _) => "the keyring lists an entry that it no longer has",
        (KeyringError::Undecipherable, _) => "the keyring's answer can't be deciphered",
        (KeyringError::Absent, _) => "the keyring can't be reached: this system has none",
        (
            KeyringError::Ambiguous
            | KeyringError::NoText
            | KeyringError::TooLong(_)
            | KeyringError::Unusable(_)
            | KeyringError::Other { .. },
            _,
        ) => "the keyring can't be used",
    }
}
