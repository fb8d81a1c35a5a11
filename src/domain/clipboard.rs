//! What can be put on the clipboard: never a key.

use super::api_key::Fingerprint;

/// Something for the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipboardContent {
    /// Fingerprint of a key.
    Fingerprint(Fingerprint),
    /// Address of a web page of the service.
    Address(&'static str),
}

impl ClipboardContent {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Fingerprint(fingerprint) => fingerprint.to_string(),
            Self::Address(address) => (*address).to_owned(),
        }
    }
}
