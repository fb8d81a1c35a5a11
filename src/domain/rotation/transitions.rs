//! The one small thing to do next in a rotation.
//!
//! No step takes the last copy of a key away, but for the old key while it is being [`Erasing`](RotationStage::Erasing)
//! and the new key that the operator gave up. No key is put in use that is not proven: accepted by the service just
//! now.

use jiff::SignedDuration;

use super::journal::{Rotation, RotationId};
use super::revocation::RevokedKey;
use super::stage::{RotationRequest, RotationStage};
use super::step::{LeftoverKey, RotationBlockedReason, RotationStep, StoredKeys, leftover_keys};
use crate::domain::api_key::Fingerprint;
use crate::domain::key_entry::KeyRole;
use crate::domain::time::Elapsed;

/// Intent of whoever takes the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationIntent {
    /// To go on with what is under way.
    Resume,
    /// And where nothing is, with what was left behind.
    Adopt,
    /// And where nothing was either, to begin anew.
    Start,
    /// To put this key in use in place of the old one.
    Offer(Fingerprint),
    /// To change the course of a rotation.
    Change(RotationId, RotationRequest),
    /// To erase a dead key.
    EraseRevoked(RevokedKey),
}

/// That the service accepted a key, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Key that was accepted.
    pub key: Fingerprint,
    /// Moment of the acceptance, on the elapsed clock.
    pub accepted_at: Elapsed,
}

impl Proof {
    /// For so long it is one of just now.
    pub const LASTS: SignedDuration = SignedDuration::from_secs(60);

    /// The key, if that was just now.
    #[must_use]
    pub fn proven(self, now: Elapsed) -> Option<Fingerprint> {
        (now - self.accepted_at <= Self::LASTS).then_some(self.key)
    }
}

impl RotationIntent {
    /// True when there may be more to do once a rotation has ended.
    #[must_use]
    pub fn outlasts_the_end(&self) -> bool {
        matches!(self, Self::Adopt | Self::Start)
    }

    /// Rest of the intent after a step: nothing but to go on, once what was asked for stands in the journal.
    #[must_use]
    pub fn after(self, step: RotationStep) -> Self {
        let RotationStep::Enter { stage, .. } = step else { return self };
        match &self {
            Self::Change(_, request) if request.stage() == stage => Self::Resume,
            Self::EraseRevoked(_) if stage == RotationStage::Erasing => Self::Resume,
            _ => self,
        }
    }
}

/// Reason for which a request is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RotationRequestError {
    /// No rotation is under way.
    NoRotation,
    /// The environment has no key to replace.
    NoKey,
    /// The rotation is another one by now, or about other keys.
    MovedOn,
    /// The rotation has another new key already.
    HasNewKey(Fingerprint),
    /// The service accepted the key too long ago.
    Unproven,
    /// It comes at the wrong time.
    Untimely(RotationRequest),
    /// The key store keeps one more key, which would be lost.
    KeptAside(Fingerprint),
}

/// Next step. `journal` is the rotation under way, `proven` the key that the service has accepted just now.
///
/// # Errors
/// With the reason for which the request can't be carried out, or not any more.
pub fn next_step(
    intent: &RotationIntent,
    journal: Option<&Rotation>,
    stored: &StoredKeys,
    proven: Option<Fingerprint>,
) -> Result<RotationStep, RotationRequestError> {
    let Some(rotation) = journal else { return beginning(intent, stored) };
    let entered = |stage| Ok(RotationStep::Enter { stage, new: rotation.new });
    match intent {
        RotationIntent::Resume | RotationIntent::Adopt | RotationIntent::Start => {}
        RotationIntent::Offer(key) => return offered(*key, rotation, stored, proven),
        RotationIntent::Change(id, _) if rotation.id() != *id => return Err(RotationRequestError::MovedOn),
        RotationIntent::Change(_, RotationRequest::RollBack)
            if let Some(other) = rollback_blocker(rotation, stored) =>
        {
            return Err(RotationRequestError::KeptAside(other));
        }
        RotationIntent::Change(_, RotationRequest::PromoteAgain) if proven.is_none() || proven != rotation.new => {
            return Err(RotationRequestError::Unproven);
        }
        RotationIntent::Change(_, request) => {
            if let Some(stage) = rotation.after(*request) {
                return entered(stage);
            }
            if rotation.stage != request.stage() && !is_done(*request, rotation.stage) {
                return Err(RotationRequestError::Untimely(*request));
            }
        }
        RotationIntent::EraseRevoked(dead) if rotation.id() != *dead.rotation() => {
            return Err(RotationRequestError::MovedOn);
        }
        RotationIntent::EraseRevoked(dead) => {
            let is_as_concluded = stored.previous == Some(dead.key()) && stored.current == rotation.new;
            if rotation.stage == RotationStage::Watching && is_as_concluded {
                return entered(RotationStage::Erasing);
            }
        }
    }
    Ok(continue_rotation(rotation, stored, proven))
}

/// Next step where no rotation is under way.
fn beginning(intent: &RotationIntent, stored: &StoredKeys) -> Result<RotationStep, RotationRequestError> {
    match intent {
        RotationIntent::Resume => return Ok(RotationStep::Wait),
        RotationIntent::Adopt | RotationIntent::Start => {}
        RotationIntent::Offer(_) | RotationIntent::Change(..) | RotationIntent::EraseRevoked(_) => {
            return Err(RotationRequestError::NoRotation);
        }
    }
    match (leftover_keys(stored), stored.current) {
        (Some(LeftoverKey::Old(old)), current) => {
            Ok(RotationStep::Begin { old, stage: RotationStage::Watching, new: current })
        }
        (Some(LeftoverKey::New(new)), Some(old)) => {
            Ok(RotationStep::Begin { old, stage: RotationStage::RolledBack, new: Some(new) })
        }
        _ if *intent == RotationIntent::Adopt => Ok(RotationStep::Wait),
        (_, Some(old)) => Ok(RotationStep::Begin { old, stage: RotationStage::Started, new: None }),
        (_, None) => Err(RotationRequestError::NoKey),
    }
}

/// Next step with the key that the operator offers as the new one.
fn offered(
    key: Fingerprint,
    rotation: &Rotation,
    stored: &StoredKeys,
    proven: Option<Fingerprint>,
) -> Result<RotationStep, RotationRequestError> {
    let is_new = rotation.new == Some(key);
    let is_free = stored.current == Some(rotation.old) && stored.candidate.is_none();
    match rotation.stage {
        RotationStage::Started if is_free && proven != Some(key) => Err(RotationRequestError::Unproven),
        RotationStage::Started if is_free => Ok(RotationStep::Keep(key)),
        RotationStage::RolledBack if is_new && stored.candidate == Some(key) && proven != Some(key) => {
            Err(RotationRequestError::Unproven)
        }
        RotationStage::RolledBack if is_new && stored.candidate == Some(key) => {
            Ok(RotationStep::Enter { stage: RotationStage::Promoting, new: rotation.new })
        }
        RotationStage::Started | RotationStage::RollingBack | RotationStage::Abandoning | RotationStage::Erasing => {
            Ok(continue_rotation(rotation, stored, proven))
        }
        RotationStage::Promoting | RotationStage::Watching | RotationStage::RolledBack if is_new => {
            Ok(continue_rotation(rotation, stored, proven))
        }
        _ => Err(rotation.new.map_or(RotationRequestError::MovedOn, RotationRequestError::HasNewKey)),
    }
}

/// True when a request has brought a rotation to where it stands.
fn is_done(request: RotationRequest, stage: RotationStage) -> bool {
    request == RotationRequest::RollBack && stage == RotationStage::RolledBack
}

/// A roll back keeps the new key as the candidate: one that is there already would be lost.
fn rollback_blocker(rotation: &Rotation, stored: &StoredKeys) -> Option<Fingerprint> {
    let known = [Some(rotation.old), rotation.new, stored.current];
    let is_in_use = stored.current != Some(rotation.old) && rotation.stage == RotationStage::Watching;
    stored.candidate.filter(|candidate| is_in_use && !known.contains(&Some(*candidate)))
}

/// Next step in a rotation under way.
pub(super) fn continue_rotation(rotation: &Rotation, stored: &StoredKeys, proven: Option<Fingerprint>) -> RotationStep {
    let Rotation { old, new, stage, .. } = *rotation;
    if has_both_keys(stage) && !stored.has(old) && !new.is_some_and(|new| stored.has(new)) {
        return RotationStep::Halt(RotationBlockedReason::Elsewhere);
    }
    match stage {
        RotationStage::Started => started(old, stored, proven),
        RotationStage::Promoting => promoting(old, new, stored, proven),
        RotationStage::Watching => watching(old, new, stored),
        RotationStage::RollingBack => rolling_back(old, new, stored),
        RotationStage::RolledBack => rolled_back(old, new, stored),
        RotationStage::Abandoning => abandoning(new, stored),
        RotationStage::Erasing => erasing(old, new, stored),
        RotationStage::Completed | RotationStage::Abandoned => RotationStep::Wait,
    }
}

/// True for a stage in which the key store has both keys, and nobody asked for the end of either.
fn has_both_keys(stage: RotationStage) -> bool {
    matches!(stage, RotationStage::Promoting | RotationStage::Watching | RotationStage::RolledBack)
}

fn started(old: Fingerprint, stored: &StoredKeys, proven: Option<Fingerprint>) -> RotationStep {
    match stored.candidate {
        Some(candidate) if Some(candidate) == stored.current => RotationStep::Erase(KeyRole::Candidate),
        Some(candidate) if Some(candidate) == proven => {
            RotationStep::Enter { stage: RotationStage::Promoting, new: Some(candidate) }
        }
        // Kept by whoever was interrupted before the journal told of it.
        Some(candidate) => RotationStep::Enter { stage: RotationStage::RolledBack, new: Some(candidate) },
        None if stored.current == Some(old) => RotationStep::Wait,
        None => dissolving(None, stored),
    }
}

fn promoting(
    old: Fingerprint,
    new: Option<Fingerprint>,
    stored: &StoredKeys,
    proven: Option<Fingerprint>,
) -> RotationStep {
    let StoredKeys { current, previous, candidate } = *stored;
    let has_new = new.is_some() && candidate == new;
    if current.is_some() && current == new {
        return if has_new {
            RotationStep::Erase(KeyRole::Candidate)
        } else {
            RotationStep::Enter { stage: RotationStage::Watching, new }
        };
    }
    let is_proven = has_new && proven == new;
    if current == Some(old) {
        return match previous {
            _ if !has_new => RotationStep::Enter { stage: RotationStage::Started, new: None },
            _ if !is_proven => RotationStep::Enter { stage: RotationStage::RolledBack, new },
            None => RotationStep::Copy { from: KeyRole::Current, to: KeyRole::Previous },
            Some(previous) if previous != old => RotationStep::Halt(RotationBlockedReason::KeptAside(previous)),
            Some(_) => RotationStep::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        };
    }
    let old_is_kept = previous == Some(old);
    match current {
        // Somebody else put a third key in its place: that is the new one then.
        Some(other) if old_is_kept => RotationStep::Enter { stage: RotationStage::Watching, new: Some(other) },
        None if is_proven => RotationStep::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        None if old_is_kept => RotationStep::Copy { from: KeyRole::Previous, to: KeyRole::Current },
        None if has_new => RotationStep::Enter { stage: RotationStage::RolledBack, new },
        Some(_) | None => dissolving(new, stored),
    }
}

fn watching(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return RotationStep::Enter { stage: RotationStage::RollingBack, new };
    }
    if candidate.is_some() && candidate == current {
        return RotationStep::Erase(KeyRole::Candidate);
    }
    if current.is_some() && current != new {
        return RotationStep::Enter { stage: RotationStage::Watching, new: current };
    }
    match previous {
        Some(previous) if previous == old => RotationStep::Wait,
        // The old key was erased by somebody else: there is nothing left to watch.
        _ => dissolving(new, stored),
    }
}

fn rolling_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return if previous == Some(old) {
            RotationStep::Erase(KeyRole::Previous)
        } else {
            RotationStep::Enter { stage: RotationStage::RolledBack, new }
        };
    }
    if previous != Some(old) {
        return dissolving(new, stored);
    }
    match (current, candidate) {
        (Some(current), Some(candidate)) if candidate != current && candidate != old => {
            RotationStep::Halt(RotationBlockedReason::KeptAside(candidate))
        }
        (Some(current), candidate) if candidate != Some(current) => {
            RotationStep::Copy { from: KeyRole::Current, to: KeyRole::Candidate }
        }
        _ => RotationStep::Copy { from: KeyRole::Previous, to: KeyRole::Current },
    }
}

fn rolled_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    let StoredKeys { current, previous, candidate } = *stored;
    match candidate {
        // Somebody else replaced the key: what is kept aside is that one's new key now.
        _ if current.is_some_and(|current| current != old) => dissolving(new, stored),
        _ if current.is_some() && previous == current => RotationStep::Erase(KeyRole::Previous),
        None => RotationStep::Enter { stage: RotationStage::Started, new: None },
        Some(_) if candidate == current => RotationStep::Erase(KeyRole::Candidate),
        Some(_) if candidate != new => RotationStep::Enter { stage: RotationStage::RolledBack, new: candidate },
        Some(_) => RotationStep::Wait,
    }
}

/// The operator gave up the new key of the journal, and no other.
fn abandoning(new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    if stored.candidate.is_some() && stored.candidate == new {
        return RotationStep::Erase(KeyRole::Candidate);
    }
    dissolving(new, stored)
}

fn erasing(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    if stored.current == Some(old) {
        return RotationStep::Enter { stage: RotationStage::RollingBack, new };
    }
    if stored.previous == Some(old) {
        return RotationStep::Erase(KeyRole::Previous);
    }
    if stored.candidate.is_some() && (stored.candidate == stored.current || stored.candidate == Some(old)) {
        return RotationStep::Erase(KeyRole::Candidate);
    }
    RotationStep::Enter { stage: RotationStage::Completed, new }
}

/// Ends a rotation whose keys others have changed: what they left is kept, for a rotation of its own.
fn dissolving(new: Option<Fingerprint>, stored: &StoredKeys) -> RotationStep {
    let is_double = |key: Option<Fingerprint>| key.is_some() && key == stored.current;
    if is_double(stored.candidate) {
        RotationStep::Erase(KeyRole::Candidate)
    } else if is_double(stored.previous) {
        RotationStep::Erase(KeyRole::Previous)
    } else {
        RotationStep::Enter { stage: RotationStage::Abandoned, new }
    }
}
