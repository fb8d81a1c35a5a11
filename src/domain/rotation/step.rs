//! One small thing to do in a rotation, and what the key store holds before it.

use super::stage::RotationStage;
use crate::domain::api_key::Fingerprint;
use crate::domain::key_entry::KeyRole;

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
    /// Presence of a key in any of the three places.
    pub(super) fn has(&self, key: Fingerprint) -> bool {
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
        /// Stage that it begins with.
        stage: RotationStage,
        /// The key that takes its place, as far as it is known.
        new: Option<Fingerprint>,
    },
    /// Keep the key that the operator offers as the candidate, where there is none.
    Keep(Fingerprint),
    /// Copy a key within the key store, in the place of what was seen there and of nothing else.
    Copy {
        /// Place to copy from.
        from: KeyRole,
        /// To here.
        to: KeyRole,
    },
    /// Erase the key from the key store that was seen there, and no other.
    Erase(KeyRole),
    /// Enter a stage in the journal; `new` is the key that takes the old one's place, as far as it is known then.
    Enter {
        /// Stage to enter.
        stage: RotationStage,
        /// The key that takes the old one's place.
        new: Option<Fingerprint>,
    },
    /// Nothing can be done, before the operator decides.
    Halt(RotationBlockedReason),
}

impl RotationStep {
    /// True for the step that puts a new key in use.
    #[must_use]
    pub fn promotes(self) -> bool {
        matches!(self, Self::Copy { from: KeyRole::Candidate, to: KeyRole::Current })
    }
}

/// Reason for which a rotation does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RotationBlockedReason {
    /// A key that this rotation knows nothing of is kept aside, and would be lost.
    KeptAside(Fingerprint),
    /// The key store has neither key of this rotation: it is another one than that of the rotation, or tells nothing
    /// of what it has. Nothing is known of the keys then.
    Elsewhere,
}

/// Key of a rotation that a key store holds without one under way, as after the loss of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftoverKey {
    /// The key that was replaced, and is to be watched on.
    Old(Fingerprint),
    /// A new key that is not in use.
    New(Fingerprint),
}

/// Key that is left behind beside the key in use; the old key first.
#[must_use]
pub fn leftover_keys(stored: &StoredKeys) -> Option<LeftoverKey> {
    let current = stored.current?;
    let beside = |key: Option<Fingerprint>| key.filter(|key| *key != current);
    beside(stored.previous).map(LeftoverKey::Old).or_else(|| beside(stored.candidate).map(LeftoverKey::New))
}
