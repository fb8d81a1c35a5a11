//! The state, and how events change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;

use super::alerts::AlertSet;
use super::delays;
use super::effect::Effect;
use super::events::EventLog;
use super::input::{HeldKey, Input, KeyHistory, PollOutcome};
use super::key::{KeyState, is_timed};
use super::refusals::OtherKey;
use super::rotation::RotationState;
use super::settings::{MonitorSettings, Polling, WatchedEnvironment};
use super::snapshot::PollReason;
use super::usage::UsageScope;
use crate::domain::account::Account;
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyErrorKind, PollErrorKind};
use crate::domain::forecast::Forecast;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::sample::Sample;
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
    /// Why nothing can be stored.
    pub history_error: Option<HistoryErrorDetails>,
    /// What happened.
    pub log: EventLog,
    /// Whose activity is followed.
    pub(super) activity: UsageScope,
    /// What is told to those who don't look at the screen.
    pub alerts: AlertSet,
    pub(super) operator: String,
    /// How the keys fare that are none of this run's, as the history told last, on the elapsed clock.
    pub(super) other_keys: Vec<OtherKey<SignedDuration>>,
    max_age: Option<SignedDuration>,
    first: PollReason,
    pub(super) sequence: u64,
    /// The last moment that was heard of, and what was to be done first after it, on the elapsed clock.
    last_step: Option<(Now, Option<SignedDuration>)>,
    /// From when on how everything stands may be compared again with what was told, on the elapsed clock.
    pub(super) observable_from: SignedDuration,
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
    pub reload_due: Option<SignedDuration>,
    /// When its sources answered last, on the elapsed clock.
    pub loaded_at: Option<SignedDuration>,
    /// The rotation of its key under way.
    pub rotation: Option<RotationState>,
    /// The account that the key before answered for, until the key in use has answered.
    pub account_before: Option<Account>,
    /// What will become of the credits, as the balances of a key told.
    pub forecast: Option<(Fingerprint, Arc<Forecast>)>,
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
            rotation: None,
            account_before: None,
            forecast: None,
        }
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
            keys: BTreeMap::new(),
            polling: settings.polling,
            paused: false,
            history_error: None,
            log: EventLog::default(),
            activity: UsageScope::default(),
            alerts,
            operator: settings.operator,
            other_keys: Vec::new(),
            max_age: settings.max_age,
            first: PollReason::First,
            sequence: 0,
            last_step: None,
            observable_from: SignedDuration::MIN,
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
            self.log_gaps(&before, due, now);
        }
        let was_cut_off = self.is_unreachable();
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
                    self.add_evidence(fingerprint, asked_at, &outcome, now);
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
        if was_cut_off && !self.is_unreachable() {
            self.retry_after_outage(now, &mut effects);
        }
        self.reload_due(now, &mut effects);
        self.plan_revocation_probes(now);
        self.probe_refusals(now);
        self.probe_connectivity(now);
        self.start_due(now, &mut effects);
        self.start_usage_scans(now, &mut effects);
        self.end_rotations(&mut effects);
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
    pub fn next_wake(&self) -> Option<SignedDuration> {
        let idle = || self.keys.values().filter(|key| key.in_flight.is_none() && !key.usage.is_asking());
        let looks = idle().filter_map(|key| key.usage.due());
        let polls = idle().filter_map(|key| key.due);
        let polls = polls.filter(|(_, reason)| !(self.paused && is_timed(*reason))).map(|(due, _)| due);
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
                let again = if held.source == KeySource::Command { delays::RELOAD_COMMAND } else { delays::RELOAD };
                let before = state.slot.fingerprint().filter(|before| *before != fingerprint);
                let account = before.and_then(|before| self.keys.get(&before)).and_then(KeyState::account);
                state.account_before = account.cloned().or(state.account_before.take());
                state.slot = KeySlot::Held(held, None);
                let key = self.keys.entry(fingerprint).or_insert_with(|| {
                    effects.push(Effect::LoadKeyHistory(fingerprint));
                    KeyState::default()
                });
                if matches!(key.status, Status::Invalid | Status::Revoked) {
                    // It may be replaced at any time.
                    state.reload_due = Some(now.elapsed + again);
                }
            }
            Err(failure) => {
                let again = match failure.kind() {
                    KeyErrorKind::Command => {
                        state.command_failures = state.command_failures.saturating_add(1);
                        delays::reload_command(state.command_failures)
                    }
                    KeyErrorKind::Locked | KeyErrorKind::Dismissed => delays::RELOAD_LOCKED,
                    _ => delays::RELOAD,
                };
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
        self.set_other_keys(&memory.others, now);
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
            self.set_other_keys(&memory.others, now);
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
        self.set_other_keys(&others, now);
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
            let held_back = self.paused && is_timed(reason);
            if due > now.elapsed || key.in_flight.is_some() || key.usage.is_asking() || held_back {
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
        let is_stale = |loaded_at: Option<SignedDuration>| {
            loaded_at.is_some_and(|loaded_at| now.elapsed - loaded_at >= delays::RELOAD_GAP)
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
    }

    /// The most cautious reserve of the environments that hold a key.
    fn reserve_percent(&self, fingerprint: Fingerprint) -> f64 {
        let holders = self.environments.iter().filter(|state| state.polls_with(fingerprint));
        holders.map(|state| state.watched.thresholds.daily_reserve_percent).fold(0.0, f64::max)
    }
}
