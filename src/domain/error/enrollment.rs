//! Reasons for which a key was not stored or erased, or not for certain.

use jiff::SignedDuration;

use super::key::{KeyError, KeyErrorKind};
use super::poll::PollError;
use crate::domain::rotation::KeyCheckError;

/// Reason for which a key was not stored, or not for certain.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum EnrollmentError {
    /// The service did not accept the key, or could not be asked.
    Trial(PollError),
    /// The service may be asked only after this: it asked to wait, or the key's share of calls is used up.
    Untried(SignedDuration),
    /// Something speaks against the key. It is kept in memory until the operator insists or leaves.
    CheckFailed(KeyCheckError),
    /// The key store could not tell what it has.
    Unread(KeyError),
    /// The key store did not take the key.
    Unwritten(KeyError),
    /// A rotation of the environment's key is under way.
    Rotating,
    /// Another process is changing keys just now.
    Busy,
    /// A fault of this program came between.
    Interrupted,
}

impl EnrollmentError {
    /// True when the key may have been stored all the same: a store that gave no answer in time may still take it, once
    /// it is unlocked.
    #[must_use]
    pub fn may_be_stored(&self) -> bool {
        match self {
            Self::Unwritten(failure) => failure.kind() == KeyErrorKind::Slow,
            Self::Interrupted => true,
            _ => false,
        }
    }

    /// Reason that speaks against the key, if that is why, so that the operator may insist.
    #[must_use]
    pub fn check_error(&self) -> Option<&KeyCheckError> {
        match self {
            Self::CheckFailed(error) => Some(error),
            _ => None,
        }
    }
}

/// Reason for which a key was not erased, or not for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovalError {
    /// The key store failed.
    KeyStore(KeyError),
    /// A rotation of the environment's key is under way: one of its keys may be the only one that works.
    Rotating,
    /// Another process is changing keys just now.
    Busy,
    /// A fault of this program came between: the key may be erased.
    Interrupted,
}
