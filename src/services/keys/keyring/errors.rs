//! What the errors of the keyring's library mean.

use keyring::Error;

use crate::domain::failure::KeyringFault;

/// A fault as an error of a platform. It shows no sentence: texts are made elsewhere.
#[derive(Debug)]
pub(super) struct PlatformFault(pub(super) KeyringFault);

impl std::fmt::Display for PlatformFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            KeyringFault::Other { said: Some(said) } => formatter.write_str(said),
            known => write!(formatter, "{known:?}"),
        }
    }
}

impl std::error::Error for PlatformFault {}

/// What an error of the keyring's library means. `tell` gives the words for a platform's error that is none of the known
/// ones.
pub(super) fn fault_of(error: &Error, tell: impl FnOnce(&(dyn std::error::Error + 'static)) -> String) -> KeyringFault {
    match error {
        Error::NoStorageAccess(cause) => platform::known(cause.as_ref()).unwrap_or(KeyringFault::Locked),
        Error::PlatformFailure(cause) => {
            platform::known(cause.as_ref()).unwrap_or_else(|| KeyringFault::Other { said: Some(tell(cause.as_ref())) })
        }
        Error::Ambiguous(_) => KeyringFault::Ambiguous,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeyringFault::NoText,
        Error::TooLong(_, limit) => KeyringFault::TooLong(*limit),
        Error::NoDefaultStore => KeyringFault::Absent,
        // The texts of the others may carry entries or secrets.
        _ => KeyringFault::Other { said: None },
    }
}

#[cfg(target_os = "linux")]
use super::secret_service as platform;

/// The platforms whose libraries tell little.
#[cfg(not(target_os = "linux"))]
mod platform {
    use crate::domain::failure::KeyringFault;

    /// What a platform's error is known to mean.
    pub(super) fn known(error: &(dyn std::error::Error + 'static)) -> Option<KeyringFault> {
        let told = format!("{error:?}");
        CODES.iter().find(|(code, _)| told.contains(code)).map(|(_, fault)| fault.clone())
    }

    /// The codes that stand in what Keychain and Credential Manager say.
    #[cfg(target_os = "macos")]
    const CODES: [(&str, KeyringFault); 5] = [
        ("-128", KeyringFault::Dismissed),
        ("-25293", KeyringFault::Denied),
        ("-25308", KeyringFault::Locked),
        ("-25294", KeyringFault::NoCollection),
        ("-25307", KeyringFault::NoCollection),
    ];
    #[cfg(not(target_os = "macos"))]
    const CODES: [(&str, KeyringFault); 2] =
        [("PlatformError(5)", KeyringFault::Denied), ("PlatformError(1312)", KeyringFault::NoSession)];
}
