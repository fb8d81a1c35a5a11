//! Meanings of the errors of the keyring's library.

use keyring::Error;

use crate::domain::error::KeyringError;

/// Meaning of an error of the keyring's library. `tell` gives the words for a platform's error that is none of the
/// known ones.
pub(super) fn fault_of(error: &Error, tell: impl FnOnce(&(dyn std::error::Error + 'static)) -> String) -> KeyringError {
    match error {
        Error::NoStorageAccess(cause) => platform::known(cause.as_ref()).unwrap_or(KeyringError::Locked),
        Error::PlatformFailure(cause) => {
            platform::known(cause.as_ref()).unwrap_or_else(|| KeyringError::Other { said: Some(tell(cause.as_ref())) })
        }
        Error::Ambiguous(_) => KeyringError::Ambiguous,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeyringError::NoText,
        Error::TooLong(_, limit) => KeyringError::TooLong(*limit),
        Error::NoDefaultStore => KeyringError::Absent,
        // The texts of the others may carry entries or secrets.
        _ => KeyringError::Other { said: None },
    }
}

#[cfg(target_os = "linux")]
use super::secret_service as platform;

/// The platforms whose libraries tell little.
#[cfg(not(target_os = "linux"))]
mod platform {
    use crate::domain::error::KeyringError;

    /// Known meaning of a platform's error; `None` where it has none.
    pub(super) fn known(error: &(dyn std::error::Error + 'static)) -> Option<KeyringError> {
        let told = format!("{error:?}");
        CODES.iter().find(|(code, _)| told.contains(code)).map(|(_, fault)| fault.clone())
    }

    /// The codes that stand in what Keychain and Credential Manager say.
    #[cfg(target_os = "macos")]
    const CODES: [(&str, KeyringError); 5] = [
        ("-128", KeyringError::Dismissed),
        ("-25293", KeyringError::Denied),
        ("-25308", KeyringError::Locked),
        ("-25294", KeyringError::NoCollection),
        ("-25307", KeyringError::NoCollection),
    ];
    #[cfg(not(target_os = "macos"))]
    const CODES: [(&str, KeyringError); 2] =
        [("PlatformError(5)", KeyringError::Denied), ("PlatformError(1312)", KeyringError::NoSession)];
}
