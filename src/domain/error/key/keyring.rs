//! Faults of the operating system's keyring, and the programs that keep it.

use serde::{Deserialize, Serialize};

use super::kind::KeyErrorKind;
use crate::domain::api_key::ParseApiKeyError;

/// The programs that keep keys, each with its own words and ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyringProgram {
    /// GNOME Keyring.
    Gnome,
    /// KeePassXC.
    KeePassXc,
    /// KDE Wallet.
    Kde,
    /// Another Secret Service, by the name of its process.
    Other(String),
    /// A Secret Service of which no name is known, or none at all.
    Unknown,
    /// That of macOS.
    Keychain,
    /// That of Windows.
    CredentialManager,
}

impl KeyringProgram {
    /// That of this platform, as far as it is known beforehand.
    pub const PLATFORM_DEFAULT: Self = if cfg!(target_os = "macos") {
        Self::Keychain
    } else if cfg!(windows) {
        Self::CredentialManager
    } else {
        Self::Unknown
    };

    /// The name by which people know it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Gnome => Some("GNOME Keyring"),
            Self::KeePassXc => Some("KeePassXC"),
            Self::Kde => Some("KDE Wallet"),
            Self::Other(name) => Some(name),
            Self::Unknown => None,
            Self::Keychain => Some("Keychain"),
            Self::CredentialManager => Some("Credential Manager"),
        }
    }
}

/// Fault of a keyring, whatever the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyringError {
    /// There is no session bus.
    NoSession,
    /// The session bus does not let this user in.
    SessionDenied,
    /// Nothing answers for the keyring on the session bus.
    NoService,
    /// The service, or the bus, ended in the middle of a call.
    Ended,
    /// The same, and a change that was asked for may have been made.
    Lost,
    /// The service does not know the session that it was asked in.
    Outdated,
    /// The service does not answer.
    Deaf,
    /// The service refuses this program.
    Denied,
    /// It is locked, and did not ask for its password.
    Locked,
    /// It asked for its password in vain, or could not ask.
    Dismissed,
    /// It has no default collection.
    NoCollection,
    /// The service is there, and shows other programs no collection.
    NotExposed,
    /// It lists an object that it no longer has.
    Gone,
    /// Its answer can't be deciphered.
    Undecipherable,
    /// It has more than one entry of the name.
    Ambiguous,
    /// The entry is no text.
    NoText,
    /// It takes no key as long as this; with the number of characters that it takes.
    TooLong(u32),
    /// The entry can be no key.
    Unusable(ParseApiKeyError),
    /// This platform has no keyring.
    Absent,
    /// Anything else.
    Other {
        /// Words of the platform, where they are safe to show.
        said: Option<String>,
    },
}

impl KeyringError {
    /// Kind of the failure that the fault makes.
    #[must_use]
    pub fn kind(&self) -> KeyErrorKind {
        match self {
            Self::NoSession => KeyErrorKind::NoSession,
            Self::NoService => KeyErrorKind::NoService,
            Self::SessionDenied | Self::Denied => KeyErrorKind::Denied,
            Self::Locked => KeyErrorKind::Locked,
            Self::Dismissed => KeyErrorKind::Dismissed,
            Self::NoCollection | Self::NotExposed => KeyErrorKind::NoCollection,
            Self::Deaf | Self::Lost => KeyErrorKind::Slow,
            Self::Ambiguous => KeyErrorKind::Ambiguous,
            Self::NoText | Self::TooLong(_) | Self::Unusable(_) => KeyErrorKind::Entry,
            Self::Ended | Self::Outdated | Self::Gone | Self::Undecipherable | Self::Absent | Self::Other { .. } => {
                KeyErrorKind::Unavailable
            }
        }
    }
}
