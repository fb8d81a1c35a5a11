//! Failures to get a key: the source that was asked, and what happened there.
//!
//! The words of others are kept apart, sanitised and cut, and never holds any part of a key. All of it can be stored.

mod keyring;
mod kind;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::api_key::{KeySource, ParseApiKeyError};
use crate::domain::key_entry::KeyEntry;
use crate::domain::passphrase::PassphraseError;
use crate::domain::user_path::UserPathError;
pub use keyring::{KeyringError, KeyringProgram};
pub use kind::KeyErrorKind;

/// The source that brought no key, and what happened there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyError {
    /// No source has a key.
    Missing,
    /// A source gives what can be no key.
    Unusable {
        /// Source of the text.
        source: KeySource,
        /// Reason for which the text is no key.
        reason: ParseApiKeyError,
    },
    /// The file of a source, with a key or a passphrase, is not used.
    File {
        /// Source that names the file.
        source: KeySource,
        /// Its path, fit to be shown; `None` where there is no such file: a variable may hold a key by mistake.
        path: Option<String>,
        /// Reason for which the file is not used.
        fault: FileError,
    },
    /// The `key_command` brought nothing.
    Command(KeyCommandError),
    /// A source gives what can be no passphrase of the encrypted key file.
    Passphrase {
        /// Source of the text.
        source: KeySource,
        /// Reason for which the text is no passphrase.
        reason: PassphraseError,
    },
    /// The encrypted key file could not be read or written.
    Vault {
        /// Its path, fit to be shown.
        path: String,
        /// Reason for which the file is not used.
        fault: VaultFileError,
    },
    /// The operating system's keyring could not be asked, or has what can be no key.
    Keyring {
        /// The program that keeps the keys.
        keeper: KeyringProgram,
        /// The entry that was asked for.
        entry: KeyEntry,
        /// Fault of the keyring.
        fault: KeyringError,
    },
    /// The key store gave no answer.
    Unanswered {
        /// The program that keeps the keys, or the name of the key store.
        keeper: String,
        /// Reason for which there is no answer.
        reason: BlockingCallError,
        /// Time that the answer was waited for.
        limit: Duration,
    },
    /// The key store has another key for the entry than the one that was to be changed.
    Changed(KeyEntry),
    /// A fault of this program came between.
    Interrupted,
}

impl KeyError {
    /// Kind of the failure.
    #[must_use]
    pub fn kind(&self) -> KeyErrorKind {
        match self {
            Self::Missing => KeyErrorKind::Missing,
            // A command is run again as seldom as one that fails.
            Self::Unusable { source: KeySource::Command, .. } | Self::Command(_) => KeyErrorKind::Command,
            Self::Unusable { .. } | Self::Passphrase { .. } => KeyErrorKind::Invalid,
            Self::File { .. } => KeyErrorKind::File,
            Self::Vault { fault, .. } => fault.kind(),
            Self::Keyring { fault, .. } => fault.kind(),
            Self::Unanswered { reason: BlockingCallError::Slow, .. } => KeyErrorKind::Slow,
            Self::Unanswered { reason: BlockingCallError::Withdrawn, .. } => KeyErrorKind::Withdrawn,
            Self::Unanswered { reason: BlockingCallError::Stuck | BlockingCallError::Broken, .. }
            | Self::Interrupted => KeyErrorKind::Unavailable,
            Self::Changed(_) => KeyErrorKind::Changed,
        }
    }
}

/// Reason for which a private file is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileError {
    /// There is none.
    Missing,
    /// The text that should be its path can be none.
    NoPath(UserPathError),
    /// It is a folder, a pipe or a device.
    NotRegular,
    /// Others have access to it.
    TooOpen {
        /// Its permission bits.
        mode: u32,
        /// True when this user can give it another mode: it is theirs, and the file system can be written.
        can_be_changed: bool,
    },
    /// It is larger than this, in bytes.
    TooLarge(usize),
    /// The system does not let it be read.
    Unreadable {
        /// Words of the system.
        said: String,
    },
    /// The file system gave no answer.
    Unanswered {
        /// Reason for which there is no answer.
        reason: BlockingCallError,
        /// Time that the answer was waited for.
        limit: Duration,
    },
}

impl FileError {
    /// True for a mode that gives every user access of any kind, and not the group alone.
    #[must_use]
    pub fn lets_in_all(mode: u32) -> bool {
        mode & 0o007 != 0
    }
}

/// Reason for which the `key_command` brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyCommandError {
    /// None is named.
    Empty,
    /// It can't be run.
    NotStarted {
        /// Its name, fit to be shown.
        program: String,
        /// Words of the system.
        said: String,
    },
    /// It failed.
    Failed {
        /// End of the program.
        exit: ProgramExit,
        /// The last line of what it complained.
        said: Option<String>,
    },
    /// It printed more than 64 KiB.
    TooMuchOutput,
    /// It took longer than this.
    TooSlow(Duration),
    /// The way to it broke.
    Broken {
        /// Words of the system.
        said: String,
    },
}

/// End of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramExit {
    /// With this exit status.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// In a way that the system does not tell.
    Unknown,
}

/// Reason for which the encrypted key file can't be read or written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VaultFileError {
    /// No source gives a passphrase.
    Locked,
    /// The passphrase is another one than that of the file.
    WrongPassphrase,
    /// The file is to be made, and the passphrase is too short for that.
    ShortPassphrase,
    /// The file is none that may be used.
    File(FileError),
    /// This program has not encrypted it.
    Foreign,
    /// It is damaged or not whole.
    Damaged,
    /// It is encrypted for the holder of a private key, not with a passphrase.
    OtherRecipient,
    /// It is of a newer format of age.
    NewerFormat,
    /// It asks for more work than is accepted.
    ExcessiveWork {
        /// The work factor that it asks for.
        factor: u8,
        /// The highest that is accepted.
        factor_max: u8,
    },
    /// It was written by a newer version of this program.
    NewerVersion(u32),
    /// It opens, but what it holds is no list of keys.
    StrangeContent,
    /// It would become larger than this, in bytes.
    Full(usize),
    /// Another process is changing it, and does not come to an end.
    Busy,
    /// It can't be encrypted.
    NotEncrypted,
    /// It can't be written.
    Unwritable {
        /// Words of the system.
        said: String,
    },
}

impl VaultFileError {
    fn kind(&self) -> KeyErrorKind {
        match self {
            Self::Locked => KeyErrorKind::Locked,
            Self::WrongPassphrase | Self::ShortPassphrase => KeyErrorKind::WrongPassphrase,
            Self::File(_) => KeyErrorKind::File,
            Self::Foreign | Self::Damaged | Self::StrangeContent => KeyErrorKind::Damaged,
            Self::OtherRecipient | Self::NewerFormat | Self::ExcessiveWork { .. } | Self::NewerVersion(_) => {
                KeyErrorKind::Unsupported
            }
            Self::Busy | Self::Full(_) | Self::NotEncrypted | Self::Unwritable { .. } => KeyErrorKind::Unavailable,
        }
    }
}

/// Reason for which a call that may block brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockingCallError {
    /// Not in time; or an earlier call is still stuck, so that this one was not made. A change is under way, and may
    /// be made at any time.
    Slow,
    /// Not in time, or not at all, and the change was not begun: it will never be made.
    Withdrawn,
    /// Too many calls are stuck for good, so that this one was not made, and none will be.
    Stuck,
    /// The call panicked, or there is no thread.
    Broken,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::examples;

    #[test]
    fn a_failure_comes_back_from_a_store_as_it_was() {
        for failure in examples::all() {
            let stored = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<KeyError>(&stored).unwrap(), failure, "{stored}");
        }
    }
}
