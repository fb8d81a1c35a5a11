//! Why the encrypted key file can't be read or written, and what users are told.

use std::io;
use std::path::Path;

use thiserror::Error;

use super::WORK_FACTOR_MAX;
use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::text::{self, sanitise};
use crate::services::keys::passphrase::Passphrase;
use crate::services::keys::variables::{PASSPHRASE, PASSPHRASE_FILE};
use crate::services::private_file::FileProblem;

/// Each text goes on from the name of the file.
#[derive(Debug, Error)]
pub(super) enum VaultProblem {
    /// The passphrase could not be had; the failure says all.
    #[error("{}", .0.message)]
    NoPassphrase(KeyFailure),
    #[error("is locked: no passphrase was given")]
    Locked,
    #[error("is not opened by this passphrase")]
    WrongPassphrase,
    #[error("is to be made, and the passphrase has fewer than {} characters", Passphrase::NEW_LENGTH_MIN)]
    ShortPassphrase,
    #[error("{0}")]
    File(#[from] FileProblem),
    #[error("is no file that this program has encrypted")]
    Foreign,
    #[error("is damaged or not whole")]
    Damaged,
    #[error("is encrypted for the holder of a private key, not with a passphrase")]
    OtherRecipient,
    #[error("is of a newer format of age")]
    NewerFormat,
    #[error("asks for the work factor {0}, above the highest that is accepted ({WORK_FACTOR_MAX})")]
    ExcessiveWork(u8),
    #[error("was written by a newer version of this program, in version {0}")]
    NewerVersion(u32),
    #[error("opens, but what it holds is no list of keys")]
    StrangeContent,
    #[error("would become larger than {} KiB", .0 / 1_024)]
    Full(usize),
    #[error("is being changed by another process, which does not come to an end")]
    Busy,
    #[error("can't be encrypted")]
    NotEncrypted,
    #[error("can't be written: {0}")]
    Unwritable(io::Error),
}

impl VaultProblem {
    pub(super) fn failure(self, path: &Path) -> KeyFailure {
        if let Self::NoPassphrase(failure) = self {
            return failure;
        }
        let path = sanitise(&path.to_string_lossy(), text::LENGTH_MAX);
        KeyFailure {
            kind: self.kind(),
            message: format!("the encrypted key file {path} {self}"),
            remedy: self.remedy(&path),
        }
    }

    fn kind(&self) -> KeyFailureKind {
        match self {
            Self::NoPassphrase(failure) => failure.kind,
            Self::Locked => KeyFailureKind::Locked,
            Self::WrongPassphrase | Self::ShortPassphrase => KeyFailureKind::WrongPassphrase,
            Self::File(_) => KeyFailureKind::File,
            Self::Foreign | Self::Damaged | Self::StrangeContent => KeyFailureKind::Damaged,
            Self::OtherRecipient | Self::NewerFormat | Self::ExcessiveWork(_) | Self::NewerVersion(_) => {
                KeyFailureKind::Unsupported
            }
            Self::Busy | Self::Full(_) | Self::NotEncrypted | Self::Unwritable(_) => KeyFailureKind::Unavailable,
        }
    }

    fn remedy(&self, path: &str) -> String {
        let move_away = format!("`mv {path} {path}.old` and store the keys again");
        match self {
            Self::NoPassphrase(failure) => failure.remedy.clone(),
            Self::Locked => format!("Start this program in a terminal, which asks for it, or set {PASSPHRASE_FILE}."),
            Self::WrongPassphrase => format!(
                "Give the one that the file was made with: check {PASSPHRASE}, {PASSPHRASE_FILE} or what you typed."
            ),
            Self::ShortPassphrase => {
                format!("Choose one with at least {} characters.", Passphrase::NEW_LENGTH_MIN)
            }
            Self::File(problem @ (FileProblem::TooOpen(_) | FileProblem::Unreadable(_))) => problem.remedy(path),
            Self::File(FileProblem::NotRegular | FileProblem::TooLarge(_)) | Self::Foreign => {
                format!("Name another file by key_file in the configuration, or run {move_away}.")
            }
            Self::Damaged | Self::StrangeContent => format!("Bring it back from a backup, or run {move_away}."),
            Self::OtherRecipient => {
                "Name another file by key_file in the configuration, or encrypt it with `age -p`.".to_owned()
            }
            Self::NewerFormat | Self::NewerVersion(_) => {
                "Use the newer version of this program, or name another file by key_file in the configuration."
                    .to_owned()
            }
            Self::ExcessiveWork(_) => format!("If you trust it, encrypt it anew with less work; else run {move_away}."),
            Self::Full(_) => "Remove keys that nobody needs with `trackyard-tui key remove ENV`.".to_owned(),
            Self::Busy => "See what else uses it, then try again.".to_owned(),
            Self::NotEncrypted => "Try again.".to_owned(),
            Self::Unwritable(_) => {
                "See that its folder is writable and the disk not full; the old file is as it was.".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::private_file::TooOpen;

    #[test]
    fn each_problem_has_a_sentence_and_a_remedy_in_one() {
        let problems = [
            VaultProblem::Locked,
            VaultProblem::WrongPassphrase,
            VaultProblem::ShortPassphrase,
            VaultProblem::File(FileProblem::NotRegular),
            VaultProblem::File(FileProblem::TooOpen(TooOpen { mode: 0o644, can_be_changed: true })),
            VaultProblem::Foreign,
            VaultProblem::Damaged,
            VaultProblem::OtherRecipient,
            VaultProblem::NewerFormat,
            VaultProblem::ExcessiveWork(30),
            VaultProblem::NewerVersion(2),
            VaultProblem::StrangeContent,
            VaultProblem::Full(1 << 20),
            VaultProblem::Busy,
            VaultProblem::Unwritable(io::ErrorKind::StorageFull.into()),
        ];
        let told: Vec<_> = problems.into_iter().map(|problem| problem.failure(Path::new("/k"))).collect();
        let sentences: std::collections::BTreeSet<_> = told.iter().map(|failure| &failure.message).collect();
        assert_eq!(sentences.len(), told.len());
        for failure in told {
            assert!(failure.message.starts_with("the encrypted key file /k "), "{failure:?}");
            assert!(failure.remedy.ends_with('.') && !failure.remedy.contains(". "), "{failure:?}");
        }
    }
}
