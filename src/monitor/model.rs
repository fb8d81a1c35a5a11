//! The state, and how events change it.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::effect::Effect;
use super::event::{Event, HeldKey, KeyMemory, PollOutcome};
use super::key::{KeyState, is_timed};
use super::log::EventLog;
use super::report::PollReason;
use super::schedule;
use super::settings::{MonitorSettings, Polling, WatchedEnvironment};
use crate::domain::api_key::{Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::status::Status;
use crate::domain::time::Now;

/// All that is known, and the rules by which it changes.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The environments in the order of the screen.
    pub environments: Vec<EnvironmentState>,
    /// What is known of each key in use.
    pub keys: BTreeMap<Fingerprint, KeyState>,
    /// How often to poll.
    pub polling: Polling,
    /// Whether the operator paused timed polls.
    pub paused: bool,
    /// Why nothing can be stored, as a plain sentence.
    pub history_trouble: Option<String>,
    /// What happened, for people.
    pub log: EventLog,
    max_age: Option<SignedDuration>,
    sequence: u64,
    random: fastrand::Rng,
}

/// One environment.
#[derive(Clone, Debug)]
pub struct EnvironmentState {
    /// Which, and how it is watched.
    pub watched: WatchedEnvironment,
    /// Its key.
    pub slot: KeySlot,
    /// Whether its sources are being asked.
    pub loading: bool,
    /// When its sources are asked again, on the elapsed clock.
    pub reload_due: Option<SignedDuration>,
}

/// What is known of an environment's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// The sources have not answered yet.
    Unasked,
    /// The key is in memory; with the trouble that its source had since, if any.
    Held(HeldKey, Option<KeyFailure>),
    /// There is none to be had, and why.
    Empty(KeyFailure),
}

impl KeySlot {
    /// The key in memory.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Held(held, _) => Some(held.identity.fingerprint),
            _ => None,
        }
    }
}

impl Monitor {
    /// A monitor that knows nothing yet. Send it [`Event::Started`].
    #[must_use]
    pub fn new(settings: MonitorSettings) -> Self {
        let environments = settings
            .environments
            .into_iter()
            .map(|watched| EnvironmentState { watched, slot: KeySlot::Unasked, loading: false, reload_due: None })
            .collect();
        Self {
            environments,
            keys: BTreeMap::new(),
            polling: settings.polling,
            paused: false,
            history_trouble: None,
            log: EventLog::default(),
            max_age: settings.max_age,
            sequence: 0,
            random: fastrand::Rng::with_seed(settings.seed),
        }
    }

    /// Takes in what happened and answers what is to be done.
    pub fn handle(&mut self, event: Event, now: &Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let was_offline = self.is_offline();
        match event {
            Event::Started => self.load_where(|_| true, &mut effects),
            Event::Ticked => {}
            Event::KeyLoaded { environment, outcome } => self.key_loaded(&environment, outcome, now, &mut effects),
            Event::Recalled { fingerprint, memory } => self.recalled(fingerprint, memory, now),
            Event::Polled { fingerprint, sequence, outcome, calls } => {
                if let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| key.in_flight == Some(sequence)) {
                    key.in_flight = None;
                    match (&calls, &outcome) {
                        (Some(calls), _) => key.ledger.replace(calls, now),
                        (None, PollOutcome::Failed(failure)) if !failure.counts => key.ledger.withdraw_last(),
                        (None, _) => {}
                    }
                    self.polled(fingerprint, outcome, now, &mut effects);
                }
            }
            Event::HistoryReported(trouble) => self.history_trouble = trouble,
            Event::RefreshRequested(name) => {
                self.refresh(|state| state.watched.environment.name == name, now, &mut effects);
            }
            Event::RefreshAllRequested => self.refresh(|_| true, now, &mut effects),
            Event::PauseToggled => self.paused = !self.paused,
        }
        if was_offline && !self.is_offline() {
            self.retry_after_outage(now);
        }
        self.reload_due(now, &mut effects);
        self.start_due(now, &mut effects);
        self.log_changes(now);
        effects
    }

    /// When the next timed thing is to be done: send [`Event::Ticked`] then.
    #[must_use]
    pub fn next_wake(&self) -> Option<SignedDuration> {
        let polls = self.keys.values().filter(|key| key.in_flight.is_none()).filter_map(|key| key.due);
        let polls = polls.filter(|(_, reason)| !(self.paused && is_timed(*reason))).map(|(due, _)| due);
        polls.chain(self.environments.iter().filter_map(|state| state.reload_due)).min()
    }

    /// Whether each environment has had its first answer, or can't have one now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.environments.iter().all(|state| match &state.slot {
            KeySlot::Unasked => false,
            KeySlot::Empty(_) => !state.loading,
            KeySlot::Held(held, _) => self.keys.get(&held.identity.fingerprint).is_some_and(|key| {
                let spent = matches!(key.due, Some((_, PollReason::Budget)));
                key.in_flight.is_none() && !key.is_confirming() && (key.status != Status::Waiting || spent)
            }),
        })
    }

    fn key_loaded(
        &mut self,
        environment: &EnvironmentName,
        outcome: Result<HeldKey, KeyFailure>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(state) = self.environments.iter_mut().find(|state| state.watched.environment.name == *environment)
        else {
            return;
        };
        state.loading = false;
        state.reload_due = None;
        match outcome {
            Ok(held) => {
                let fingerprint = held.identity.fingerprint;
                let again = if held.source == KeySource::Command { schedule::RELOAD_COMMAND } else { schedule::RELOAD };
                state.slot = KeySlot::Held(held, None);
                let key = self.keys.entry(fingerprint).or_insert_with(|| {
                    effects.push(Effect::Recall(fingerprint));
                    KeyState::default()
                });
                if matches!(key.status, Status::Invalid | Status::Revoked) {
                    // It may be replaced at any time.
                    state.reload_due = Some(now.elapsed + again);
                }
            }
            Err(failure) => {
                let again = match failure.kind {
                    KeyFailureKind::Locked => schedule::RELOAD_LOCKED,
                    _ => schedule::RELOAD,
                };
                state.reload_due = Some(now.elapsed + again);
                match &mut state.slot {
                    KeySlot::Held(_, trouble) if failure.kind != KeyFailureKind::Missing => *trouble = Some(failure),
                    slot => *slot = KeySlot::Empty(failure),
                }
            }
        }
        self.forget_unheld_keys();
    }

    fn recalled(&mut self, fingerprint: Fingerprint, memory: Result<KeyMemory, String>, now: &Now) {
        let memory = memory.unwrap_or_else(|trouble| {
            self.history_trouble = Some(trouble);
            KeyMemory::default()
        });
        let waiting = self.keys.values().filter(|key| key.in_flight.is_some() || key.due.is_some()).count();
        let spread = schedule::SPREAD * i32::try_from(waiting).unwrap_or(i32::MAX);
        if let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| !key.recalled) {
            key.recall(memory, now, &self.polling, self.max_age, spread);
        }
    }

    fn polled(&mut self, fingerprint: Fingerprint, outcome: PollOutcome, now: &Now, effects: &mut Vec<Effect>) {
        let reserve_percent = self.reserve_percent(fingerprint);
        let Some(key) = self.keys.get_mut(&fingerprint) else {
            return;
        };
        match outcome {
            PollOutcome::Answered(sample) => {
                key.succeed((*sample).clone(), &self.polling, reserve_percent, now, &mut self.random);
                effects.push(Effect::StoreSample { fingerprint, sample, others_use: key.others_use });
            }
            PollOutcome::Failed(failure) => {
                let refused = key.fail(failure, &self.polling, now, &mut self.random);
                if refused {
                    self.load_where(|state| state.slot.fingerprint() == Some(fingerprint), effects);
                }
            }
            PollOutcome::OverBudget => key.plan(now.elapsed, PollReason::Budget, &self.polling, now.elapsed),
        }
    }

    fn refresh(&mut self, chosen: impl Fn(&EnvironmentState) -> bool, now: &Now, effects: &mut Vec<Effect>) {
        for state in self.environments.iter().filter(|state| chosen(state)) {
            let key = state.slot.fingerprint().and_then(|fingerprint| self.keys.get_mut(&fingerprint));
            if let Some(key) = key {
                key.refresh(&self.polling, now.elapsed);
            }
        }
        self.load_where(chosen, effects);
    }

    /// What could not be reached while there was no network need not wait for its turn.
    fn retry_after_outage(&mut self, now: &Now) {
        for (number, key) in (1..).zip(self.keys.values_mut()) {
            key.retry_after_outage(schedule::SPREAD * number, &self.polling, now.elapsed);
        }
    }

    fn load_where(&mut self, chosen: impl Fn(&EnvironmentState) -> bool, effects: &mut Vec<Effect>) {
        for state in self.environments.iter_mut().filter(|state| !state.loading && chosen(state)) {
            state.loading = true;
            state.reload_due = None;
            effects.push(Effect::LoadKey(state.watched.environment.name.clone()));
        }
    }

    fn reload_due(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.load_where(|state| state.reload_due.is_some_and(|due| due <= now.elapsed), effects);
    }

    /// Starts the polls that fell due: one for each key, however long the machine slept.
    fn start_due(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        for (fingerprint, key) in &mut self.keys {
            let Some((due, reason)) = key.due else {
                continue;
            };
            let held_back = self.paused && is_timed(reason);
            if due > now.elapsed || key.in_flight.is_some() || held_back {
                continue;
            }
            key.plan(due, reason, &self.polling, now.elapsed);
            if key.due.is_some_and(|(due, _)| due > now.elapsed) {
                continue;
            }
            self.sequence += 1;
            key.in_flight = Some(self.sequence);
            key.ledger.enter(now.elapsed);
            let calls_per_day = key.calls_per_day(reason, &self.polling);
            effects.push(Effect::Poll { fingerprint: *fingerprint, sequence: self.sequence, calls_per_day });
        }
    }

    fn forget_unheld_keys(&mut self) {
        let environments = &self.environments;
        self.keys
            .retain(|fingerprint, _| environments.iter().any(|state| state.slot.fingerprint() == Some(*fingerprint)));
    }

    /// The most cautious reserve of the environments that hold a key.
    fn reserve_percent(&self, fingerprint: Fingerprint) -> f64 {
        let holders = self.environments.iter().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        holders.map(|state| state.watched.thresholds.daily_reserve_percent).fold(0.0, f64::max)
    }

    fn log_changes(&mut self, now: &Now) {
        let overview = self.overview(now);
        self.log.observe(&overview, now);
    }
}
