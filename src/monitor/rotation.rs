//! The rotation of a key, as the monitor sees it: where it stands, and whether the old key is still in use.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::input::{HeldRotation, PollOutcome};
use super::polling::budget::Polling;
use super::polling::key::{KeyState, KeyStates};
use super::polling::reason::PollReason;
use super::snapshot::{NewKeyState, OldKeySnapshot, RotationSnapshot};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::error::PollErrorKind;
use crate::domain::log_entry::EventFact;
use crate::domain::rotation::{
    KeyAnswer, KeyObservation, KeyProbe, RevocationEvidence, RevokedKey, Rotation, RotationError, RotationId,
    RotationStage,
};
use crate::domain::status::Status;
use crate::domain::time::{Elapsed, Now};

/// Time for which the reminder that rotation is due soon is put off at once.
pub const SNOOZE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Rotation of an environment's key.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RotationWatch {
    /// None is under way.
    #[default]
    None,
    /// One is under way.
    UnderWay(Box<RotationUnderWay>),
}

/// A rotation under way.
#[derive(Clone, Debug, PartialEq)]
pub struct RotationUnderWay {
    /// Keys and stage of the rotation.
    rotation: Rotation,
    /// The old key, while it is watched and in memory.
    old_key: Option<KeyIdentity>,
    /// Reason why the next step could not be done.
    error: Option<RotationError>,
    /// Observations of its keys in this process.
    evidence: RevocationEvidence,
    /// True once its end was asked for.
    ending: bool,
}

impl RotationUnderWay {
    /// The rotation as it was loaded. What was known of it before stays if it is still the same, with the same keys.
    fn loaded(held: HeldRotation, before: Option<Self>) -> Self {
        let HeldRotation { rotation, old_key, error } = held;
        let before = before.filter(|before| before.rotation.id() == rotation.id());
        let ending = before.as_ref().is_some_and(|before| before.ending && before.rotation == rotation);
        let ending = ending && error.is_none();
        let evidence = before.map_or_else(|| RevocationEvidence::of(rotation.id()), |before| before.evidence);
        Self { rotation, old_key, error, evidence, ending }
    }

    /// True when the old key is watched until it is dead.
    fn is_watching(&self) -> bool {
        self.rotation.stage == RotationStage::Watching
    }

    /// The next question about the old key. None as long as one of the keys can't be asked for another reason: its own
    /// schedule decides then.
    fn question(&self, in_use: Option<Fingerprint>, keys: &KeyStates, now: &Now) -> Option<KeyProbe> {
        let old = keys.get(&self.old_key.as_ref().filter(|_| self.is_watching())?.fingerprint)?;
        let new = keys.get(&in_use?)?;
        let is_answered = new.failure.is_none() && new.in_flight.is_none() && old.in_flight.is_none();
        let is_refused = old.failure.as_ref().is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized);
        if is_answered && is_refused { self.evidence.next_probe(true, now.elapsed) } else { None }
    }
}

impl RotationWatch {
    fn under_way(&self) -> Option<&RotationUnderWay> {
        match self {
            Self::None => None,
            Self::UnderWay(rotation) => Some(rotation),
        }
    }

    fn under_way_mut(&mut self) -> Option<&mut RotationUnderWay> {
        match self {
            Self::None => None,
            Self::UnderWay(rotation) => Some(rotation),
        }
    }

    /// True while one is under way.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way().is_some()
    }

    /// The old key that is watched.
    pub(super) fn old_key(&self) -> Option<Fingerprint> {
        Some(self.under_way()?.old_key.as_ref()?.fingerprint)
    }

    /// Takes over where the rotation stands. Where that is not known, what was known stays. Answers with what is to be
    /// logged.
    pub(super) fn loaded(
        &mut self,
        outcome: Result<Option<HeldRotation>, RotationError>,
        in_use: Option<&KeyIdentity>,
    ) -> Option<EventFact> {
        let held = match outcome {
            Ok(held) => held,
            Err(error) => {
                if let Some(rotation) = self.under_way_mut() {
                    (rotation.error, rotation.ending) = (Some(error), false);
                }
                return None;
            }
        };
        let before = match std::mem::take(self) {
            Self::None => None,
            Self::UnderWay(before) => Some(*before),
        };
        let stage_before = before.as_ref().map(|before| before.rotation.stage);
        let identities = [
            held.as_ref().and_then(|held| held.old_key.clone()),
            before.as_ref().and_then(|before| before.old_key.clone()),
            in_use.cloned(),
        ];
        let after = held.as_ref().map(|held| (held.rotation.stage, held.rotation.old));
        *self = match held.filter(|held| !held.rotation.stage.is_ended()) {
            Some(held) => Self::UnderWay(Box::new(RotationUnderWay::loaded(held, before))),
            None => Self::None,
        };
        let (stage, old) = after.unzip();
        let is_of_note = !matches!(
            stage,
            Some(
                RotationStage::Promoting
                    | RotationStage::RollingBack
                    | RotationStage::Abandoning
                    | RotationStage::Erasing
            )
        );
        if stage == stage_before || !is_of_note {
            return None;
        }
        let identity = identities.into_iter().flatten().find(|identity| Some(identity.fingerprint) == old);
        Some(EventFact::Rotation { stage, old, ending: identity.and_then(|identity| identity.ending) })
    }

    /// Takes in what the service said of a key that it was asked for `asked_at`.
    pub(super) fn add_evidence(&mut self, observation: KeyObservation) {
        if let Some(rotation) = self.under_way_mut() {
            rotation.evidence.add(observation);
        }
    }

    /// Takes in what another process was told of a key: a newer acceptance if `is_accepted`, and a refusal that stands
    /// if `is_refused`.
    pub(super) fn add_remote_evidence(&mut self, key: Fingerprint, is_accepted: bool, is_refused: bool) {
        let Some(rotation) = self.under_way_mut() else { return };
        if is_accepted {
            rotation.evidence.add_remote(key, KeyAnswer::Accepted);
        }
        if is_refused {
            rotation.evidence.add_remote(key, KeyAnswer::Refused);
        }
    }

    /// Old key of the rotation that is dead, so that the end of the rotation is to be asked for: the last word on it is a
    /// refusal, and the new key answers.
    pub(super) fn revoked_key(&self, keys: &KeyStates) -> Option<RevokedKey> {
        let rotation = self.under_way()?;
        let RotationId { old, new, .. } = rotation.evidence.rotation();
        let is_refused = keys.get(old).is_some_and(|key| key.refusals.is_some());
        let is_answered = new.and_then(|new| keys.get(&new)).is_some_and(|key| key.failure.is_none());
        let is_ready = rotation.is_watching() && !rotation.ending && rotation.error.is_none();
        rotation.evidence.revoked_key().filter(|_| is_ready && is_refused && is_answered)
    }

    /// Notes that the end of the rotation is asked for.
    pub(super) fn end(&mut self) {
        if let Some(rotation) = self.under_way_mut() {
            rotation.ending = true;
        }
    }

    /// True when nothing more is to be learnt soon of the rotation.
    pub(super) fn is_settled(&self, in_use: Option<Fingerprint>, keys: &KeyStates) -> bool {
        let Some(rotation) = self.under_way() else { return true };
        if !rotation.is_watching() || rotation.error.is_some() {
            return true;
        }
        let (Some(old), Some(new)) = (self.old_key(), in_use) else { return true };
        let has_answered = |fingerprint| {
            keys.get(&fingerprint).is_some_and(|key| {
                let is_asked_soon = matches!(
                    key.due,
                    Some((_, PollReason::First | PollReason::Refresh | PollReason::Confirmation | PollReason::Probe))
                );
                key.is_history_loaded && key.in_flight.is_none() && !is_asked_soon
            })
        };
        !rotation.ending && has_answered(old) && has_answered(new)
    }

    /// The rotation as it stands, with the key in use, whose sample may be as old as `stale_after`.
    pub(super) fn snapshot(
        &self,
        in_use: Option<&KeyState>,
        stale_after: SignedDuration,
        keys: &KeyStates,
        (polling, paused): (&Polling, bool),
        now: &Now,
    ) -> Option<RotationSnapshot> {
        let RotationUnderWay { rotation, old_key, error, .. } = self.under_way()?;
        let old_key = old_key.as_ref().and_then(|identity| {
            let key = keys.get(&identity.fingerprint)?;
            Some(OldKeySnapshot {
                identity: identity.clone(),
                status: key.status,
                others_use: key.others_use,
                day: key.windows(now).1,
                polled_at: key.polled_at(),
                next_poll: key.next_poll(polling, paused, now),
            })
        });
        let new_key = in_use.map_or(NewKeyState::Unknown, |key| {
            let is_fresh = key.is_fresh(stale_after, polling, now.elapsed);
            match &key.failure {
                Some(failure) => NewKeyState::Fails(failure.clone()),
                None if key.status == Status::Active && is_fresh => NewKeyState::Answers,
                None => NewKeyState::Unknown,
            }
        });
        Some(RotationSnapshot { rotation: rotation.clone(), old_key, new_key, error: error.clone() })
    }
}

/// Observation of a poll of a key that was asked for `asked_at`, where it is evidence for a rotation.
pub(super) fn observation(
    key: Fingerprint,
    asked_at: Elapsed,
    outcome: &PollOutcome,
    now: &Now,
) -> Option<KeyObservation> {
    let answer = match outcome {
        PollOutcome::Answered(_) => KeyAnswer::Accepted,
        PollOutcome::Failed(failure) if failure.kind() == PollErrorKind::Unauthorized => KeyAnswer::Refused,
        _ => return None,
    };
    Some(KeyObservation { key, answer, asked_at, answered_at: now.elapsed })
}

/// Polls to plan to know that a refused old key is dead: the refusal of it alone may be one of all keys. Takes each
/// rotation with the key in use of its environment.
pub(super) fn revocation_probes<'a>(
    rotations: impl Iterator<Item = (&'a RotationWatch, Option<Fingerprint>)>,
    keys: &KeyStates,
    now: &Now,
) -> BTreeMap<Fingerprint, Elapsed> {
    let mut probes = BTreeMap::new();
    for (rotation, in_use) in rotations {
        let question = rotation.under_way().and_then(|rotation| rotation.question(in_use, keys, now));
        let Some(KeyProbe { key: fingerprint, due }) = question else { continue };
        let Some(key) = keys.get(&fingerprint) else { continue };
        let is_planned = |reason| matches!(reason, PollReason::Confirmation | PollReason::Probe);
        let is_sooner = key.due.is_none_or(|(planned, reason)| due < planned && !is_planned(reason));
        if key.is_history_loaded && key.in_flight.is_none() && is_sooner {
            probes.entry(fingerprint).or_insert(due);
        }
    }
    probes
}
