//! Why a step of a rotation was not taken, in sentences.

use std::io;

use thiserror::Error;

use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::rotation::{Objection, Refusal, Request};
use crate::runtime::storing::RefusedKey;
use crate::services::history::HistoryError;

/// Why a step of a rotation was not taken. Both keys are where they were, or where the journal says.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The key store did not do its part.
    #[error("{} {}", sentence(&.0.message), .0.remedy)]
    KeyStore(KeyFailure),
    /// The journal could not be read or written.
    #[error("{} {}", sentence(&.0.to_string()), .0.remedy())]
    Journal(#[from] HistoryError),
    /// Another process takes a step just now.
    #[error("another process is changing keys just now. Try again in a moment.")]
    Busy,
    /// The lock file can't be used.
    #[error("the lock of the rotation can't be taken: {0}. Make its folder writable.")]
    Lock(io::Error),
    /// The environment's key can't be replaced here.
    #[error("{0}")]
    NotHere(String),
    /// It can't be done where the rotation stands now.
    #[error("{}", told(*.0))]
    WrongTime(Refusal),
    /// The key that the operator insists on is not in memory any more.
    #[error("the key that was offered is wiped already: offer it again.")]
    Wiped,
    /// The new key may not take the place of the old one.
    #[error("{0}")]
    Objection(#[from] Objection),
    /// The operator gave the new key up before it was stored.
    #[error("given up.")]
    GivenUp,
    /// A fault of this program came between.
    #[error("a fault of this program interrupted this step; the log tells more. Both keys are safe.")]
    Lost,
    /// The service did not accept the new key, or could not be asked.
    #[error("{} Offer a key that was just made, or try again later.", sentence(&.0.message))]
    Refused(RefusedKey),
}

impl From<KeyFailure> for RotationError {
    fn from(failure: KeyFailure) -> Self {
        match failure.kind {
            KeyFailureKind::Changed => Self::Busy,
            _ => Self::KeyStore(failure),
        }
    }
}

impl From<Refusal> for RotationError {
    fn from(refusal: Refusal) -> Self {
        Self::WrongTime(refusal)
    }
}

/// Why what was asked for is not done, and what to do instead.
fn told(refusal: Refusal) -> String {
    match refusal {
        Refusal::NoRotation => "no rotation is under way.".to_owned(),
        Refusal::NoKey => "there is no key to replace.".to_owned(),
        Refusal::MovedOn => "the rotation has moved on meanwhile: look where it stands, then say it again.".to_owned(),
        Refusal::HasNewKey(new) => {
            format!("this rotation has its new key already ({new}). Roll back and give it up before you offer another.")
        }
        Refusal::Unproven => "the service has not accepted the key just now. Try again.".to_owned(),
        Refusal::Untimely(Request::RollBack) => "there is nothing to roll back: the new key is not in use.".to_owned(),
        Refusal::Untimely(Request::PromoteAgain) => "there is no key kept aside to put in use.".to_owned(),
        Refusal::Untimely(Request::Abandon) => {
            "the new key is in use: roll back before you give the rotation up.".to_owned()
        }
        Refusal::KeptAside(other) => format!(
            "the key store keeps one more new key aside ({other}), which a roll back would overwrite. Erase it there first."
        ),
    }
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}
