//! What can be wrong with a keyring, whatever the platform.

use std::fmt;

use keyring::Error;

use crate::domain::failure::KeyFailureKind;

/// What is wrong with a keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
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
    /// This platform has no keyring.
    Absent,
    /// Anything else, in words of the platform.
    Other(String),
}

impl Trouble {
    /// What an error of the keyring's library means. `tell` gives the words for a platform's error that is none of the
    /// known ones.
    pub(super) fn of(error: &Error, tell: impl FnOnce(&(dyn std::error::Error + 'static)) -> String) -> Self {
        match error {
            Error::NoStorageAccess(cause) => platform::known(cause.as_ref()).unwrap_or(Self::Locked),
            Error::PlatformFailure(cause) => {
                platform::known(cause.as_ref()).unwrap_or_else(|| Self::Other(tell(cause.as_ref())))
            }
            Error::Ambiguous(_) => Self::Ambiguous,
            Error::BadEncoding(_) | Error::BadDataFormat(..) => Self::NoText,
            Error::TooLong(_, limit) => Self::TooLong(*limit),
            Error::NoDefaultStore => Self::Absent,
            // The texts of the others may carry entries or secrets.
            _ => Self::Other("it failed in an unknown way".to_owned()),
        }
    }

    /// Its kind.
    pub(super) fn kind(&self) -> KeyFailureKind {
        match self {
            Self::NoSession => KeyFailureKind::NoSession,
            Self::NoService => KeyFailureKind::NoService,
            Self::SessionDenied | Self::Denied => KeyFailureKind::Denied,
            Self::Locked => KeyFailureKind::Locked,
            Self::Dismissed => KeyFailureKind::Dismissed,
            Self::NoCollection | Self::NotExposed => KeyFailureKind::NoCollection,
            Self::Deaf | Self::Lost => KeyFailureKind::Slow,
            Self::Ambiguous => KeyFailureKind::Ambiguous,
            Self::NoText | Self::TooLong(_) => KeyFailureKind::Entry,
            Self::Ended | Self::Outdated | Self::Gone | Self::Undecipherable | Self::Absent | Self::Other(_) => {
                KeyFailureKind::Unavailable
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => formatter.write_str(text),
            known => write!(formatter, "{known:?}"),
        }
    }
}

impl std::error::Error for Trouble {}

#[cfg(target_os = "linux")]
use super::secret_service as platform;

/// The platforms whose libraries tell little.
#[cfg(not(target_os = "linux"))]
mod platform {
    use super::Trouble;

    /// What a platform's error is known to mean.
    pub(super) fn known(error: &(dyn std::error::Error + 'static)) -> Option<Trouble> {
        let told = format!("{error:?}");
        CODES.iter().find(|(code, _)| told.contains(code)).map(|(_, trouble)| trouble.clone())
    }

    /// The codes that stand in what Keychain and Credential Manager say.
    #[cfg(target_os = "macos")]
    const CODES: [(&str, Trouble); 5] = [
        ("-128", Trouble::Dismissed),
        ("-25293", Trouble::Denied),
        ("-25308", Trouble::Locked),
        ("-25294", Trouble::NoCollection),
        ("-25307", Trouble::NoCollection),
    ];
    #[cfg(not(target_os = "macos"))]
    const CODES: [(&str, Trouble); 2] =
        [("PlatformError(5)", Trouble::Denied), ("PlatformError(1312)", Trouble::NoSession)];
}
