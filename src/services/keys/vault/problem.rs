//! Why the encrypted key file can't be read or written.

use std::io;
use std::path::Path;

use crate::domain::failure::{KeyFailure, VaultFault};
use crate::services::keys::failures;
use crate::services::private_file::FileProblem;

/// What keeps the file from being read or written.
#[derive(Debug)]
pub(super) enum VaultProblem {
    /// The passphrase could not be had.
    NoPassphrase(KeyFailure),
    /// The file itself.
    Fault(VaultFault),
}

impl VaultProblem {
    pub(super) fn failure(self, path: &Path) -> KeyFailure {
        match self {
            Self::NoPassphrase(failure) => failure,
            Self::Fault(fault) => KeyFailure::Vault { path: failures::shown(path), fault },
        }
    }
}

impl From<VaultFault> for VaultProblem {
    fn from(fault: VaultFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<FileProblem> for VaultFault {
    fn from(problem: FileProblem) -> Self {
        Self::File(problem.into())
    }
}

impl From<FileProblem> for VaultProblem {
    fn from(problem: FileProblem) -> Self {
        Self::Fault(problem.into())
    }
}

/// The system does not let the file be written.
pub(super) fn unwritable(error: &io::Error) -> VaultFault {
    VaultFault::Unwritable { said: error.to_string() }
}
