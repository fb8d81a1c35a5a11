//! The state, and how events change it.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::alerts::AlertSet;
use super::connectivity;
use super::effect::Effect;
use super::events::{EventLog, Gaps, sample_changes};
use super::forecast::Forecasts;
use super::input::{HeldKey, HeldRotation, Input, KeyHistory, PollOutcome};
use super::key_source;
use super::polling::delays;
use super::polling::key::{KeyState, Keys};
use super::refusals::Refusals;
use super::rotation::{self, RotationWatch};
use super::settings::{MonitorSettings, Polling, WatchedEnvironment};
use super::snapshot::PollReason;
use super::usage::{Usage, UsageInput};
use crate::domain::account::Account;
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyErrorKind, PollErrorKind};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry};
use crate::domain::rotation::RotationError;
use crate::domain::sample::{CreditsPoint, Sample};
use crate::domain::status::{Severity, Status};
use crate::domain::time::{Elapsed, Now};

/// How more environments than these stand is compared with what was told no more often than each
/// [`OBSERVATION_GAP`], for that is much work.
const OBSERVED_AT_ONCE: usize = 50;
const OBSERVATION_GAP: SignedDuration = SignedDuration::from_secs(1);

/// All that is known, and the rules by which it changes.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The environments in the order of the screen.
    pub environments: Vec<EnvironmentState>,
    /// What is known of each key in use.
    pub keys: Keys,
    /// How often to poll.
    pub polling: Polling,
    /// Whether the operator paused timed polls.
    pub paused: bool,
    /// Why nothing can be stored.
    pub history_error: Option<HistoryErrorDetails>,
    /// What happened.
    pub log: EventLog,
    /// The usage scans.
    pub(super) usage: Usage,
    /// What is told to those who don't look at the screen.
    pub alerts: AlertSet,
    pub(super) operator: String,
    pub(super) refusals: Refusals,
    pub(super) forecasts: Forecasts,
    max_age: Option<SignedDuration>,
    first: PollReason,
    pub(super) sequence: u64,
    /// The last moment that was heard of, and what was to be done first after it, on the elapsed clock.
    last_step: Option<(Now, Option<Elapsed>)>,
    /// From when on how everything stands may be compared again with what was told, on the elapsed clock.
    pub(super) observable_from: Elapsed,
    /// Whether something happened since it was compared.
    pub(super) is_unobserved: bool,
    pub(super) random: fastrand::Rng,
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
    /// With which patience they are asked, or were asked last.
    pub patience: KeyReadTimeout,
    /// Whether the operator asked for its key while they were asked without much patience.
    pub is_awaited: bool,
    /// How often in a row its command brought no key.
    pub command_failures: u32,
    /// When its sources are asked again, on the elapsed clock.
    pub reload_due: Option<Elapsed>,
    /// When its sources answered last, on the elapsed clock.
    pub loaded_at: Option<Elapsed>,
    /// The rotation of its key under way.
    pub(super) rotation: RotationWatch,
    /// The account that the key before answered for, until the key in use has answered.
    pub account_before: Option<Account>,
}

/// What is known of an environment's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// The sources have not answered yet.
    NotLoaded,
    /// The key is in memory; with the trouble that its source had since, if any.
    Held(HeldKey, Option<KeyError>),
    /// There is none to be had, and why.
    Empty(KeyError),
}

impl KeySlot {
    /// What may be told of the key in memory.
    #[must_use]
    pub fn identity(&self) -> Option<&KeyIdentity> {
        match self {
            Self::Held(held, _) => Some(&held.identity),
            _ => None,
        }
    }

    /// The key in memory.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.identity().map(|identity| identity.fingerprint)
    }
}

/// The state of a key that is held from now on. What the history knows of it is asked for if it is new.
fn hold<'a>(keys: &'a mut Keys, fingerprint: Fingerprint, effects: &mut Vec<Effect>) -> &'a mut KeyState {
    keys.entry(fingerprint).or_insert_with(|| {
        effects.push(Effect::LoadKeyHistory(fingerprint));
        KeyState::default()
    })
}

impl EnvironmentState {
    fn new(watched: WatchedEnvironment) -> Self {
        Self {
            watched,
            slot: KeySlot::NotLoaded,
            loading: false,
            patience: KeyReadTimeout::Poll,
            is_awaited: false,
            command_failures: 0,
            reload_due: None,
            loaded_at: None,
            rotation: RotationWatch::None,
            account_before: None,
        }
    }

    /// The old key that is watched for the environment.
    pub(super) fn old_key(&self) -> Option<Fingerprint> {
        self.rotation.old_key()
    }

    /// True when a key is polled for the environment.
    pub(super) fn polls_with(&self, fingerprint: Fingerprint) -> bool {
        self.slot.fingerprint() == Some(fingerprint) || self.old_key() == Some(fingerprint)
    }

    /// Whether a change in the key store may concern its key.
    fn may_be_in_store(&self) -> bool {
        match &self.slot {
            KeySlot::Held(held, _) => matches!(held.source, KeySource::Store(_)),
            KeySlot::Empty(_) => true,
            KeySlot::NotLoaded => false,
        }
    }
}

impl Monitor {
    /// A monitor that knows nothing yet. Send it [`Input::Started`].
    #[must_use]
    pub fn new(settings: MonitorSettings) -> Self {
        let alerts = AlertSet::new(settings.alerts, settings.environments.clone(), settings.unwatched);
        let environments = settings.environments.into_iter().map(EnvironmentState::new).collect();
        Self {
            environments,
            keys: Keys::new(),
            polling: settings.polling,
            paused: false,
            history_error: None,
            log: EventLog::default(),
            usage: Usage::default(),
            alerts,
            operator: settings.operator,
            refusals: Refusals::default(),
            forecasts: Forecasts::default(),
            max_age: settings.max_age,
            first: PollReason::First,
            sequence: 0,
            last_step: None,
            observable_from: Elapsed::MIN,
            is_unobserved: false,
            random: fastrand::Rng::with_seed(settings.seed),
        }
    }

    /// The same for a person who asks: the first polls are no timed ones.
    #[must_use]
    pub fn asked(self) -> Self {
        Self { first: PollReason::Refresh, ..self }
    }

    /// Takes in what happened and answers what is to be done.
    pub fn handle(&mut self, event: Input, now: &Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some((before, due)) = self.last_step.take() {
            let gaps = Gaps::between(&before, due, now);
            if let Some(by) = gaps.clock_set {
                self.keys.values_mut().for_each(|key| key.clock_was_set(by));
            }
            gaps.facts().for_each(|fact| self.log.log(None, Severity::Warning, fact, now));
        }
        let was_cut_off = connectivity::is_unreachable(&self.keys);
        match event {
            Input::Started => {
                effects.push(Effect::LoadEvents);
                self.load_where(|_| true, KeyReadTimeout::Poll, &mut effects);
                effects.push(Effect::LoadAlerts);
            }
            Input::Ticked => {}
            Input::KeyLoaded { environment, outcome } => self.key_loaded(&environment, outcome, now, &mut effects),
            Input::KeyStoreChanged => {
                self.load_where(EnvironmentState::may_be_in_store, KeyReadTimeout::Poll, &mut effects);
            }
            Input::RotationLoaded { environment, outcome } => {
                self.rotation_loaded(&environment, outcome, now, &mut effects);
            }
            Input::KeyHistoryLoaded { fingerprint, history: memory } => {
                self.key_history_loaded(fingerprint, memory, now, &mut effects);
            }
            Input::BalancesLoaded { fingerprint, points } => self.balances_loaded(fingerprint, points, now),
            Input::Polled { fingerprint, sequence, outcome, calls, known } => {
                self.catch_up(fingerprint, sequence, known, now, &mut effects);
                if let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| key.in_flight == Some(sequence)) {
                    key.in_flight = None;
                    match (&calls, &outcome) {
                        (Some(calls), _) => key.request_log.replace(calls, now),
                        (None, PollOutcome::Failed(failure)) if !failure.counts => key.request_log.remove_last(),
                        (None, PollOutcome::NoRequestLog | PollOutcome::PermitDenied(_)) => {
                            key.request_log.remove_last();
                        }
                        (None, _) => {}
                    }
                    let asked_at = key.asked_at.unwrap_or(now.elapsed);
                    if let Some(observation) = rotation::observation(fingerprint, asked_at, &outcome, now) {
                        self.environments.iter_mut().for_each(|state| state.rotation.add_evidence(observation));
                    }
                    self.polled(fingerprint, outcome, now, &mut effects);
                }
            }
            Input::EventsLoaded(entries) => self.events_loaded(entries),
            Input::HistoryReported(trouble) => self.history_error = trouble,
            Input::SinkReported(sink, failure) => self.log.sink_reported(sink, failure, now),
            Input::RefreshRequested(name) => {
                self.refresh(|state| state.watched.environment.name == name, now, &mut effects);
            }
            Input::RefreshAllRequested => self.refresh(|_| true, now, &mut effects),
            Input::RotationSnoozed(name) => self.snooze_rotation(&name, now, &mut effects),
            Input::PauseToggled => self.paused = !self.paused,
            Input::Usage(event) => self.handle_usage(event, now, &mut effects),
            Input::AlertsLoaded(records) => {
                self.alerts.loaded(records, now);
            }
            Input::AlertStored { record, settlement } => self.alerts.stored(&record, settlement, now),
            Input::AlertsAcknowledged(name) => self.acknowledge_alerts(&name, now),
        }
        if was_cut_off && !connectivity::is_unreachable(&self.keys) {
            self.retry_after_outage(now, &mut effects);
        }
        self.reload_due(now, &mut effects);
        let is_asked = self.is_each_key_known();
        let rotations = self.environments.iter().map(|state| (&state.rotation, state.slot.fingerprint()));
        let probes = rotation::revocation_probes(rotations, &self.keys, now);
        self.plan_probes(probes, now);
        let probes = self.refusals.probes(&mut self.keys, is_asked, now);
        self.plan_probes(probes, now);
        let probe = connectivity::probe(&self.keys).map(|key| (key, now.elapsed));
        self.plan_probes(probe, now);
        self.start_due(now, &mut effects);
        let looked_at = self.usage.opened().and_then(|name| {
            self.environments.iter().find(|state| state.watched.environment.name == *name)?.slot.fingerprint()
        });
        let planning = (&self.polling, self.paused);
        effects.extend(self.usage.step(looked_at, &mut self.keys, &mut self.sequence, planning, now));
        let dead = self.environments.iter_mut().filter_map(|state| state.rotation.end(&self.keys));
        effects.extend(dead.map(|dead| Effect::EraseRevokedKey(Box::new(dead))));
        self.log_and_alert(now, &mut effects);
        let unstored = self.log.take_unstored();
        if !unstored.is_empty() {
            effects.push(Effect::StoreEvents(unstored));
        }
        self.last_step = Some((*now, self.next_wake()));
        effects
    }

    /// When the next timed thing is to be done: send [`Input::Ticked`] then.
    #[must_use]
    pub fn next_wake(&self) -> Option<Elapsed> {
        let idle = || self.keys.iter().filter(|(name, key)| key.in_flight.is_none() && !self.usage.is_asking(**name));
        let looks = idle().filter_map(|(name, _)| self.usage.due(*name));
        let polls = idle().filter_map(|(_, key)| key.due);
        let polls = polls.filter(|(_, reason)| !(self.paused && reason.is_timed())).map(|(due, _)| due);
        let reloads = self.environments.iter().filter_map(|state| state.reload_due);
        let alerts = self.alerts.due().into_iter().chain(self.is_unobserved.then_some(self.observable_from));
        let alerts = alerts.map(|due| due.max(self.observable_from));
        polls.chain(looks).chain(reloads).chain(alerts).min()
    }

    /// Whether each environment has had its first answer, or can't have one now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.environments.iter().all(|state| match &state.slot {
            KeySlot::NotLoaded => false,
            KeySlot::Empty(_) => !state.loading,
            KeySlot::Held(held, _) => self.keys.get(&held.identity.fingerprint).is_some_and(|key| {
                key.is_history_loaded && key.in_flight.is_none() && !key.is_confirming() && !key.awaits_first
            }),
        })
    }

    fn key_loaded(
        &mut self,
        environment: &EnvironmentName,
        outcome: Result<HeldKey, KeyError>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(state) = self.environments.iter_mut().find(|state| state.watched.environment.name == *environment)
        else {
            return;
        };
        state.loading = false;
        state.reload_due = None;
        state.loaded_at = Some(now.elapsed);
        let is_awaited = std::mem::take(&mut state.is_awaited);
        match outcome {
            Ok(held) => {
                state.command_failures = 0;
                let fingerprint = held.identity.fingerprint;
                let again =
                    if held.source == KeySource::Command { key_source::RELOAD_COMMAND } else { key_source::RELOAD };
                let before = state.slot.fingerprint().filter(|before| *before != fingerprint);
                let account = before.and_then(|before| self.keys.get(&before)).and_then(KeyState::account);
                state.account_before = account.cloned().or(state.account_before.take());
                state.slot = KeySlot::Held(held, None);
                let key = hold(&mut self.keys, fingerprint, effects);
                if matches!(key.status, Status::Invalid | Status::Revoked) {
                    // It may be replaced at any time.
                    state.reload_due = Some(now.elapsed + again);
                }
            }
            Err(failure) => {
                if failure.kind() == KeyErrorKind::Command {
                    state.command_failures = state.command_failures.saturating_add(1);
                }
                let again = key_source::reload_after(&failure, state.command_failures);
                state.reload_due = Some(now.elapsed + again);
                match &mut state.slot {
                    KeySlot::Held(_, trouble) if failure.kind() != KeyErrorKind::Missing => *trouble = Some(failure),
                    slot => *slot = KeySlot::Empty(failure),
                }
                if is_awaited {
                    self.load_where(
                        |state| state.watched.environment.name == *environment,
                        KeyReadTimeout::User,
                        effects,
                    );
                }
            }
        }
        self.forget_unheld_keys();
    }

    /// Takes over where the rotation of an environment's key stands.
    fn rotation_loaded(
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
        let fact = state.rotation.loaded(outcome, state.slot.identity());
        if let Some(fingerprint) = state.rotation.old_key() {
            hold(&mut self.keys, fingerprint, effects);
        }
        if let Some(fact) = fact {
            self.log_event(environment, Severity::Ok, fact, now);
        }
        self.forget_unheld_keys();
    }

    /// Puts off the reminder that the rotation of an environment's key is due soon.
    fn snooze_rotation(&mut self, environment: &EnvironmentName, now: &Now, effects: &mut Vec<Effect>) {
        let state = self.environments.iter().find(|state| state.watched.environment.name == *environment);
        let Some(fingerprint) = state.and_then(|state| state.slot.fingerprint()) else { return };
        let Some(key) = self.keys.get_mut(&fingerprint) else { return };
        let until = now.wall.saturating_add(rotation::SNOOZE).unwrap_or(now.wall);
        key.snoozed_until = Some(until);
        effects.push(Effect::StoreSnooze { fingerprint, until });
    }

    /// True when nothing more is to be learnt soon of the rotation of an environment's key.
    #[must_use]
    pub fn is_rotation_settled(&self, state: &EnvironmentState) -> bool {
        let is_loaded = !state.loading && state.slot != KeySlot::NotLoaded;
        is_loaded && state.rotation.is_settled(state.slot.fingerprint(), &self.keys)
    }

    fn add_remote_evidence(&mut self, key: Fingerprint, is_accepted: bool) {
        let is_refused = self.keys.get(&key).is_some_and(|key| key.refusals.is_some());
        for state in &mut self.environments {
            state.rotation.add_remote_evidence(key, is_accepted, is_refused);
        }
    }

    /// True when the sources of each environment's key have answered.
    pub(super) fn is_each_key_known(&self) -> bool {
        self.environments.iter().all(|state| state.slot != KeySlot::NotLoaded)
    }

    fn plan_probes(&mut self, probes: impl IntoIterator<Item = (Fingerprint, Elapsed)>, now: &Now) {
        for (fingerprint, due) in probes {
            if let Some(key) = self.keys.get_mut(&fingerprint) {
                key.plan(due, PollReason::Probe, &self.polling, now.elapsed);
            }
        }
    }

    /// Asks for the balances of a key in use, unless that was done a few minutes ago.
    fn ask_for_balances(&mut self, fingerprint: Fingerprint, now: &Now, effects: &mut Vec<Effect>) {
        let is_in_use = self.environments.iter().any(|state| state.slot.fingerprint() == Some(fingerprint));
        if is_in_use && self.forecasts.ask(fingerprint, now) {
            effects.push(Effect::LoadBalances(fingerprint));
        }
    }

    fn balances_loaded(&mut self, fingerprint: Fingerprint, points: Option<Vec<CreditsPoint>>, now: &Now) {
        let sample = self.keys.get(&fingerprint).and_then(|key| key.sample.as_ref());
        let Some((points, sample)) = points.zip(sample) else { return };
        let holders = self.environments.iter().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        let holders = holders.map(|state| (&state.watched.environment.name, state.watched.thresholds.reset_day));
        self.forecasts.loaded(fingerprint, points, sample, holders, now);
    }

    /// Logs what changed from one answer to the next. A forecast that it contradicts is made anew.
    fn log_sample_changes(
        &mut self,
        fingerprint: Fingerprint,
        before: &Sample,
        after: &Sample,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let facts = sample_changes::changes(&before.account, &after.account);
        if facts.iter().any(sample_changes::is_of_credits) {
            self.forecasts.invalidate(fingerprint);
            self.ask_for_balances(fingerprint, now, effects);
        }
        let holders = self.environments.iter().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        let holders: Vec<_> = holders.map(|state| state.watched.environment.clone()).collect();
        for fact in facts {
            let severity = if fact.kind() == EventKind::Plan { Severity::Warning } else { Severity::Ok };
            for environment in &holders {
                self.log.log(Some(environment.clone()), severity, fact.clone(), now);
            }
        }
    }

    /// Logs when the key that took the place of another answers for another account.
    fn compare_accounts(&mut self, fingerprint: Fingerprint, account: &Account, now: &Now) {
        for state in self.environments.iter_mut().filter(|state| state.slot.fingerprint() == Some(fingerprint)) {
            let before = state.account_before.take();
            if let Some(fact) = before.and_then(|before| sample_changes::other_account(&before, account)) {
                self.log.log(Some(state.watched.environment.clone()), Severity::Warning, fact, now);
            }
        }
    }

    fn handle_usage(&mut self, input: UsageInput, now: &Now, effects: &mut Vec<Effect>) {
        let (wanted, anomalies) = self.usage.handle(input, &mut self.keys, &self.polling, &mut self.random, now);
        effects.extend(wanted);
        let Some((fingerprint, anomalies)) = anomalies else { return };
        for state in self.environments.iter().filter(|state| state.polls_with(fingerprint)) {
            for anomaly in &anomalies {
                let fact = EventFact::Unusual(anomaly.clone());
                self.log.log(Some(state.watched.environment.clone()), Severity::Warning, fact, now);
            }
        }
    }

    /// Notes that the operator has seen the alerts of an environment and those of the machine.
    fn acknowledge_alerts(&mut self, environment: &EnvironmentName, now: &Now) {
        let by = self.operator.clone();
        for condition in self.alerts.acknowledge(environment, &by, now) {
            let fact = EventFact::Acknowledged { condition, by: by.clone() };
            if condition.is_of_all() {
                self.log.log(None, Severity::Ok, fact, now);
            } else {
                self.log_event(environment, Severity::Ok, fact, now);
            }
        }
    }

    /// Adds a line to the event log.
    fn log_event(&mut self, environment: &EnvironmentName, severity: Severity, fact: EventFact, now: &Now) {
        let state = self.environments.iter().find(|state| state.watched.environment.name == *environment);
        let environment = state.map(|state| state.watched.environment.clone());
        self.log.log(environment, severity, fact, now);
    }

    /// Takes over the lines of the event log that are about environments of this run, by the names that they have now.
    fn events_loaded(&mut self, entries: Vec<LogEntry>) {
        let watched = |name: &EnvironmentName| {
            let mut all = self.environments.iter().map(|state| &state.watched.environment);
            all.find(|environment| environment.name == *name).cloned()
        };
        let known = entries.into_iter().filter_map(|entry| match &entry.environment {
            None => Some(entry),
            Some(environment) => Some(LogEntry { environment: Some(watched(&environment.name)?), ..entry }),
        });
        let known = known.collect();
        self.log.load(known);
    }

    /// Compares how everything stands with what was told, unless that has to wait.
    fn log_and_alert(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.is_unobserved = now.elapsed < self.observable_from;
        if self.is_unobserved {
            return;
        }
        if self.environments.len() > OBSERVED_AT_ONCE {
            self.observable_from = now.elapsed + OBSERVATION_GAP;
        }
        let overview = self.snapshot(now);
        self.log.observe(&overview, now);
        let log = &self.log;
        effects.extend(self.alerts.step(&overview, |report| log.is_undecided(report, &overview, now), now));
    }

    fn key_history_loaded(
        &mut self,
        fingerprint: Fingerprint,
        memory: Result<KeyHistory, HistoryErrorDetails>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let memory = memory.unwrap_or_else(|trouble| {
            self.history_error = Some(trouble);
            KeyHistory::default()
        });
        self.refusals.set_other_keys(&memory.others, now);
        let waiting = self.keys.values().filter(|key| key.in_flight.is_some() || key.due.is_some()).count();
        let spread = delays::stagger(waiting, self.environments.len());
        if let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| !key.is_history_loaded) {
            key.load_history(memory, now, &self.polling, self.max_age, spread, self.first);
            if key.sample.is_some() {
                effects.push(Effect::LoadBalances(fingerprint));
            }
            let is_accepted = key.accepted;
            self.add_remote_evidence(fingerprint, is_accepted);
        }
    }

    fn polled(&mut self, fingerprint: Fingerprint, outcome: PollOutcome, now: &Now, effects: &mut Vec<Effect>) {
        if let PollOutcome::PermitDenied(memory) | PollOutcome::LeasedByOther { history: memory, .. } = &outcome {
            self.refusals.set_other_keys(&memory.others, now);
        }
        let reserve_percent = self.reserve_percent(fingerprint);
        let Some(key) = self.keys.get_mut(&fingerprint) else {
            return;
        };
        key.poll_ended();
        let before = key.sample.clone();
        match outcome {
            PollOutcome::Answered(sample) => {
                key.succeed((*sample).clone(), &self.polling, reserve_percent, now, &mut self.random);
                let account = sample.account.clone();
                let (others_use, look) = (key.others_use, key.verdict(now).backoff);
                effects.push(Effect::StoreSample { fingerprint, sample: sample.clone(), others_use, backoff: look });
                if let Some(before) = before {
                    self.log_sample_changes(fingerprint, &before, &sample, now, effects);
                }
                self.ask_for_balances(fingerprint, now, effects);
                self.compare_accounts(fingerprint, &account, now);
            }
            PollOutcome::Failed(failure) => {
                // What this process can't do by itself says nothing to others.
                let is_own = failure.kind() == PollErrorKind::Client;
                let refused = key.fail(failure, &self.polling, now, &mut self.random);
                if !is_own {
                    effects.push(Effect::StoreVerdict { fingerprint, verdict: Box::new(key.verdict(now)) });
                }
                if refused {
                    self.load_where(
                        |state| state.slot.fingerprint() == Some(fingerprint),
                        KeyReadTimeout::Poll,
                        effects,
                    );
                }
            }
            PollOutcome::PermitDenied(memory) => {
                let after = memory.sample.clone();
                let reason = key.due.map_or(PollReason::Interval, |(_, reason)| reason);
                let is_news = key.permit_denied(*memory, reason, &self.polling, now);
                self.taken_over(fingerprint, is_news, before.zip(after), now, effects);
            }
            PollOutcome::NoRequestLog => key.go_without_request_log(now.elapsed),
            PollOutcome::LeasedByOther { history: memory, until } => {
                let after = memory.sample.clone();
                let is_news = key.follow(*memory, until, &self.polling, reserve_percent, now, &mut self.random);
                self.taken_over(fingerprint, is_news, before.zip(after), now, effects);
            }
        }
    }

    /// Takes over what another process was answered before the call of a poll was made.
    fn catch_up(
        &mut self,
        fingerprint: Fingerprint,
        sequence: u64,
        known: Option<Box<KeyHistory>>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let key = self.keys.get_mut(&fingerprint).filter(|key| key.in_flight == Some(sequence));
        let Some((key, known)) = key.zip(known) else { return };
        let samples = key.sample.clone().zip(known.sample.clone());
        let others = known.others.clone();
        let is_news = key.catch_up(*known, now);
        self.refusals.set_other_keys(&others, now);
        self.taken_over(fingerprint, is_news, samples, now, effects);
    }

    fn taken_over(
        &mut self,
        fingerprint: Fingerprint,
        is_news: bool,
        samples: Option<(Sample, Sample)>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        self.add_remote_evidence(fingerprint, is_news);
        if !is_news {
            return;
        }
        if let Some((before, after)) = samples {
            self.log_sample_changes(fingerprint, &before, &after, now, effects);
        }
        self.ask_for_balances(fingerprint, now, effects);
    }

    fn refresh(&mut self, chosen: impl Fn(&EnvironmentState) -> bool, now: &Now, effects: &mut Vec<Effect>) {
        for state in self.environments.iter().filter(|state| chosen(state)) {
            for fingerprint in [state.slot.fingerprint(), state.old_key()].into_iter().flatten() {
                if let Some(key) = self.keys.get_mut(&fingerprint) {
                    key.refresh(&self.polling, now.elapsed);
                }
            }
        }
        self.load_where(chosen, KeyReadTimeout::User, effects);
    }

    /// What could not be reached while nothing could need not wait for its turn.
    fn retry_after_outage(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let count = self.keys.len();
        for (number, (fingerprint, key)) in (1..).zip(&mut self.keys) {
            if key.retry_after_outage(delays::stagger(number, count), &self.polling, now.elapsed) {
                let (fingerprint, standing) = (*fingerprint, Box::new(key.verdict(now)));
                effects.push(Effect::StoreVerdict { fingerprint, verdict: standing });
            }
        }
    }

    /// Asks the sources of some environments, each once at a time. What the operator asks for meanwhile is asked anew if
    /// that fails.
    fn load_where(
        &mut self,
        chosen: impl Fn(&EnvironmentState) -> bool,
        patience: KeyReadTimeout,
        effects: &mut Vec<Effect>,
    ) {
        for state in self.environments.iter_mut().filter(|state| chosen(state)) {
            if state.loading {
                state.is_awaited |= patience == KeyReadTimeout::User && state.patience == KeyReadTimeout::Poll;
            } else {
                (state.loading, state.patience) = (true, patience);
                state.reload_due = None;
                effects.push(Effect::LoadKey(state.watched.environment.name.clone(), patience));
            }
        }
    }

    fn reload_due(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.load_where(|state| state.reload_due.is_some_and(|due| due <= now.elapsed), KeyReadTimeout::Poll, effects);
    }

    /// Starts the polls that fell due: one for each key, however long the machine slept. The sources of these keys are
    /// asked again, for others may have stored another one; a command is spared that.
    fn start_due(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let mut polled = Vec::new();
        for (fingerprint, key) in &mut self.keys {
            let Some((due, reason)) = key.due else {
                continue;
            };
            let held_back = self.paused && reason.is_timed();
            if due > now.elapsed || key.in_flight.is_some() || self.usage.is_asking(*fingerprint) || held_back {
                continue;
            }
            key.plan(due, reason, &self.polling, now.elapsed);
            if key.due.is_some_and(|(due, _)| due > now.elapsed) {
                continue;
            }
            self.sequence += 1;
            key.in_flight = Some(self.sequence);
            key.asked_at = Some(now.elapsed);
            key.request_log.record(now.elapsed);
            key.spend_pause(reason, now.elapsed);
            let leave = key.permit_request(reason, &self.polling, now);
            effects.push(Effect::Poll { fingerprint: *fingerprint, sequence: self.sequence, permit: leave });
            polled.push(*fingerprint);
        }
        let is_stale = |loaded_at: Option<Elapsed>| {
            loaded_at.is_some_and(|loaded_at| now.elapsed - loaded_at >= key_source::RELOAD_GAP)
        };
        let may_have_changed = |state: &EnvironmentState| match &state.slot {
            // One with a trouble is asked again in its own time: asking may put a prompt before the user.
            KeySlot::Held(held, None) => {
                held.source != KeySource::Command && polled.contains(&held.identity.fingerprint)
            }
            _ => false,
        };
        self.load_where(|state| may_have_changed(state) && is_stale(state.loaded_at), KeyReadTimeout::Poll, effects);
    }

    pub(super) fn forget_unheld_keys(&mut self) {
        let keys = self.environments.iter().flat_map(|state| [state.slot.fingerprint(), state.old_key()]);
        let held: BTreeSet<_> = keys.flatten().collect();
        self.keys.retain(|fingerprint, _| held.contains(fingerprint));
        self.usage.retain(|fingerprint| held.contains(fingerprint));
        self.forecasts.retain(|fingerprint| held.contains(fingerprint));
    }

    /// The most cautious reserve of the environments that hold a key.
    fn reserve_percent(&self, fingerprint: Fingerprint) -> f64 {
        let holders = self.environments.iter().filter(|state| state.polls_with(fingerprint));
        holders.map(|state| state.watched.thresholds.daily_reserve_percent).fold(0.0, f64::max)
    }
}
