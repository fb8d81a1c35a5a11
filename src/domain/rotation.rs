//! The replacement of a key by a new one, so that no crash between two steps loses either.
//!
//! Where a rotation stands is told by its journal, a [`Rotation`], and by the fingerprints of the keys in the key
//! store, [`StoredKeys`]. From both and an [`RotationIntent`], [`next_step`] finds the one small thing to do next. Each step can
//! be repeated, and whoever comes after a crash goes on where it happened.
//!
//! A key is erased for one of two reasons alone: the operator gave the new one up, or [`RevocationEvidence`] tells that the old one
//! is dead. What is concluded names its rotation by the [`RotationId`], and is void once that has moved on.

mod error;
mod key_check;
mod revocation;
#[cfg(test)]
mod tests;
mod transitions;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use error::{JournalError, RotationError};
pub use key_check::{AccountPlan, KeyCheckError, KeyCheckOverrides, Replace, check_account, check_key, check_stored};
pub use revocation::{
    EVIDENCE_MAX, KeyAnswer, KeyObservation, KeyProbe, REFUSAL_GAP_MIN, RevocationEvidence, RevokedKey,
};
pub use transitions::{Proof, RotationIntent, RotationRequestError, next_step};

use super::api_key::Fingerprint;
use super::environment::EnvironmentName;
use super::key_entry::KeyRole;

/// The journal of a rotation. It knows keys by their fingerprints only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Its number in the journal.
    pub number: i64,
    /// Whose key is replaced.
    pub environment: EnvironmentName,
    /// The key that is replaced.
    pub old: Fingerprint,
    /// The key that takes its place, once it was accepted by the service.
    pub new: Option<Fingerprint>,
    /// How far it came.
    pub stage: RotationStage,
    /// When it was started.
    pub started_at: Timestamp,
    /// Since when the new key is in use.
    pub promoted_at: Option<Timestamp>,
    /// When it was completed or abandoned.
    pub ended_at: Option<Timestamp>,
}

/// Which rotation, of which keys: what is concluded of one holds for no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationId {
    /// Whose key is replaced.
    pub environment: EnvironmentName,
    /// Its number in the journal. A journal that was begun anew counts from the beginning.
    pub number: i64,
    /// When it was started.
    pub started_at: Timestamp,
    /// The key that is replaced.
    pub old: Fingerprint,
    /// The key that takes its place.
    pub new: Option<Fingerprint>,
}

/// How far a rotation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationStage {
    /// The operator makes the new key, and offers it.
    Started,
    /// The new key was accepted by the service, and is being put in the place of the old one, which is kept aside.
    Promoting,
    /// The new key is in use; the old one is watched until the service refuses it.
    Watching,
    /// The old key is being put back in its place.
    RollingBack,
    /// The old key is in use, and the new one kept aside: the operator decides.
    RolledBack,
    /// The new key, which is not in use, is being erased.
    Abandoning,
    /// The service refuses the old key, which is being erased.
    Erasing,
    /// Ended: the old key was refused, and is erased.
    Completed,
    /// Ended: the old key stays in use, or another took its place.
    Abandoned,
}

impl RotationStage {
    /// All of them, in the order of a rotation.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Promoting,
        Self::Watching,
        Self::RollingBack,
        Self::RolledBack,
        Self::Abandoning,
        Self::Erasing,
        Self::Completed,
        Self::Abandoned,
    ];

    /// The word that stands in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Promoting => "promoting",
            Self::Watching => "watching",
            Self::RollingBack => "rolling-back",
            Self::RolledBack => "rolled-back",
            Self::Abandoning => "abandoning",
            Self::Erasing => "erasing",
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The stage of a word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// Whether the rotation has come to its end.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Abandoned)
    }
}

/// What changes the course of a rotation from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationRequest {
    /// The operator wants the old key back in use.
    RollBack,
    /// The operator wants the new key in use after all.
    PromoteAgain,
    /// The operator gives the rotation up.
    Abandon,
}

impl RotationRequest {
    /// The stage in which it is done. Where a rotation stands there already, the request is being done.
    #[must_use]
    pub fn stage(self) -> RotationStage {
        match self {
            Self::RollBack => RotationStage::RollingBack,
            Self::PromoteAgain => RotationStage::Promoting,
            Self::Abandon => RotationStage::Abandoning,
        }
    }
}

impl Rotation {
    /// Which rotation it is, with the keys that it has now.
    #[must_use]
    pub fn id(&self) -> RotationId {
        let Self { number, ref environment, old, new, started_at, .. } = *self;
        RotationId { environment: environment.clone(), number, started_at, old, new }
    }

    /// The stage that a request leads to; `None` where it comes at the wrong time.
    #[must_use]
    pub fn after(&self, request: RotationRequest) -> Option<RotationStage> {
        let is_timely = match request {
            RotationRequest::RollBack => matches!(self.stage, RotationStage::Promoting | RotationStage::Watching),
            RotationRequest::PromoteAgain => self.stage == RotationStage::RolledBack,
            RotationRequest::Abandon => matches!(self.stage, RotationStage::Started | RotationStage::RolledBack),
        };
        is_timely.then(|| request.stage())
    }
}

/// The fingerprints of what the key store holds for one environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredKeys {
    /// The key in use.
    pub current: Option<Fingerprint>,
    /// The key kept aside.
    pub previous: Option<Fingerprint>,
    /// The key not in use yet.
    pub candidate: Option<Fingerprint>,
}

impl StoredKeys {
    fn has(&self, key: Fingerprint) -> bool {
        [self.current, self.previous, self.candidate].contains(&Some(key))
    }
}

/// One small thing to do. It does nothing twice: done again after a crash, it changes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationStep {
    /// Nothing, before the operator or the service acts.
    Wait,
    /// Enter a rotation in the journal, where none is under way.
    Begin {
        /// The key that is replaced.
        old: Fingerprint,
        /// Where it begins.
        stage: RotationStage,
        /// The key that takes its place, as far as it is known.
        new: Option<Fingerprint>,
    },
    /// Keep the key that the operator offers as the candidate, where there is none.
    Keep(Fingerprint),
    /// Copy a key within the key store, in the place of what was seen there and of nothing else.
    Copy {
        /// From here.
        from: KeyRole,
        /// To here.
        to: KeyRole,
    },
    /// Erase the key from the key store that was seen there, and no other.
    Erase(KeyRole),
    /// Enter a stage in the journal; `new` is the key that takes the old one's place, as far as it is known then.
    Enter {
        /// Which stage.
        stage: RotationStage,
        /// The key that takes the old one's place.
        new: Option<Fingerprint>,
    },
    /// Nothing can be done, before the operator decides.
    Halt(RotationBlockedReason),
}

impl RotationStep {
    /// Whether it puts a new key in use.
    #[must_use]
    pub fn promotes(self) -> bool {
        matches!(self, Self::Copy { from: KeyRole::Candidate, to: KeyRole::Current })
    }
}

/// What keeps a rotation from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationBlockedReason {
    /// A key that this rotation knows nothing of is kept aside, and would be lost.
    KeptAside(Fingerprint),
    /// The key store has neither key of this rotation: it is another one than that of the rotation, or tells nothing
    /// of what it has. Nothing is known of the keys then.
    Elsewhere,
}

/// What a key store without a rotation under way holds of one, as after the loss of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftoverKey {
    /// The key that was replaced, and is to be watched on.
    Old(Fingerprint),
    /// A new key that is not in use.
    New(Fingerprint),
}

/// What is left behind beside the key in use; the old key first.
#[must_use]
pub fn leftover_keys(stored: &StoredKeys) -> Option<LeftoverKey> {
    let current = stored.current?;
    let beside = |key: Option<Fingerprint>| key.filter(|key| *key != current);
    beside(stored.previous).map(LeftoverKey::Old).or_else(|| beside(stored.candidate).map(LeftoverKey::New))
}
