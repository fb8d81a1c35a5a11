//! The tasks of a modelled process: steps of a rotation, each read first and done later.

use super::*;
use crate::domain::time::Elapsed;

impl Model {
    /// Half a step of the first task: tries the key, takes the lock, reads, or does what was read.
    pub(super) fn work(&mut self, process: usize) -> bool {
        let Some(mut task) = self.processes[process].tasks.pop_front() else { return false };
        if let Some(key) = task.trial.take() {
            if matches!(self.ask(key), PollOutcome::Answered(_)) {
                task.proof = Some(Proof { key, accepted_at: self.now.elapsed });
                self.processes[process].tasks.push_front(task);
            }
            return true;
        }
        if self.processes[1 - process].has_lock {
            // It is given up after some seconds, and tried again with the next look.
            if self.processes[1 - process].is_stopped {
                self.end(process, &task);
            } else {
                self.processes[process].tasks.push_front(task);
                return false;
            }
            return true;
        }
        self.processes[process].has_lock = true;
        let is_done = match task.read.take() {
            None => {
                let proven = task.proof.and_then(|proof| proof.proven(self.now.elapsed));
                match next_step(&task.intent, self.journal.as_ref(), &self.stored, proven) {
                    Ok(RotationStep::Wait | RotationStep::Halt(_)) | Err(_) => true,
                    Ok(step) => {
                        task.read = Some((step, self.stored, self.journal.clone()));
                        false
                    }
                }
            }
            Some((step, stored, journal)) => {
                let is_done = !self.change(&task, step, &stored, journal);
                task.intent = task.intent.clone().after(step);
                is_done
            }
        };
        if is_done {
            self.processes[process].has_lock = false;
            self.end(process, &task);
        } else {
            self.processes[process].tasks.push_front(task);
        }
        true
    }

    /// Does a step as the journal and the key store would; tells whether to go on.
    pub(super) fn change(
        &mut self,
        task: &Task,
        step: RotationStep,
        seen: &StoredKeys,
        journal: Option<Rotation>,
    ) -> bool {
        let before = self.stored;
        if step.promotes() && task.proof.and_then(|proof| proof.proven(self.now.elapsed)).is_none() {
            return true;
        }
        match step {
            RotationStep::Begin { old, stage, new } if self.journal.is_none() => {
                self.numbers += 1;
                let (number, environment, started_at) = (self.numbers, environment(), self.now.wall);
                let (promoted_at, ended_at) = (None, None);
                self.journal =
                    Some(Rotation { number, environment, old, new, stage, started_at, promoted_at, ended_at });
            }
            RotationStep::Enter { stage, new } => {
                if self.journal != journal || journal.is_none() {
                    return false;
                }
                self.journal =
                    journal.map(|kept| Rotation { new, stage, ..kept }).filter(|after| !after.stage.is_ended());
                if self.journal.is_none() && !task.intent.outlasts_the_end() {
                    return false;
                }
            }
            RotationStep::Copy { from, to } => {
                return self.put(to, of(seen, from), of(seen, to)) && self.check(before, step);
            }
            RotationStep::Keep(key) => {
                return self.put(KeyRole::Candidate, Some(key), None) && self.check(before, step);
            }
            RotationStep::Erase(role) => return self.put(role, None, of(seen, role)) && self.check(before, step),
            RotationStep::Begin { .. } | RotationStep::Wait | RotationStep::Halt(_) => {}
        }
        true
    }

    pub(super) fn put(&mut self, role: KeyRole, key: Option<Fingerprint>, seen: Option<Fingerprint>) -> bool {
        let place = place(&mut self.stored, role);
        let is_as_seen = *place == seen;
        if is_as_seen {
            *place = key;
        }
        is_as_seen
    }

    /// Invariants that must hold after each change of the key store.
    pub(super) fn check(&self, before: StoredKeys, step: RotationStep) -> bool {
        let all = |stored: &StoredKeys| KeyRole::ALL.into_iter().filter_map(|role| of(stored, role)).collect();
        let (held, now): (BTreeSet<_>, BTreeSet<_>) = (all(&before), all(&self.stored));
        for lost in held.difference(&now) {
            let may_go = self.revoked.contains(lost) || self.given_up.contains(lost);
            assert!(may_go, "{step:?} erases {lost}, which the service accepts: {before:?}");
        }
        assert!(self.stored.current.is_some(), "{step:?} leaves no key in use: {before:?}");
        let promoted = self.stored.current.filter(|_| self.stored.current != before.current);
        let is_new = promoted.filter(|key| Some(*key) == before.candidate && Some(*key) != before.previous);
        if let Some(key) = is_new {
            let accepted = self.accepted_at.get(&key).copied().unwrap_or(Elapsed::MIN);
            assert!(self.now.elapsed - accepted <= Proof::LASTS, "{key} is promoted, but was not accepted just now");
        }
        true
    }

    /// A task has ended: the monitor hears where the rotation stands, and which key is in use.
    pub(super) fn end(&mut self, process: usize, task: &Task) {
        let held = self.journal.clone().map(|rotation| {
            let old_key =
                self.stored.previous.filter(|key| rotation.stage == RotationStage::Watching && *key == rotation.old);
            let old_key = old_key.map(|fingerprint| KeyIdentity { fingerprint, ending: None });
            HeldRotation { rotation, old_key, error: None }
        });
        self.tell(process, Input::RotationLoaded { environment: environment(), outcome: Ok(held) });
        if let Some(fingerprint) = self.stored.current.filter(|_| task.is_load) {
            let identity = KeyIdentity { fingerprint, ending: None };
            let held = HeldKey { identity, source: KeySource::Store("keyring") };
            self.tell(process, Input::KeyLoaded { environment: environment(), outcome: Ok(held) });
        }
    }
}

impl Task {
    pub(super) fn of(intent: RotationIntent) -> Self {
        Self { intent, trial: None, proof: None, is_load: false, read: None }
    }

    pub(super) fn load() -> Self {
        Self { is_load: true, ..Self::of(RotationIntent::Adopt) }
    }
}

pub(super) fn of(stored: &StoredKeys, role: KeyRole) -> Option<Fingerprint> {
    match role {
        KeyRole::Current => stored.current,
        KeyRole::Previous => stored.previous,
        KeyRole::Candidate => stored.candidate,
    }
}

pub(super) fn place(stored: &mut StoredKeys, role: KeyRole) -> &mut Option<Fingerprint> {
    match role {
        KeyRole::Current => &mut stored.current,
        KeyRole::Previous => &mut stored.previous,
        KeyRole::Candidate => &mut stored.candidate,
    }
}
