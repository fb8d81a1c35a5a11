//! The passphrase of the encrypted key file: the names of its sources, and what it may be.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The variable that holds the passphrase, and the start of the name of the other one.
pub const VARIABLE: &str = "TRACKYARD_PASSPHRASE";
/// The variable that names the file with the passphrase.
pub const FILE_VARIABLE: &str = "TRACKYARD_PASSPHRASE_FILE";
/// The longest passphrase that is taken, in bytes.
pub const LENGTH_MAX: usize = 1_024;
/// The fewest characters of the passphrase for a new file.
pub const NEW_LENGTH_MIN: usize = 8;

/// Reason for which a text is no passphrase. The texts never quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassphraseError {
    /// Nothing but blanks.
    #[error("the passphrase is empty")]
    Empty,
    /// Bytes that are no UTF-8.
    #[error("the passphrase is not text")]
    NotText,
    /// A line break or another control character inside.
    #[error("the passphrase has a line break or control character inside")]
    ControlCharacter,
    /// Too long.
    #[error("the passphrase is longer than {LENGTH_MAX} bytes")]
    TooLong,
}
