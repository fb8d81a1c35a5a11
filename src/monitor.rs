//! Knowledge of the environments and their keys, and the decision when to ask again.
//!
//! A pure state machine: [`Monitor::handle`] takes an [`input`], lets the parts that it concerns change, and answers with
//! [`effect`]s as plain data. Its [`snapshot`] holds all that is known then. It knows no key, only fingerprints.

pub mod alerts;
mod connectivity;
pub mod effect;
pub mod environment;
pub mod events;
mod forecast;
pub mod input;
mod key_source;
mod observations;
pub mod polling;
mod probes;
pub mod refusals;
pub mod rotation;
mod scheduler;
pub mod settings;
pub mod snapshot;
mod snapshot_builder;
mod snapshot_cache;
mod tracked;
pub mod usage;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::account::Account;
use crate::domain::alert::AcknowledgementRequest;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::log_entry::LogEntry;
use crate::domain::rotation::RotationError;
use crate::domain::sample::Sample;
use crate::domain::status::Severity;
use crate::domain::time::{Elapsed, Now};
use alerts::{AcknowledgementChange, AlertSet};
use effect::Effect;
use environment::EnvironmentState;
use events::{EventLog, Gaps};
use forecast::Forecasts;
use input::{HeldRotation, Input, KeyHistory, PollOutcome};
use polling::reason::PollReason;
use refusals::Refusals;
use scheduler::{KeyNews, Scheduler};
use settings::{Mode, MonitorSettings};
use snapshot::Snapshot;
use snapshot_builder::Parts;
use snapshot_cache::SnapshotCache;
use usage::{Usage, UsageInput};

/// All that is known, in parts that know nothing of each other.
#[derive(Clone, Debug)]
pub struct Monitor {
    mode: Mode,
    scheduler: Scheduler,
    usage: Usage,
    refusals: Refusals,
    forecasts: Forecasts,
    log: EventLog,
    alerts: AlertSet,
    /// Reason why nothing can be stored.
    history_error: Option<HistoryErrorDetails>,
    /// Name under which alerts are acknowledged.
    operator: String,
    /// Age up to which a stored sample spares the first poll.
    max_age: Option<jiff::SignedDuration>,
    /// Reason of the first polls.
    first: PollReason,
    /// Moment of the last step, and what was due first after it.
    last_step: Option<(Now, Option<Elapsed>)>,
    /// All that was known after it.
    latest: SnapshotCache,
}

impl Monitor {
    /// A monitor that knows nothing yet. Send it [`Input::Started`].
    #[must_use]
    pub fn new(settings: MonitorSettings, now: &Now) -> Self {
        let mut monitor = Self {
            mode: settings.mode,
            scheduler: Scheduler::new(&settings),
            usage: Usage::default(),
            refusals: Refusals::default(),
            forecasts: Forecasts::default(),
            log: EventLog::default(),
            alerts: AlertSet::new(settings.alerts, settings.environments, settings.unwatched),
            history_error: None,
            operator: settings.operator,
            max_age: settings.max_age,
            first: PollReason::First,
            last_step: None,
            latest: SnapshotCache::new(now),
        };
        monitor.update_snapshot(now);
        monitor
    }

    /// The same for a person who asks: the first polls are no timed ones.
    #[must_use]
    pub fn asked(self) -> Self {
        Self { first: PollReason::Refresh, ..self }
    }

    /// All that was known after the last step.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(self.latest.get())
    }

    /// Lines of the event log, newest last.
    #[must_use]
    pub fn events(&self) -> &[LogEntry] {
        self.log.entries()
    }

    /// True for a key that is in use, or watched until it is dead.
    #[must_use]
    pub fn holds(&self, key: Fingerprint) -> bool {
        self.scheduler.keys.contains_key(&key)
    }

    /// Newest sample of a key.
    #[must_use]
    pub fn sample(&self, key: Fingerprint) -> Option<&Sample> {
        self.scheduler.keys.get(&key)?.sample.as_ref()
    }

    /// True once each environment has had its first answer, or can't have one now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.scheduler.is_settled()
    }

    /// True once nothing more is to be learnt soon of any rotation.
    #[must_use]
    pub fn are_rotations_settled(&self) -> bool {
        self.scheduler.are_rotations_settled()
    }

    /// True once each key has been polled in this run.
    #[must_use]
    pub fn has_polled_each_key(&self) -> bool {
        self.scheduler.keys.values().all(|key| key.asked_at.is_some())
    }

    /// True while no lookup, no history and no poll is awaited.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let looked_up = self.scheduler.environments.iter().all(|state| !state.is_loading() && state.is_loaded());
        looked_up && self.scheduler.keys.values().all(|key| key.is_history_loaded && key.in_flight.is_none())
    }

    /// True where a key waits for a place to count calls in.
    #[must_use]
    pub fn lacks_request_log(&self) -> bool {
        self.scheduler.keys.values().any(|key| matches!(key.due, Some((_, PollReason::NoRequestLog))))
    }

    /// Time of the next thing to do: send [`Input::Ticked`] then.
    #[must_use]
    pub fn next_wake(&self) -> Option<Elapsed> {
        let scheduled = self.scheduler.next_wake(|key| self.usage.is_asking(key));
        [scheduled, self.usage.next_wake(&self.scheduler.keys), self.alerts.due()].into_iter().flatten().min()
    }

    /// Takes an input in, and answers with what is to be done.
    pub fn handle(&mut self, input: Input, now: &Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.note_gaps(now);
        let was_unreachable = connectivity::is_unreachable(&self.scheduler.keys);
        self.route(input, now, &mut effects);
        if was_unreachable && !connectivity::is_unreachable(&self.scheduler.keys) {
            self.scheduler.retry_after_outage(now, &mut effects);
        }
        self.scheduler.look_up_due(now, &mut effects);
        probes::plan(&mut self.scheduler, &self.refusals, now);
        self.scheduler.start_polls(|key| self.usage.is_asking(key), now, &mut effects);
        effects.extend(self.usage.step(&mut self.scheduler, now));
        if self.mode.ends_rotations() {
            let revoked = self.scheduler.end_rotations();
            effects.extend(revoked.map(|key| Effect::EraseRevokedKey(Box::new(key))));
        }
        self.conclude(now, &mut effects);
        let unstored = self.log.take_unstored();
        if self.mode.logs_events() && !unstored.is_empty() {
            effects.push(Effect::StoreEvents(unstored));
        }
        self.last_step = Some((*now, self.next_wake()));
        effects
    }

    fn route(&mut self, input: Input, now: &Now, effects: &mut Vec<Effect>) {
        match input {
            Input::Started => {
                effects.extend(self.mode.logs_events().then_some(Effect::LoadEvents));
                self.scheduler.look_up(|_| true, KeyReadTimeout::Poll, effects);
                effects.extend(self.mode.raises_alerts().then_some(Effect::LoadAlerts));
            }
            Input::Ticked => {}
            Input::KeyLoaded { environment, outcome } => {
                if self.scheduler.key_loaded(&environment, outcome, now, effects) {
                    self.release_unheld();
                }
            }
            Input::KeyStoreChanged => {
                self.scheduler.look_up(EnvironmentState::may_be_in_store, KeyReadTimeout::Poll, effects);
            }
            Input::RotationLoaded { environment, outcome } => self.rotation_loaded(&environment, outcome, now, effects),
            Input::KeyHistoryLoaded { fingerprint, history } => {
                self.key_history_loaded(fingerprint, history, now, effects);
            }
            Input::BalancesLoaded { fingerprint, points } => {
                self.forecasts.loaded(fingerprint, points, &mut self.scheduler, now);
            }
            Input::Polled { fingerprint, sequence, outcome, calls, known } => {
                self.catch_up(fingerprint, sequence, known, now, effects);
                let key = self.scheduler.keys.get_mut(&fingerprint);
                if let Some(asked_at) = key.and_then(|key| key.call_ended(sequence, &outcome, calls.as_deref(), now)) {
                    if let Some(observation) = rotation::observation(fingerprint, asked_at, &outcome, now) {
                        self.scheduler.add_evidence(observation);
                    }
                    self.polled(fingerprint, outcome, now, effects);
                }
            }
            Input::EventsLoaded(entries) => {
                let environments = self.scheduler.environments.iter().map(|state| &state.watched.environment);
                self.log.load(entries, environments);
                self.latest.expire();
            }
            Input::HistoryReported(error) => self.history_error = error,
            Input::SinkReported(sink, error) => self.log.sink_reported(sink, error, now),
            Input::RefreshRequested(name) => self.scheduler.refresh(|state| *state.name() == name, now, effects),
            Input::RefreshAllRequested => self.scheduler.refresh(|_| true, now, effects),
            Input::RotationSnoozed(name) => effects.extend(self.scheduler.snooze_rotation(&name, now)),
            Input::PauseToggled => self.scheduler.paused = !self.scheduler.paused,
            Input::Usage(input) => self.handle_usage(input, now, effects),
            Input::AlertsLoaded(records) => {
                self.alerts.loaded(records, now);
                self.latest.expire();
            }
            Input::AlertStored { record, settlement } => self.alerts.stored(&record, settlement, now),
            Input::AcknowledgementRequested(name, request) => self.acknowledge_alerts(&name, request, now),
        }
    }

    fn note_gaps(&mut self, now: &Now) {
        let Some((before, due)) = self.last_step.take() else { return };
        let gaps = Gaps::between(&before, due, now);
        if let Some(by) = gaps.clock_set {
            self.scheduler.keys.values_mut().for_each(|key| key.clock_was_set(by));
        }
        gaps.facts().for_each(|fact| self.log.log(None, Severity::Warning, fact, now));
    }

    fn handle_usage(&mut self, input: UsageInput, now: &Now, effects: &mut Vec<Effect>) {
        let Scheduler { keys, polling, random, .. } = &mut self.scheduler;
        let (wanted, anomalies) = self.usage.handle(input, keys, polling, random, now);
        effects.extend(wanted);
        let Some((fingerprint, anomalies)) = anomalies else { return };
        for state in self.scheduler.environments.iter().filter(|state| state.polls_with(fingerprint)) {
            self.log.log_anomalies(&state.watched.environment, &anomalies, now);
        }
    }

    fn rotation_loaded(
        &mut self,
        environment: &EnvironmentName,
        outcome: Result<Option<HeldRotation>, RotationError>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(state) = self.scheduler.environment_mut(environment) else { return };
        let before = state.old_key();
        let fact = state.rotation_loaded(outcome);
        let about = Some(state.watched.environment.clone());
        let old = state.old_key();
        if let Some(old) = old {
            self.scheduler.hold(old, effects);
        }
        if let Some(fact) = fact {
            self.log.log(about, Severity::Ok, fact, now);
        }
        if old != before {
            self.release_unheld();
        }
    }

    fn release_unheld(&mut self) {
        let held = self.scheduler.release_unheld();
        self.usage.retain(|key| held.contains(key));
        self.forecasts.retain(|key| held.contains(key));
    }

    fn key_history_loaded(
        &mut self,
        fingerprint: Fingerprint,
        history: Result<KeyHistory, HistoryErrorDetails>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let history = history.unwrap_or_else(|error| {
            self.history_error = Some(error);
            KeyHistory::default()
        });
        self.refusals.set_other_keys(&history.others, now);
        let first = (self.max_age, self.first);
        self.scheduler.key_history_loaded(fingerprint, history, first, now, effects);
    }

    fn polled(&mut self, fingerprint: Fingerprint, outcome: PollOutcome, now: &Now, effects: &mut Vec<Effect>) {
        if let Some(history) = outcome.history() {
            self.refusals.set_other_keys(&history.others, now);
        }
        let is_answer = matches!(outcome, PollOutcome::Answered(_));
        let Some(news) = self.scheduler.polled(fingerprint, outcome, now, effects) else { return };
        self.log_news(fingerprint, &news, now, effects);
        if let Some(account) = self.account(fingerprint).filter(|_| is_answer) {
            let users = self.scheduler.environments.iter_mut().filter(|one| one.key_in_use() == Some(fingerprint));
            users.for_each(|state| {
                let before = state.account_before.take();
                self.log.log_other_account(&state.watched.environment, before.as_ref(), &account, now);
            });
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
        let is_awaited = self.scheduler.keys.get(&fingerprint).is_some_and(|key| key.in_flight == Some(sequence));
        let Some(known) = known.filter(|_| is_awaited) else { return };
        self.refusals.set_other_keys(&known.others, now);
        if let Some(news) = self.scheduler.catch_up(fingerprint, *known, now) {
            self.log_news(fingerprint, &news, now, effects);
        }
    }

    /// Logs what a new answer, whoever asked, changed. A forecast that it contradicts is made anew.
    fn log_news(&mut self, fingerprint: Fingerprint, news: &KeyNews, now: &Now, effects: &mut Vec<Effect>) {
        if let Some((before, after)) = news.before.as_ref().zip(self.account(fingerprint)) {
            let users = self.scheduler.users_of(fingerprint).map(|state| &state.watched.environment);
            if self.log.log_changes(&users.collect::<Vec<_>>(), before, &after, now) {
                self.forecasts.invalidate(fingerprint);
            }
        }
        self.ask_for_balances(fingerprint, now, effects);
    }

    fn account(&self, fingerprint: Fingerprint) -> Option<Account> {
        self.sample(fingerprint).map(|sample| sample.account.clone())
    }

    /// Asks for the balances of a key in use, unless that was done a few minutes ago.
    fn ask_for_balances(&mut self, fingerprint: Fingerprint, now: &Now, effects: &mut Vec<Effect>) {
        let is_in_use = self.scheduler.users_of(fingerprint).next().is_some();
        if is_in_use && self.forecasts.ask(fingerprint, now) {
            effects.push(Effect::LoadBalances(fingerprint));
        }
    }

    /// Notes who has seen the alerts of an environment and those of the machine.
    fn acknowledge_alerts(&mut self, environment: &EnvironmentName, request: AcknowledgementRequest, now: &Now) {
        let about = self.scheduler.environment(environment).map(|state| state.watched.environment.clone());
        let change = AcknowledgementChange::new(request, &self.operator, now);
        for condition in self.alerts.acknowledge(environment, &change, now) {
            let about = about.clone().filter(|_| !condition.is_of_all());
            self.log.log(about, Severity::Ok, change.fact(condition), now);
        }
    }

    /// Brings the snapshot up to date, and lets the event log and the alerts see what changed.
    fn conclude(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let places = self.update_snapshot(now);
        let snapshot = self.latest.get();
        self.log.observe(snapshot, &places, now);
        let log = &self.log;
        effects.extend(self.alerts.step(snapshot, &places, |one| log.is_undecided(one, snapshot, now), now));
        self.alerts.show(self.latest.get_mut(), &places);
    }

    fn update_snapshot(&mut self, now: &Now) -> Vec<usize> {
        let mut touched = self.scheduler.take_touched();
        touched.environments.extend(self.alerts.due_places(now));
        let Self { scheduler, usage, refusals, forecasts, history_error, .. } = self;
        let parts = Parts { scheduler, usage, refusals, forecasts, history_error: history_error.as_ref() };
        self.latest.update(&parts, touched, now)
    }
}
