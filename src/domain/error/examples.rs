//! One failure of each kind and more, for tests.

use std::time::Duration;

use super::key::{
    BlockingCallError, FileError, KeyCommandError, KeyError, KeyErrorKind, KeyringError, KeyringProgram, ProgramExit,
    VaultFileError,
};
use crate::domain::api_key::{KeySource, ParseApiKeyError};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::passphrase::PassphraseError;
use crate::domain::user_path::UserPathError;

const LIMIT: Duration = Duration::from_secs(3);

fn said() -> String {
    "out of order".to_owned()
}

fn file_faults() -> Vec<FileError> {
    let no_answers =
        [BlockingCallError::Slow, BlockingCallError::Withdrawn, BlockingCallError::Stuck, BlockingCallError::Broken];
    let opens = [(0o644, true), (0o644, false), (0o440, true), (0o440, false)];
    let opens = opens.map(|(mode, can_be_changed)| FileError::TooOpen { mode, can_be_changed });
    let plain = [FileError::NotRegular, FileError::TooLarge(65_536), FileError::Unreadable { said: said() }];
    let unanswered = no_answers.map(|reason| FileError::Unanswered { reason, limit: LIMIT });
    plain.into_iter().chain(opens).chain(unanswered).collect()
}

/// Every fault of an encrypted key file.
#[must_use]
pub fn vault_faults() -> Vec<VaultFileError> {
    let plain = [
        VaultFileError::Locked,
        VaultFileError::WrongPassphrase,
        VaultFileError::ShortPassphrase,
        VaultFileError::Foreign,
        VaultFileError::Damaged,
        VaultFileError::OtherRecipient,
        VaultFileError::NewerFormat,
        VaultFileError::ExcessiveWork { factor: 30, factor_max: 18 },
        VaultFileError::NewerVersion(2),
        VaultFileError::StrangeContent,
        VaultFileError::Full(1 << 20),
        VaultFileError::Busy,
        VaultFileError::NotEncrypted,
        VaultFileError::Unwritable { said: said() },
    ];
    let files = [
        FileError::NotRegular,
        FileError::TooOpen { mode: 0o644, can_be_changed: true },
        FileError::TooLarge(1 << 20),
        FileError::Unreadable { said: said() },
    ];
    plain.into_iter().chain(files.map(VaultFileError::File)).collect()
}

/// Every fault of a keyring.
#[must_use]
pub fn keyring_faults() -> Vec<KeyringError> {
    vec![
        KeyringError::NoSession,
        KeyringError::SessionDenied,
        KeyringError::NoService,
        KeyringError::Ended,
        KeyringError::Deaf,
        KeyringError::Denied,
        KeyringError::Locked,
        KeyringError::Dismissed,
        KeyringError::NoCollection,
        KeyringError::NotExposed,
        KeyringError::Outdated,
        KeyringError::Gone,
        KeyringError::Undecipherable,
        KeyringError::Ambiguous,
        KeyringError::NoText,
        KeyringError::TooLong(1_280),
        KeyringError::Unusable(ParseApiKeyError::InnerBlank),
        KeyringError::Absent,
        KeyringError::Other { said: Some(said()) },
        KeyringError::Other { said: None },
    ]
}

/// Every program that keeps keys.
#[must_use]
pub fn keepers() -> [KeyringProgram; 7] {
    let other = KeyringProgram::Other("oo7-daemon".to_owned());
    let known = [KeyringProgram::Gnome, KeyringProgram::KeePassXc, KeyringProgram::Kde, KeyringProgram::Unknown];
    let [gnome, keepassxc, kde, unknown] = known;
    [gnome, keepassxc, kde, other, unknown, KeyringProgram::Keychain, KeyringProgram::CredentialManager]
}

fn read_only_sources() -> [KeySource; 4] {
    [
        KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned()),
        KeySource::VariableFile("TRACKYARD_API_KEY_PROD_FILE".to_owned()),
        KeySource::Credential("trackyard-prod".to_owned()),
        KeySource::Command,
    ]
}

/// Every failure, of prod's key.
///
/// # Panics
/// Never: the name is one of an environment.
#[must_use]
pub fn all() -> Vec<KeyError> {
    let entry = || KeyEntry::new("prod".parse().unwrap(), KeyRole::Current);
    let mut all = vec![KeyError::Missing, KeyError::Changed(entry()), KeyError::Interrupted];
    for source in read_only_sources() {
        all.push(KeyError::Unusable { source: source.clone(), reason: ParseApiKeyError::Quoted });
        let shown = || Some("/run/secrets/key".to_owned());
        all.extend(file_faults().into_iter().map(|fault| KeyError::File {
            source: source.clone(),
            path: shown(),
            fault,
        }));
        for fault in [FileError::Missing, FileError::NoPath(UserPathError::ControlCharacter)] {
            all.push(KeyError::File { source: source.clone(), path: None, fault });
        }
        all.push(KeyError::Passphrase { source, reason: PassphraseError::Empty });
    }
    let exits = [ProgramExit::Code(2), ProgramExit::Signal(9), ProgramExit::Unknown];
    let commands = [
        KeyCommandError::Empty,
        KeyCommandError::NotStarted { program: "pass".to_owned(), said: said() },
        KeyCommandError::TooMuchOutput,
        KeyCommandError::TooSlow(LIMIT),
        KeyCommandError::Broken { said: said() },
    ];
    let failed =
        exits.into_iter().flat_map(|exit| [Some(said()), None].map(|said| KeyCommandError::Failed { exit, said }));
    all.extend(commands.into_iter().chain(failed).map(KeyError::Command));
    let path = || "/home/me/keys.age".to_owned();
    all.extend(vault_faults().into_iter().map(|fault| KeyError::Vault { path: path(), fault }));
    for keeper in keepers() {
        all.extend(keyring_faults().into_iter().map(|fault| KeyError::Keyring {
            keeper: keeper.clone(),
            entry: entry(),
            fault,
        }));
    }
    for reason in
        [BlockingCallError::Slow, BlockingCallError::Withdrawn, BlockingCallError::Stuck, BlockingCallError::Broken]
    {
        all.push(KeyError::Unanswered { keeper: "GNOME Keyring".to_owned(), reason, limit: LIMIT });
    }
    all
}

/// A failure of a kind.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn of(kind: KeyErrorKind) -> KeyError {
    all().into_iter().find(|failure| failure.kind() == kind).unwrap()
}
