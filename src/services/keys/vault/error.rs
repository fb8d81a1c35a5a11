//! Errors of the encrypted key file.

use std::io;
use std::path::Path;

use crate::domain::error::{KeyError, VaultFileError};
use crate::services::keys::file_errors;
use crate::services::private_file::PrivateFileError;

/// Error of an encrypted key file that can't be read or written.
#[derive(Debug)]
pub(super) enum VaultError {
    /// The passphrase could not be had.
    NoPassphrase(KeyError),
    /// The file itself.
    Fault(VaultFileError),
}

impl VaultError {
    pub(super) fn failure(self, path: &Path) -> KeyError {
        match self {
            Self::NoPassphrase(failure) => failure,
            Self::Fault(fault) => KeyError::Vault { path: file_errors::shown(path), fault },
        }
    }
}

impl From<VaultFileError> for VaultError {
    fn from(fault: VaultFileError) -> Self {
        Self::Fault(fault)
    }
}

impl From<PrivateFileError> for VaultFileError {
    fn from(problem: PrivateFileError) -> Self {
        Self::File(problem.into())
    }
}

impl From<PrivateFileError> for VaultError {
    fn from(problem: PrivateFileError) -> Self {
        Self::Fault(problem.into())
    }
}

/// The system does not let the file be written.
pub(super) fn unwritable(error: &io::Error) -> VaultFileError {
    VaultFileError::Unwritable { said: error.to_string() }
}
