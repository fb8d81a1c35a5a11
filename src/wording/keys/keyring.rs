//! What is wrong with a keyring, in the words of the program that keeps the keys.

use std::fmt;

use super::super::remedies::KEYRING_SERVICE;
use crate::domain::failure::{Keeper, KeyringFault};
use crate::domain::key_entry::KeyEntry;

pub(super) fn write(
    formatter: &mut fmt::Formatter<'_>,
    keeper: &Keeper,
    entry: &KeyEntry,
    fault: &KeyringFault,
) -> fmt::Result {
    let unusable = |formatter: &mut fmt::Formatter<'_>, reason: fmt::Arguments<'_>| {
        write!(formatter, "the entry for {entry} in the keyring is unusable: {reason}")
    };
    match fault {
        KeyringFault::NoText => unusable(formatter, format_args!("it is no text")),
        KeyringFault::TooLong(limit) => {
            unusable(formatter, format_args!("the keyring takes {limit} characters at most"))
        }
        KeyringFault::Unusable(reason) => unusable(formatter, format_args!("{reason}")),
        KeyringFault::Ambiguous => {
            write!(formatter, "the keyring holds more than one entry of service {KEYRING_SERVICE}, user {entry}")
        }
        KeyringFault::Other { said } => {
            let said = said.as_deref().unwrap_or("it failed in an unknown way");
            write!(formatter, "the keyring can't be reached: {said}")
        }
        fault => formatter.write_str(plain(keeper, fault)),
    }
}

fn plain(keeper: &Keeper, fault: &KeyringFault) -> &'static str {
    match (fault, keeper) {
        (KeyringFault::Locked, Keeper::KeePassXc) => "the key is locked in KeePassXC",
        (KeyringFault::Locked, Keeper::Kde) => "the wallet of KDE Wallet is closed",
        (KeyringFault::Dismissed, Keeper::KeePassXc) => {
            "KeePassXC gives no access to the key: its question was declined or not answered"
        }
        (KeyringFault::Dismissed, Keeper::Kde) => {
            "the wallet of KDE Wallet is closed, and its question was dismissed or could not be asked"
        }
        (KeyringFault::NoCollection, Keeper::Kde) => "KDE Wallet has no wallet, so it has no place for keys",
        (KeyringFault::NoSession, _) => "no session bus is running here, so the keyring can't be reached",
        (KeyringFault::SessionDenied, _) => {
            "the session bus does not let this user in, so the keyring can't be reached"
        }
        (KeyringFault::NoService, _) => "no keyring service is running on the session bus",
        (KeyringFault::Ended | KeyringFault::Lost, _) => "the keyring service ended before it answered",
        (KeyringFault::Outdated, _) => "the keyring service forgets its callers",
        (KeyringFault::Deaf, _) => "the keyring service gives no answer",
        (KeyringFault::Denied, _) => "the keyring refuses access to this program",
        (KeyringFault::Locked, _) => "the keyring is locked",
        (KeyringFault::Dismissed, _) => {
            "the keyring is locked, and its question for the password was dismissed or could not be asked"
        }
        (KeyringFault::NoCollection, _) => "the keyring has no default collection, so it has no place for keys",
        (KeyringFault::NotExposed, _) => {
            "KeePassXC shows other programs no group of a database, so it has no place for keys"
        }
        (KeyringFault::Gone, _) => "the keyring lists an entry that it no longer has",
        (KeyringFault::Undecipherable, _) => "the keyring's answer can't be deciphered",
        (KeyringFault::Absent, _) => "the keyring can't be reached: this system has none",
        (
            KeyringFault::Ambiguous
            | KeyringFault::NoText
            | KeyringFault::TooLong(_)
            | KeyringFault::Unusable(_)
            | KeyringFault::Other { .. },
            _,
        ) => "the keyring can't be used",
    }
}
