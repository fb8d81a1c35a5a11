//! The replacement of a key by a new one, so that no crash between two steps loses either.
//!
//! The state of a rotation is told by its journal, a [`Rotation`], and by the fingerprints of the keys in the key
//! store, [`StoredKeys`]. From both and an [`RotationIntent`], [`next_step`] finds the one small thing to do next. Each
//! step can be repeated, and whoever comes after a crash goes on where it happened.
//!
//! A key is erased for one of two reasons alone: the operator gave the new one up, or [`RevocationEvidence`] tells that
//! the old one is dead. What is concluded names its rotation by the [`RotationId`], and is void once that has moved on.

mod error;
mod journal;
mod key_check;
mod revocation;
mod stage;
mod step;
#[cfg(test)]
mod tests;
mod transitions;

pub use error::RotationError;
pub use journal::{Rotation, RotationId};
pub use key_check::{KeyCheckError, KeyCheckOverrides, Replace, check_account, check_key, check_stored};
pub use revocation::{
    EVIDENCE_MAX, KeyAnswer, KeyObservation, KeyProbe, REFUSAL_GAP_MIN, RevocationEvidence, RevokedKey,
};
pub use stage::{RotationRequest, RotationStage};
pub use step::{LeftoverKey, RotationBlockedReason, RotationStep, StoredKeys, leftover_keys};
pub use transitions::{Proof, RotationIntent, RotationRequestError, next_step};
