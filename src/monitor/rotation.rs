//! The rotation of a key, as the monitor sees it: where it stands, and whether the old key is still in use.

use jiff::SignedDuration;

use super::effect::Effect;
use super::input::{HeldRotation, PollOutcome};
use super::key::KeyState;
use super::model::{EnvironmentState, KeySlot, Monitor};
use super::snapshot::{NewKeyState, OldKeySnapshot, PollReason, RotationSnapshot};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::PollErrorKind;
use crate::domain::log_entry::EventFact;
use crate::domain::rotation::{
    KeyAnswer, KeyObservation, KeyProbe, RevocationEvidence, Rotation, RotationError, RotationId, RotationStage,
};
use crate::domain::status::{Severity, Status};
use crate::domain::time::Now;

/// For how long the reminder that rotation is due soon can be put off at once.
pub const SNOOZE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A rotation under way.
#[derive(Clone, Debug, PartialEq)]
pub struct RotationState {
    /// How far it came.
    pub rotation: Rotation,
    /// The old key, while it is watched and in memory.
    pub old_key: Option<KeyIdentity>,
    /// Why the next step could not be done.
    pub error: Option<RotationError>,
    /// What was seen of its keys in this process.
    evidence: RevocationEvidence,
    /// Whether its end was asked for.
    ending: bool,
}

impl RotationState {
    /// The rotation as it was loaded. What was known of it before stays if it is still the same, with the same keys.
    fn loaded(held: HeldRotation, before: Option<Self>) -> Self {
        let HeldRotation { rotation, old_key, error: trouble } = held;
        let before = before.filter(|before| before.rotation.id() == rotation.id());
        let ending = before.as_ref().is_some_and(|before| before.ending && before.rotation == rotation);
        let ending = ending && trouble.is_none();
        let evidence = before.map_or_else(|| RevocationEvidence::of(rotation.id()), |before| before.evidence);
        Self { rotation, old_key, error: trouble, evidence, ending }
    }
}

impl EnvironmentState {
    /// The old key that is watched for the environment.
    pub(super) fn old_key(&self) -> Option<Fingerprint> {
        Some(self.rotation.as_ref()?.old_key.as_ref()?.fingerprint)
    }

    /// Whether a key is polled for the environment.
    pub(super) fn polls_with(&self, fingerprint: Fingerprint) -> bool {
        self.slot.fingerprint() == Some(fingerprint) || self.old_key() == Some(fingerprint)
    }
}

impl Monitor {
    /// Takes over where a rotation stands. Where that is not known, what was known stays.
    pub(super) fn rotation_loaded(
        &mut self,
        environment: &EnvironmentName,
        outcome: Result<Option<HeldRotation>, RotationError>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(state) = self.environments.iter_mut().find(|state| state.watched.environment.name == *environment)
        else {
            return;
        };
        let before = state.rotation.as_ref().map(|state| state.rotation.clone());
        let held = outcome.as_ref().ok().and_then(|held| held.as_ref()?.old_key.clone());
        let known = [held, state.rotation.as_ref().and_then(|it| it.old_key.clone()), state.slot.identity().cloned()];
        let ending = |rotation: &Rotation| {
            let old = known.iter().flatten().find(|identity| identity.fingerprint == rotation.old);
            old.and_then(|identity| identity.ending.clone())
        };
        match outcome {
            Ok(Some(HeldRotation { rotation, .. })) if rotation.stage.is_ended() => {
                state.rotation = None;
                self.log_rotation(environment, before.as_ref(), Some((&rotation, ending(&rotation))), now);
            }
            Ok(Some(held)) => {
                let after = held.rotation.clone();
                if let Some(KeyIdentity { fingerprint, .. }) = held.old_key {
                    self.keys.entry(fingerprint).or_insert_with(|| {
                        effects.push(Effect::LoadKeyHistory(fingerprint));
                        KeyState::default()
                    });
                }
                state.rotation = Some(RotationState::loaded(held, state.rotation.take()));
                self.log_rotation(environment, before.as_ref(), Some((&after, ending(&after))), now);
            }
            Ok(None) => {
                state.rotation = None;
                self.log_rotation(environment, before.as_ref(), None, now);
            }
            Err(trouble) => {
                if let Some(rotation) = &mut state.rotation {
                    (rotation.error, rotation.ending) = (Some(trouble), false);
                }
            }
        }
        self.forget_unheld_keys();
    }

    /// Puts off the reminder that the rotation of an environment's key is due soon.
    pub(super) fn snooze_rotation(&mut self, environment: &EnvironmentName, now: &Now, effects: &mut Vec<Effect>) {
        let state = self.environments.iter().find(|state| state.watched.environment.name == *environment);
        let Some(fingerprint) = state.and_then(|state| state.slot.fingerprint()) else { return };
        let Some(key) = self.keys.get_mut(&fingerprint) else { return };
        let until = now.wall.saturating_add(SNOOZE).unwrap_or(now.wall);
        key.snoozed_until = Some(until);
        effects.push(Effect::StoreSnooze { fingerprint, until });
    }

    /// Takes in what the service said of a key that it was asked for `asked_at`, in the rotations that the key is of.
    pub(super) fn add_evidence(
        &mut self,
        key: Fingerprint,
        asked_at: SignedDuration,
        outcome: &PollOutcome,
        now: &Now,
    ) {
        let answer = match outcome {
            PollOutcome::Answered(_) => KeyAnswer::Accepted,
            PollOutcome::Failed(failure) if failure.kind() == PollErrorKind::Unauthorized => KeyAnswer::Refused,
            _ => return,
        };
        let sighting = KeyObservation { key, answer, asked_at, answered_at: now.elapsed };
        let rotations = self.environments.iter_mut().filter_map(|state| state.rotation.as_mut());
        rotations.for_each(|rotation| rotation.evidence.add(sighting));
    }

    /// Takes in what another process was told of a key, in the rotations that the key is of: a newer acceptance if
    /// `is_accepted`, and a refusal that stands.
    pub(super) fn add_remote_evidence(&mut self, key: Fingerprint, is_accepted: bool) {
        let is_refused = self.keys.get(&key).is_some_and(|key| key.refusals.is_some());
        for rotation in self.environments.iter_mut().filter_map(|state| state.rotation.as_mut()) {
            if is_accepted {
                rotation.evidence.add_remote(key, KeyAnswer::Accepted);
            }
            if is_refused {
                rotation.evidence.add_remote(key, KeyAnswer::Refused);
            }
        }
    }

    /// Asks what is missing to know that a refused old key is dead: the refusal of it alone may be one of all keys.
    pub(super) fn plan_revocation_probes(&mut self, now: &Now) {
        for state in &self.environments {
            let Some(KeyProbe { key, due }) = self.question(state, now) else { continue };
            let Some(key) = self.keys.get_mut(&key) else { continue };
            let is_planned = |reason| matches!(reason, PollReason::Confirmation | PollReason::Probe);
            let is_sooner = key.due.is_none_or(|(planned, reason)| due < planned && !is_planned(reason));
            if key.is_history_loaded && key.in_flight.is_none() && is_sooner {
                key.plan(due, PollReason::Probe, &self.polling, now.elapsed);
            }
        }
    }

    /// The next question about an environment's old key. None as long as one of the keys can't be asked for another reason:
    /// its own schedule decides then.
    fn question(&self, state: &EnvironmentState, now: &Now) -> Option<KeyProbe> {
        let rotation = state.rotation.as_ref().filter(|rotation| rotation.rotation.stage == RotationStage::Watching)?;
        let old = self.keys.get(&state.old_key()?)?;
        let new = self.keys.get(&state.slot.fingerprint()?)?;
        let is_answered = new.failure.is_none() && new.in_flight.is_none() && old.in_flight.is_none();
        let is_refused = old.failure.as_ref().is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized);
        if is_answered && is_refused { rotation.evidence.next_probe(true, now.elapsed) } else { None }
    }

    /// Asks for the end of each rotation whose old key is dead, as long as the last word on it is a refusal, and the new
    /// key answers.
    pub(super) fn end_rotations(&mut self, effects: &mut Vec<Effect>) {
        for state in &mut self.environments {
            let Some(rotation) = &mut state.rotation else { continue };
            let RotationId { old, new, .. } = rotation.evidence.rotation();
            let is_refused = self.keys.get(old).is_some_and(|key| key.refusals.is_some());
            let is_answered = new.and_then(|new| self.keys.get(&new)).is_some_and(|key| key.failure.is_none());
            let is_ready =
                rotation.rotation.stage == RotationStage::Watching && !rotation.ending && rotation.error.is_none();
            let is_ready = is_ready && is_refused && is_answered;
            if let Some(dead) = rotation.evidence.revoked_key().filter(|_| is_ready) {
                rotation.ending = true;
                effects.push(Effect::EraseRevokedKey(Box::new(dead)));
            }
        }
    }

    /// Whether nothing more is to be learnt soon of the rotation of an environment's key.
    #[must_use]
    pub fn is_rotation_settled(&self, state: &EnvironmentState) -> bool {
        if state.loading || state.slot == KeySlot::NotLoaded {
            return false;
        }
        let Some(rotation) = &state.rotation else { return true };
        if rotation.rotation.stage != RotationStage::Watching || rotation.error.is_some() {
            return true;
        }
        let (Some(old), Some(new)) = (state.old_key(), state.slot.fingerprint()) else { return true };
        let has_answered = |fingerprint| {
            self.keys.get(&fingerprint).is_some_and(|key: &KeyState| {
                let is_asked_soon = matches!(
                    key.due,
                    Some((_, PollReason::First | PollReason::Refresh | PollReason::Confirmation | PollReason::Probe))
                );
                key.is_history_loaded && key.in_flight.is_none() && !is_asked_soon
            })
        };
        !rotation.ending && has_answered(old) && has_answered(new)
    }

    pub(super) fn rotation_snapshot(&self, state: &EnvironmentState, now: &Now) -> Option<RotationSnapshot> {
        let RotationState { rotation, old_key, error: trouble, .. } = state.rotation.as_ref()?;
        let old_key = old_key.as_ref().and_then(|identity| {
            let key = self.keys.get(&identity.fingerprint)?;
            Some(OldKeySnapshot {
                identity: identity.clone(),
                status: key.status,
                others_use: key.others_use,
                day: key.windows(now).1,
                polled_at: key.polled_at(),
                next_poll: key.next_poll(&self.polling, self.paused, now),
            })
        });
        let new_key = self.new_key(state, now);
        Some(RotationSnapshot { rotation: rotation.clone(), old_key, new_key, error: trouble.clone() })
    }

    /// Whether the key in use answers, as far as that is known now.
    fn new_key(&self, state: &EnvironmentState, now: &Now) -> NewKeyState {
        let Some(key) = state.slot.fingerprint().and_then(|fingerprint| self.keys.get(&fingerprint)) else {
            return NewKeyState::Unknown;
        };
        let is_fresh = key.is_fresh(state.watched.thresholds.stale_after, &self.polling, now.elapsed);
        match &key.failure {
            Some(failure) => NewKeyState::Fails(failure.clone()),
            None if key.status == Status::Active && is_fresh => NewKeyState::Answers,
            None => NewKeyState::Unknown,
        }
    }

    fn log_rotation(
        &mut self,
        environment: &EnvironmentName,
        before: Option<&Rotation>,
        after: Option<(&Rotation, Option<String>)>,
        now: &Now,
    ) {
        let stage = after.as_ref().map(|(rotation, _)| rotation.stage);
        if before.map(|rotation| rotation.stage) == stage {
            return;
        }
        let is_of_note = |stage: RotationStage| {
            !matches!(
                stage,
                RotationStage::Promoting
                    | RotationStage::RollingBack
                    | RotationStage::Abandoning
                    | RotationStage::Erasing
            )
        };
        if stage.is_none_or(is_of_note) {
            let (old, ending) = after.map(|(rotation, ending)| (rotation.old, ending)).unzip();
            let fact = EventFact::Rotation { stage, old, ending: ending.flatten() };
            self.log_event(environment, Severity::Ok, fact, now);
        }
    }
}
