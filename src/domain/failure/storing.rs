//! Why a key was not stored or erased, or not for certain.

use jiff::SignedDuration;

use super::{KeyFailure, KeyFailureKind, PollFailure};
use crate::domain::rotation::Objection;

/// Why a key was not stored, or not for certain.
#[derive(Clone, Debug, PartialEq)]
pub enum StoringError {
    /// The service did not accept the key, or could not be asked.
    Trial(PollFailure),
    /// The service may be asked only after this: it asked to wait, or the key's share of calls is used up.
    Untried(SignedDuration),
    /// Something speaks against the key. It is kept in memory until the operator insists or leaves.
    Objected(Objection),
    /// The key store could not tell what it has.
    Unread(KeyFailure),
    /// The key store did not take the key.
    Unwritten(KeyFailure),
    /// A rotation of the environment's key is under way.
    Rotating,
    /// Another process is changing keys just now.
    Busy,
    /// A fault of this program came between.
    Interrupted,
}

impl StoringError {
    /// Whether the key may have been stored all the same: a store that gave no answer in time may still take it, once it
    /// is unlocked.
    #[must_use]
    pub fn is_perhaps_stored(&self) -> bool {
        match self {
            Self::Unwritten(failure) => failure.kind() == KeyFailureKind::Slow,
            Self::Interrupted => true,
            _ => false,
        }
    }

    /// What speaks against the key, if that is why, so that the operator may insist.
    #[must_use]
    pub fn objection(&self) -> Option<&Objection> {
        match self {
            Self::Objected(objection) => Some(objection),
            _ => None,
        }
    }
}

/// Why a key was not erased, or not for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovalError {
    /// The key store failed.
    KeyStore(KeyFailure),
    /// A rotation of the environment's key is under way: one of its keys may be the only one that works.
    Rotating,
    /// Another process is changing keys just now.
    Busy,
    /// A fault of this program came between: the key may be erased.
    Interrupted,
}
