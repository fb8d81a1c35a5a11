//! The rotation of a key, as the monitor sees it: where it stands, and whether the old key is still in use.

use jiff::SignedDuration;

use super::effect::Effect;
use super::event::HeldRotation;
use super::key::KeyState;
use super::model::{EnvironmentState, KeySlot, Monitor};
use super::report::{OldKeyReport, PollReason, RotationReport};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::EventKind;
use crate::domain::rotation::{Rotation, Stage};
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
    /// Why the next step could not be done, as a plain sentence.
    pub trouble: Option<String>,
    /// Whether its end was asked for.
    ending: bool,
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
        outcome: Result<Option<HeldRotation>, String>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(state) = self.environments.iter_mut().find(|state| state.watched.environment.name == *environment)
        else {
            return;
        };
        let before = state.rotation.as_ref().map(|state| state.rotation.clone());
        match outcome {
            Ok(Some(HeldRotation { rotation, .. })) if rotation.stage.is_ended() => {
                state.rotation = None;
                self.log_rotation(environment, before.as_ref(), Some(&rotation), now);
            }
            Ok(Some(HeldRotation { rotation, old_key, trouble })) => {
                let ending = state.rotation.as_ref().is_some_and(|state| state.ending && state.rotation == rotation);
                let after = rotation.clone();
                if let Some(KeyIdentity { fingerprint, .. }) = old_key {
                    self.keys.entry(fingerprint).or_insert_with(|| {
                        effects.push(Effect::Recall(fingerprint));
                        KeyState::default()
                    });
                }
                let ending = ending && trouble.is_none();
                state.rotation = Some(RotationState { rotation, old_key, trouble, ending });
                self.log_rotation(environment, before.as_ref(), Some(&after), now);
            }
            Ok(None) => {
                state.rotation = None;
                self.log_rotation(environment, before.as_ref(), None, now);
            }
            Err(trouble) => {
                if let Some(rotation) = &mut state.rotation {
                    (rotation.trouble, rotation.ending) = (Some(trouble), false);
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

    /// Once the service refuses an old key, asks for the new one at once: only an answer to that, come later, shows
    /// that the refusal is of the old key and not of all.
    pub(super) fn old_key_refused(&mut self, fingerprint: Fingerprint, now: &Now) {
        let is_refused = self.keys.get(&fingerprint).is_some_and(|key| is_refused(key.status));
        if !is_refused {
            return;
        }
        let watching = self.environments.iter().filter(|state| state.old_key() == Some(fingerprint));
        for new in watching.filter_map(|state| state.slot.fingerprint()) {
            if let Some(key) = self.keys.get_mut(&new) {
                key.refresh(&self.polling, now.elapsed);
            }
        }
    }

    /// Asks for the end of each rotation whose old key is refused for certain, while the new one is accepted.
    pub(super) fn end_rotations(&mut self, effects: &mut Vec<Effect>) {
        for state in &mut self.environments {
            let (old, new) = (state.old_key(), state.slot.fingerprint());
            let keys = old.and_then(|old| self.keys.get(&old)).zip(new.and_then(|new| self.keys.get(&new)));
            let Some(((old, new), rotation)) = keys.zip(state.rotation.as_mut()) else { continue };
            let accepted_since = new.status == Status::Active && new.sampled_at >= old.failed_at;
            if rotation.rotation.stage == Stage::Watching
                && !rotation.ending
                && rotation.trouble.is_none()
                && is_refused(old.status)
                && accepted_since
            {
                rotation.ending = true;
                effects.push(Effect::EndRotation(state.watched.environment.name.clone()));
            }
        }
    }

    /// Whether nothing more is to be learnt soon of the rotation of an environment's key.
    #[must_use]
    pub fn is_rotation_settled(&self, state: &EnvironmentState) -> bool {
        if state.loading || state.slot == KeySlot::Unasked {
            return false;
        }
        let Some(rotation) = &state.rotation else { return true };
        if rotation.rotation.stage != Stage::Watching || rotation.trouble.is_some() {
            return true;
        }
        let (Some(old), Some(new)) = (state.old_key(), state.slot.fingerprint()) else { return true };
        let has_answered = |fingerprint| {
            self.keys.get(&fingerprint).is_some_and(|key: &KeyState| {
                let is_asked_soon =
                    matches!(key.due, Some((_, PollReason::First | PollReason::Refresh | PollReason::Confirmation)));
                key.recalled && key.in_flight.is_none() && !is_asked_soon
            })
        };
        !rotation.ending && has_answered(old) && has_answered(new)
    }

    pub(super) fn rotation_report(&self, state: &EnvironmentState, now: &Now) -> Option<RotationReport> {
        let RotationState { rotation, old_key, trouble, .. } = state.rotation.as_ref()?;
        let old_key = old_key.as_ref().and_then(|identity| {
            let key = self.keys.get(&identity.fingerprint)?;
            Some(OldKeyReport {
                identity: identity.clone(),
                status: key.status,
                others_use: key.others_use,
                day: key.windows(now.elapsed).1,
                polled_at: key.sample.as_ref().map(|sample| sample.at),
                next_poll: key.next_poll(&self.polling, self.paused, now),
            })
        });
        Some(RotationReport { rotation: rotation.clone(), old_key, trouble: trouble.clone() })
    }

    fn log_rotation(
        &mut self,
        environment: &EnvironmentName,
        before: Option<&Rotation>,
        after: Option<&Rotation>,
        now: &Now,
    ) {
        let stage = |rotation: Option<&Rotation>| rotation.map(|rotation| rotation.stage);
        if stage(before) == stage(after) {
            return;
        }
        if let Some(text) = stage_text(stage(before), after) {
            self.tell(environment, EventKind::Rotation, Severity::Ok, text, now);
        }
    }
}

fn is_refused(status: Status) -> bool {
    matches!(status, Status::Revoked | Status::Invalid)
}

/// What the event log says of a change of stage.
fn stage_text(before: Option<Stage>, after: Option<&Rotation>) -> Option<String> {
    let Some(Rotation { old, stage, .. }) = after else {
        return before.map(|_| "the rotation of its key was ended elsewhere".to_owned());
    };
    Some(match stage {
        Stage::Started => "rotation of its key under way: a new one is to be made".to_owned(),
        Stage::Watching => format!("the new key is in use; the old one ({old}) is watched until it is revoked"),
        Stage::RolledBack => format!("rolled back: the old key ({old}) is in use again"),
        Stage::Completed => format!("rotation completed: the old key ({old}) is refused, and erased here"),
        Stage::Abandoned => "rotation given up".to_owned(),
        Stage::Promoting | Stage::RollingBack | Stage::Abandoning | Stage::Erasing => return None,
    })
}
