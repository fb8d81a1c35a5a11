//! The one small thing to do next in a rotation.
//!
//! No step takes the last copy of a key away, but for the old key while it is being [`Erasing`](Stage::Erasing) and the
//! new key that the operator gave up. No key is put in use that is not proven: accepted by the service just now.

use super::{
    DeadKey, Hindrance, KeyRole, LeftBehind, Request, Rotation, RotationId, Stage, Step, StoredKeys, left_behind,
};
use crate::domain::api_key::Fingerprint;
use jiff::SignedDuration;

/// What whoever takes the next step is after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// To go on with what is under way.
    Resume,
    /// And where nothing is, with what was left behind.
    Adopt,
    /// And where nothing was either, to begin anew.
    Start,
    /// To put this key in use in place of the old one.
    Offer(Fingerprint),
    /// To change the course of a rotation.
    Change(RotationId, Request),
    /// To erase a dead key.
    Bury(DeadKey),
}

/// That the service accepted a key, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which key.
    pub key: Fingerprint,
    /// When, on the elapsed clock.
    pub accepted_at: SignedDuration,
}

impl Proof {
    /// For so long it is one of just now.
    pub const LASTS: SignedDuration = SignedDuration::from_secs(60);

    /// The key, if that was just now.
    #[must_use]
    pub fn proven(self, now: SignedDuration) -> Option<Fingerprint> {
        (now - self.accepted_at <= Self::LASTS).then_some(self.key)
    }
}

impl Intent {
    /// Whether there may be more to do once a rotation has ended.
    #[must_use]
    pub fn outlasts_the_end(&self) -> bool {
        matches!(self, Self::Adopt | Self::Start)
    }

    /// What is left of it after a step: nothing but to go on, once what was asked for stands in the journal.
    #[must_use]
    pub fn after(self, step: Step) -> Self {
        let Step::Enter { stage, .. } = step else { return self };
        match &self {
            Self::Change(_, request) if request.stage() == stage => Self::Resume,
            Self::Bury(_) if stage == Stage::Erasing => Self::Resume,
            _ => self,
        }
    }
}

/// Why what was asked for is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
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
    Untimely(Request),
    /// The key store keeps one more key, which would be lost.
    KeptAside(Fingerprint),
}

/// What to do next. `journal` is the rotation under way, `proven` the key that the service has accepted just now.
///
/// # Errors
/// Why what was asked for can't be done, or not any more.
pub fn next_step(
    intent: &Intent,
    journal: Option<&Rotation>,
    stored: &StoredKeys,
    proven: Option<Fingerprint>,
) -> Result<Step, Refusal> {
    let Some(rotation) = journal else { return beginning(intent, stored) };
    let entered = |stage| Ok(Step::Enter { stage, new: rotation.new });
    match intent {
        Intent::Resume | Intent::Adopt | Intent::Start => {}
        Intent::Offer(key) => return offered(*key, rotation, stored, proven),
        Intent::Change(id, _) if rotation.id() != *id => return Err(Refusal::MovedOn),
        Intent::Change(_, Request::RollBack) if let Some(other) = in_the_way_of_a_roll_back(rotation, stored) => {
            return Err(Refusal::KeptAside(other));
        }
        Intent::Change(_, Request::PromoteAgain) if proven.is_none() || proven != rotation.new => {
            return Err(Refusal::Unproven);
        }
        Intent::Change(_, request) => {
            if let Some(stage) = rotation.after(*request) {
                return entered(stage);
            }
            if rotation.stage != request.stage() && !is_done(*request, rotation.stage) {
                return Err(Refusal::Untimely(*request));
            }
        }
        Intent::Bury(dead) if rotation.id() != *dead.rotation() => return Err(Refusal::MovedOn),
        Intent::Bury(dead) => {
            let is_as_concluded = stored.previous == Some(dead.key()) && stored.current == rotation.new;
            if rotation.stage == Stage::Watching && is_as_concluded {
                return entered(Stage::Erasing);
            }
        }
    }
    Ok(course(rotation, stored, proven))
}

/// What to do where no rotation is under way.
fn beginning(intent: &Intent, stored: &StoredKeys) -> Result<Step, Refusal> {
    match intent {
        Intent::Resume => return Ok(Step::Wait),
        Intent::Adopt | Intent::Start => {}
        Intent::Offer(_) | Intent::Change(..) | Intent::Bury(_) => return Err(Refusal::NoRotation),
    }
    match (left_behind(stored), stored.current) {
        (Some(LeftBehind::Old(old)), current) => Ok(Step::Begin { old, stage: Stage::Watching, new: current }),
        (Some(LeftBehind::New(new)), Some(old)) => Ok(Step::Begin { old, stage: Stage::RolledBack, new: Some(new) }),
        _ if *intent == Intent::Adopt => Ok(Step::Wait),
        (_, Some(old)) => Ok(Step::Begin { old, stage: Stage::Started, new: None }),
        (_, None) => Err(Refusal::NoKey),
    }
}

/// What to do with the key that the operator offers as the new one.
fn offered(
    key: Fingerprint,
    rotation: &Rotation,
    stored: &StoredKeys,
    proven: Option<Fingerprint>,
) -> Result<Step, Refusal> {
    let is_new = rotation.new == Some(key);
    let is_free = stored.current == Some(rotation.old) && stored.candidate.is_none();
    match rotation.stage {
        Stage::Started if is_free && proven != Some(key) => Err(Refusal::Unproven),
        Stage::Started if is_free => Ok(Step::Keep(key)),
        Stage::RolledBack if is_new && stored.candidate == Some(key) && proven != Some(key) => Err(Refusal::Unproven),
        Stage::RolledBack if is_new && stored.candidate == Some(key) => {
            Ok(Step::Enter { stage: Stage::Promoting, new: rotation.new })
        }
        Stage::Started | Stage::RollingBack | Stage::Abandoning | Stage::Erasing => {
            Ok(course(rotation, stored, proven))
        }
        Stage::Promoting | Stage::Watching | Stage::RolledBack if is_new => Ok(course(rotation, stored, proven)),
        _ => Err(rotation.new.map_or(Refusal::MovedOn, Refusal::HasNewKey)),
    }
}

/// Whether a request has brought a rotation to where it stands.
fn is_done(request: Request, stage: Stage) -> bool {
    request == Request::RollBack && stage == Stage::RolledBack
}

/// A roll back keeps the new key as the candidate: one that is there already would be lost.
fn in_the_way_of_a_roll_back(rotation: &Rotation, stored: &StoredKeys) -> Option<Fingerprint> {
    let known = [Some(rotation.old), rotation.new, stored.current];
    let is_in_use = stored.current != Some(rotation.old) && rotation.stage == Stage::Watching;
    stored.candidate.filter(|candidate| is_in_use && !known.contains(&Some(*candidate)))
}

/// What to do next in a rotation under way.
pub(super) fn course(rotation: &Rotation, stored: &StoredKeys, proven: Option<Fingerprint>) -> Step {
    let Rotation { old, new, stage, .. } = *rotation;
    if has_both_keys(stage) && !stored.has(old) && !new.is_some_and(|new| stored.has(new)) {
        return Step::Halt(Hindrance::Elsewhere);
    }
    match stage {
        Stage::Started => started(old, stored, proven),
        Stage::Promoting => promoting(old, new, stored, proven),
        Stage::Watching => watching(old, new, stored),
        Stage::RollingBack => rolling_back(old, new, stored),
        Stage::RolledBack => rolled_back(old, new, stored),
        Stage::Abandoning => abandoning(new, stored),
        Stage::Erasing => erasing(old, new, stored),
        Stage::Completed | Stage::Abandoned => Step::Wait,
    }
}

/// Whether the key store of a rotation has both of its keys in a stage, and nobody asked for the end of either.
fn has_both_keys(stage: Stage) -> bool {
    matches!(stage, Stage::Promoting | Stage::Watching | Stage::RolledBack)
}

fn started(old: Fingerprint, stored: &StoredKeys, proven: Option<Fingerprint>) -> Step {
    match stored.candidate {
        Some(candidate) if Some(candidate) == stored.current => Step::Erase(KeyRole::Candidate),
        Some(candidate) if Some(candidate) == proven => Step::Enter { stage: Stage::Promoting, new: Some(candidate) },
        // Kept by whoever was interrupted before the journal told of it.
        Some(candidate) => Step::Enter { stage: Stage::RolledBack, new: Some(candidate) },
        None if stored.current == Some(old) => Step::Wait,
        None => dissolving(None, stored),
    }
}

fn promoting(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys, proven: Option<Fingerprint>) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    let has_new = new.is_some() && candidate == new;
    if current.is_some() && current == new {
        return if has_new { Step::Erase(KeyRole::Candidate) } else { Step::Enter { stage: Stage::Watching, new } };
    }
    let is_proven = has_new && proven == new;
    if current == Some(old) {
        return match previous {
            _ if !has_new => Step::Enter { stage: Stage::Started, new: None },
            _ if !is_proven => Step::Enter { stage: Stage::RolledBack, new },
            None => Step::Copy { from: KeyRole::Current, to: KeyRole::Previous },
            Some(previous) if previous != old => Step::Halt(Hindrance::KeptAside(previous)),
            Some(_) => Step::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        };
    }
    let old_is_kept = previous == Some(old);
    match current {
        // Somebody else put a third key in its place: that is the new one then.
        Some(other) if old_is_kept => Step::Enter { stage: Stage::Watching, new: Some(other) },
        None if is_proven => Step::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        None if old_is_kept => Step::Copy { from: KeyRole::Previous, to: KeyRole::Current },
        None if has_new => Step::Enter { stage: Stage::RolledBack, new },
        Some(_) | None => dissolving(new, stored),
    }
}

fn watching(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return Step::Enter { stage: Stage::RollingBack, new };
    }
    if candidate.is_some() && candidate == current {
        return Step::Erase(KeyRole::Candidate);
    }
    if current.is_some() && current != new {
        return Step::Enter { stage: Stage::Watching, new: current };
    }
    match previous {
        Some(previous) if previous == old => Step::Wait,
        // The old key was erased by somebody else: there is nothing left to watch.
        _ => dissolving(new, stored),
    }
}

fn rolling_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return if previous == Some(old) {
            Step::Erase(KeyRole::Previous)
        } else {
            Step::Enter { stage: Stage::RolledBack, new }
        };
    }
    if previous != Some(old) {
        return dissolving(new, stored);
    }
    match (current, candidate) {
        (Some(current), Some(candidate)) if candidate != current && candidate != old => {
            Step::Halt(Hindrance::KeptAside(candidate))
        }
        (Some(current), candidate) if candidate != Some(current) => {
            Step::Copy { from: KeyRole::Current, to: KeyRole::Candidate }
        }
        _ => Step::Copy { from: KeyRole::Previous, to: KeyRole::Current },
    }
}

fn rolled_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    match candidate {
        // Somebody else replaced the key: what is kept aside is that one's new key now.
        _ if current.is_some_and(|current| current != old) => dissolving(new, stored),
        _ if current.is_some() && previous == current => Step::Erase(KeyRole::Previous),
        None => Step::Enter { stage: Stage::Started, new: None },
        Some(_) if candidate == current => Step::Erase(KeyRole::Candidate),
        Some(_) if candidate != new => Step::Enter { stage: Stage::RolledBack, new: candidate },
        Some(_) => Step::Wait,
    }
}

/// The operator gave up the new key of the journal, and no other.
fn abandoning(new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    if stored.candidate.is_some() && stored.candidate == new {
        return Step::Erase(KeyRole::Candidate);
    }
    dissolving(new, stored)
}

fn erasing(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    if stored.current == Some(old) {
        return Step::Enter { stage: Stage::RollingBack, new };
    }
    if stored.previous == Some(old) {
        return Step::Erase(KeyRole::Previous);
    }
    if stored.candidate.is_some() && (stored.candidate == stored.current || stored.candidate == Some(old)) {
        return Step::Erase(KeyRole::Candidate);
    }
    Step::Enter { stage: Stage::Completed, new }
}

/// Ends a rotation whose keys others have changed: what they left is kept, for a rotation of its own.
fn dissolving(new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let is_double = |key: Option<Fingerprint>| key.is_some() && key == stored.current;
    if is_double(stored.candidate) {
        Step::Erase(KeyRole::Candidate)
    } else if is_double(stored.previous) {
        Step::Erase(KeyRole::Previous)
    } else {
        Step::Enter { stage: Stage::Abandoned, new }
    }
}
