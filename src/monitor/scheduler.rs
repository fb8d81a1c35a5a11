//! Scheduler: which key is looked up and polled when, for all environments.

use std::collections::BTreeSet;
use std::ops::Deref;

use jiff::SignedDuration;

use super::effect::Effect;
use super::environment::{EnvironmentState, KeySlot};
use super::input::{HeldKey, KeyHistory, PollOutcome};
use super::polling::delays;
use super::polling::key::{KeyState, KeyStates};
use super::polling::permit::PermitRequest;
use super::polling::reason::PollReason;
use super::rotation;
use super::settings::{Mode, MonitorSettings, Polling};
use super::tracked::Tracked;
use crate::domain::account::Account;
use crate::domain::api_key::{Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, PollErrorKind};
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::rotation::{KeyObservation, RevokedKey};
use crate::domain::status::Status;
use crate::domain::time::{Elapsed, Now};

/// News of a key: an answer of the service, to whichever process.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyNews {
    /// Account as it was known before; `None` where the key had no answer yet.
    pub before: Option<Account>,
}

/// Environments and keys that were touched since the last snapshot.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Places of environments in the order of the screen.
    pub environments: BTreeSet<usize>,
    /// Keys.
    pub keys: BTreeSet<Fingerprint>,
}

/// Environments with their keys, and the plan of their lookups and polls.
#[derive(Clone, Debug)]
pub struct Scheduler {
    mode: Mode,
    /// Environments, in the order of the screen.
    pub environments: Vec<Tracked<EnvironmentState>>,
    /// Keys in use, and old keys that are watched.
    pub keys: KeyStates,
    /// Interval of polls, and share of the limits.
    pub polling: Polling,
    /// True while the operator has paused timed polls.
    pub paused: bool,
    /// Number of the last call.
    pub sequence: u64,
    /// Source of the jitter of waits.
    pub random: fastrand::Rng,
}

impl Scheduler {
    /// Scheduler that knows no key yet.
    #[must_use]
    pub fn new(settings: &MonitorSettings) -> Self {
        Self {
            mode: settings.mode,
            environments: settings.environments.iter().cloned().map(|one| EnvironmentState::new(one).into()).collect(),
            keys: KeyStates::new(),
            polling: settings.polling,
            paused: false,
            sequence: 0,
            random: fastrand::Rng::with_seed(settings.seed),
        }
    }

    /// Environment of a name.
    #[must_use]
    pub fn environment(&self, name: &EnvironmentName) -> Option<&EnvironmentState> {
        self.environments.iter().map(Deref::deref).find(|state| state.name() == name)
    }

    /// Environment of a name, to be changed.
    pub fn environment_mut(&mut self, name: &EnvironmentName) -> Option<&mut Tracked<EnvironmentState>> {
        self.environments.iter_mut().find(|state| state.name() == name)
    }

    /// Environments that use a key.
    pub fn users_of(&self, key: Fingerprint) -> impl Iterator<Item = &EnvironmentState> {
        self.environments.iter().map(Deref::deref).filter(move |state| state.key_in_use() == Some(key))
    }

    /// True once the sources of each environment's key have answered.
    #[must_use]
    pub fn is_each_key_known(&self) -> bool {
        self.environments.iter().all(|state| state.is_loaded())
    }

    /// True once each environment has had its first answer, or can't have one now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.environments.iter().all(|state| match state.slot() {
            KeySlot::NotLoaded => false,
            KeySlot::Empty(_) => !state.is_loading(),
            KeySlot::Held(held, _) => self.keys.get(&held.identity.fingerprint).is_some_and(|key| {
                key.is_history_loaded && key.in_flight.is_none() && !key.is_confirming() && !key.awaits_first
            }),
        })
    }

    /// True once nothing more is to be learnt soon of any environment's rotation.
    #[must_use]
    pub fn are_rotations_settled(&self) -> bool {
        self.environments.iter().all(|state| {
            !state.is_loading() && state.is_loaded() && state.rotation.is_settled(state.key_in_use(), &self.keys)
        })
    }

    /// Time of the next lookup or poll. A key whose usage is being read, by `is_asking`, is not polled.
    #[must_use]
    pub fn next_wake(&self, is_asking: impl Fn(Fingerprint) -> bool) -> Option<Elapsed> {
        let idle = self.keys.iter().filter(|(name, key)| key.in_flight.is_none() && !is_asking(**name));
        let due = idle.filter_map(|(_, key)| key.due);
        let polls = due.filter(|(_, reason)| !self.holds_back(*reason)).map(|(due, _)| due);
        polls.chain(self.environments.iter().filter_map(|state| state.due())).min()
    }

    fn holds_back(&self, reason: PollReason) -> bool {
        self.paused && reason.is_timed()
    }

    /// Looks the keys of some environments up.
    pub fn look_up(
        &mut self,
        chosen: impl Fn(&EnvironmentState) -> bool,
        timeout: KeyReadTimeout,
        effects: &mut Vec<Effect>,
    ) {
        let chosen = self.environments.iter_mut().filter(|state| chosen(state));
        effects.extend(chosen.filter_map(|state| state.load(timeout)));
    }

    /// Looks up what is due.
    pub fn look_up_due(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.look_up(|state| state.due().is_some_and(|due| due <= now.elapsed), KeyReadTimeout::Poll, effects);
    }

    /// Takes in the end of a lookup; true where another key is in use from now on, or none.
    pub fn key_loaded(
        &mut self,
        environment: &EnvironmentName,
        outcome: Result<HeldKey, KeyError>,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(state) = self.environments.iter_mut().find(|state| state.name() == environment) else { return false };
        let key = outcome.as_ref().ok().map(|held| held.identity.fingerprint);
        let is_observed = outcome.as_ref().is_ok_and(|held| held.source == KeySource::OtherProcess);
        let known = key.and_then(|key| self.keys.get(&key));
        let is_refused = known.is_some_and(|key| matches!(key.status, Status::Invalid | Status::Revoked));
        let before = state.key_in_use();
        let replaced = before.filter(|before| key.is_some_and(|key| key != *before));
        let account = replaced.and_then(|before| self.keys.get(&before)).and_then(|key| key.account()).cloned();
        let is_awaited = state.loaded(outcome, is_refused, account, now);
        let is_other = state.key_in_use() != before;
        if let Some(key) = key {
            self.hold(key, effects);
            if let Some(key) = self.keys.get_mut(&key).filter(|key| key.is_observed != is_observed) {
                key.is_observed = is_observed;
            }
        }
        if is_awaited {
            self.look_up(|state| state.name() == environment, KeyReadTimeout::User, effects);
        }
        is_other
    }

    /// Holds a key from now on. What the history knows of it is asked for if it is new.
    pub fn hold(&mut self, key: Fingerprint, effects: &mut Vec<Effect>) {
        self.keys.entry(key).or_insert_with(|| {
            effects.push(Effect::LoadKeyHistory(key));
            KeyState::default().into()
        });
    }

    /// Environments, by their places, and keys that were touched since this was last asked.
    pub fn take_touched(&mut self) -> Touched {
        let environments =
            self.environments.iter_mut().enumerate().filter_map(|(place, one)| one.take_mark().then_some(place));
        let keys = self.keys.iter_mut().filter_map(|(name, key)| key.take_mark().then_some(*name));
        Touched { environments: environments.collect(), keys: keys.collect() }
    }

    /// Notes that something was learnt of a key that stands elsewhere.
    pub fn touch(&mut self, key: Fingerprint) {
        if let Some(key) = self.keys.get_mut(&key) {
            key.touch();
        }
    }

    /// Forgets the keys that no environment holds, and answers with those that are left.
    pub fn release_unheld(&mut self) -> BTreeSet<Fingerprint> {
        let keys = self.environments.iter().flat_map(|state| [state.key_in_use(), state.old_key()]);
        let held: BTreeSet<_> = keys.flatten().collect();
        self.keys.retain(|key, _| held.contains(key));
        held
    }

    /// Largest reserve, in percent, of the environments that a key is polled for.
    #[must_use]
    pub fn reserve_percent(&self, key: Fingerprint) -> f64 {
        let holders = self.environments.iter().filter(|state| state.polls_with(key));
        holders.map(|state| state.watched.thresholds.daily_reserve_percent).fold(0.0, f64::max)
    }

    /// Takes in what the history knows of a key, and plans its first poll with such a reason. A sample of at most an age
    /// spares that poll.
    pub fn key_history_loaded(
        &mut self,
        fingerprint: Fingerprint,
        history: KeyHistory,
        (max_age, first): (Option<SignedDuration>, PollReason),
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let waiting = self.keys.values().filter(|key| key.in_flight.is_some() || key.due.is_some()).count();
        let stagger = delays::stagger(waiting, self.environments.len());
        let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| !key.is_history_loaded) else { return };
        key.load_history(history, now, &self.polling, max_age, stagger, first);
        if key.sample.is_some() {
            effects.push(Effect::LoadBalances(fingerprint));
        }
        let is_accepted = key.accepted;
        self.add_remote_evidence(fingerprint, is_accepted);
    }

    /// Takes in the outcome of a poll, and answers with the news, if any.
    pub fn polled(
        &mut self,
        fingerprint: Fingerprint,
        outcome: PollOutcome,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) -> Option<KeyNews> {
        let reserve = self.reserve_percent(fingerprint);
        let key = self.keys.get_mut(&fingerprint)?;
        key.poll_ended();
        let news = KeyNews { before: key.account().cloned() };
        let (polling, random) = (&self.polling, &mut self.random);
        let is_news = match outcome {
            PollOutcome::Answered(sample) => {
                let stored = sample.clone();
                key.succeed(*sample, polling, reserve, now, random);
                let (others_use, backoff) = (key.others_use, key.verdict(now).backoff);
                effects.push(Effect::StoreSample { fingerprint, sample: stored, others_use, backoff });
                return Some(news);
            }
            PollOutcome::Failed(failure) => {
                // What this process can't do by itself says nothing to others.
                let is_own = failure.kind() == PollErrorKind::Client;
                let is_refused = key.fail(failure, polling, now, random);
                if !is_own {
                    effects.push(Effect::StoreVerdict { fingerprint, verdict: Box::new(key.verdict(now)) });
                }
                if is_refused {
                    self.look_up(|state| state.key_in_use() == Some(fingerprint), KeyReadTimeout::Poll, effects);
                }
                return None;
            }
            PollOutcome::NoRequestLog => {
                key.go_without_request_log(now.elapsed);
                return None;
            }
            PollOutcome::PermitDenied(history) => {
                let reason = key.due.map_or(PollReason::Interval, |(_, reason)| reason);
                key.permit_denied(*history, reason, polling, now)
            }
            PollOutcome::Observed { history, is_polled } => key.observe(*history, is_polled, polling, now),
            PollOutcome::LeasedByOther { history, until } => key.follow(*history, until, polling, reserve, now, random),
        };
        self.add_remote_evidence(fingerprint, is_news);
        is_news.then_some(news)
    }

    /// Takes over what another process was answered, and answers with the news, if any.
    pub fn catch_up(&mut self, fingerprint: Fingerprint, known: KeyHistory, now: &Now) -> Option<KeyNews> {
        let key = self.keys.get_mut(&fingerprint)?;
        let news = KeyNews { before: key.account().cloned() };
        let is_news = key.catch_up(known, now);
        self.add_remote_evidence(fingerprint, is_news);
        is_news.then_some(news)
    }

    /// Takes in what the service said of a key to this process.
    pub fn add_evidence(&mut self, observation: KeyObservation) {
        for state in self.environments.iter_mut().filter(|state| state.rotation.is_under_way()) {
            state.rotation.add_evidence(observation);
        }
    }

    /// Ends the rotations whose old key is dead, and answers with these keys.
    #[must_use = "iterators are lazy"]
    pub fn end_rotations(&mut self) -> impl Iterator<Item = RevokedKey> {
        let keys = &self.keys;
        self.environments.iter_mut().filter_map(|state| {
            let revoked = state.rotation.revoked_key(keys)?;
            state.rotation.end();
            Some(revoked)
        })
    }

    fn add_remote_evidence(&mut self, key: Fingerprint, is_accepted: bool) {
        let is_refused = self.keys.get(&key).is_some_and(|key| key.refusals.is_some());
        for state in self.environments.iter_mut().filter(|state| state.rotation.is_under_way()) {
            state.rotation.add_remote_evidence(key, is_accepted, is_refused);
        }
    }

    /// Puts off the reminder that the rotation of an environment's key is due soon.
    pub fn snooze_rotation(&mut self, environment: &EnvironmentName, now: &Now) -> Option<Effect> {
        let fingerprint = self.environment(environment)?.key_in_use()?;
        let until = now.wall.saturating_add(rotation::SNOOZE).unwrap_or(now.wall);
        self.keys.get_mut(&fingerprint)?.snoozed_until = Some(until);
        Some(Effect::StoreSnooze { fingerprint, until })
    }

    /// Polls and looks up what the operator wants news of.
    pub fn refresh(&mut self, chosen: impl Fn(&EnvironmentState) -> bool, now: &Now, effects: &mut Vec<Effect>) {
        for state in self.environments.iter().filter(|state| chosen(state)) {
            for key in [state.key_in_use(), state.old_key()].into_iter().flatten() {
                if let Some(key) = self.keys.get_mut(&key) {
                    key.refresh(&self.polling, now.elapsed);
                }
            }
        }
        self.look_up(chosen, KeyReadTimeout::User, effects);
    }

    /// Polls soon what could not be reached while nothing could.
    pub fn retry_after_outage(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let count = self.keys.len();
        for (number, (fingerprint, key)) in (1..).zip(&mut self.keys) {
            if key.retry_after_outage(delays::stagger(number, count), &self.polling, now.elapsed) {
                let (fingerprint, verdict) = (*fingerprint, Box::new(key.verdict(now)));
                effects.push(Effect::StoreVerdict { fingerprint, verdict });
            }
        }
    }

    /// Plans polls that look into something.
    pub fn plan_probes(&mut self, probes: impl IntoIterator<Item = (Fingerprint, Elapsed)>, now: &Now) {
        for (key, due) in probes {
            if let Some(key) = self.keys.get_mut(&key) {
                key.plan(due, PollReason::Probe, &self.polling, now.elapsed);
            }
        }
    }

    /// Starts the polls that fell due: one for each key, however long the machine slept, but none of a key whose usage is
    /// being read, by `is_asking`. The sources of these keys are asked again, for others may have stored another one.
    pub fn start_polls(&mut self, is_asking: impl Fn(Fingerprint) -> bool, now: &Now, effects: &mut Vec<Effect>) {
        let mut polled = Vec::new();
        let paused = self.paused;
        for (fingerprint, key) in &mut self.keys {
            let Some((due, reason)) = key.due else { continue };
            let is_held_back = paused && reason.is_timed();
            if due > now.elapsed || key.in_flight.is_some() || is_asking(*fingerprint) || is_held_back {
                continue;
            }
            key.plan(due, reason, &self.polling, now.elapsed);
            if key.due.is_some_and(|(due, _)| due > now.elapsed) {
                continue;
            }
            self.sequence += 1;
            let permit = key.poll_started(self.sequence, reason, &self.polling, now);
            let permit = PermitRequest { lease: permit.lease.filter(|_| self.mode.takes_leases()), ..permit };
            let (fingerprint, sequence) = (*fingerprint, self.sequence);
            effects.push(if key.is_observed {
                Effect::Observe { fingerprint, sequence }
            } else {
                Effect::Poll { fingerprint, sequence, permit }
            });
            polled.push(fingerprint);
        }
        self.look_up(|state| state.reloads_with_polls(&polled, now), KeyReadTimeout::Poll, effects);
    }
}
