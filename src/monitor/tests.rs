//! The rules of polling, refusal and reporting, on plain values: no network, no waiting.

mod alerts;
mod clocks;
mod connectivity;
mod events;
mod forecast;
mod key_sources;
mod key_verdict;
mod leases;
mod observing;
mod poll_failures;
mod polling;
mod quota;
mod recent_polls;
mod refusals;
mod rotation;
mod rotation_model;
mod sample_changes;
mod shared_snapshot;
mod snapshot;
mod usage;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Monitor;
use super::effect::{Effect, Lease};
use super::input::{HeldKey, Input, KeyHistory, PollOutcome};
use super::polling::key_verdict::KeyVerdict;
use super::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use super::snapshot::{EnvironmentSnapshot, PollReason, Snapshot};
use crate::domain::account::Account;
use crate::domain::alert::{AcknowledgementRequest, AlertRules};
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::error::{KeyError, KeyErrorKind, PollError, PollErrorKind, RequestError, examples};
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::limit::Limit;
use crate::domain::quota::{Quota, RequestLimits};
use crate::domain::sample::Sample;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::{Elapsed, Now};
use crate::wording::events::event;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

fn acknowledged(environment: EnvironmentName) -> Input {
    Input::AcknowledgementRequested(environment, AcknowledgementRequest::Acknowledge(None))
}

fn fingerprint(number: u32) -> Fingerprint {
    format!("{number:08x}").parse().unwrap()
}

fn failure(kind: PollErrorKind) -> PollError {
    let is_unsent =
        matches!(kind, PollErrorKind::Dns | PollErrorKind::Connection | PollErrorKind::Tls | PollErrorKind::Timeout);
    PollError::new(RequestError::Told { kind, said: None }, !is_unsent)
}

fn key_failure(kind: KeyErrorKind) -> KeyError {
    examples::of(kind)
}

fn account() -> Account {
    Account {
        tier: Some("starter".to_owned()),
        credits_remaining: 222.0,
        monthly_allowance: Some(300.0),
        requests_per_minute: Limit::Of(10),
        requests_per_day: Limit::Of(1_000),
        created_at: None,
        last_used_at: None,
    }
}

/// A monitor in a world without a network: what it asks for is answered by hand.
struct MonitorHarness {
    monitor: Monitor,
    now: Now,
    effects: Vec<Effect>,
}

impl MonitorHarness {
    /// Environments whose sources have not answered yet.
    fn started(names: &[&str]) -> Self {
        Self::started_as(Mode::Operate, names)
    }

    fn started_as(mode: Mode, names: &[&str]) -> Self {
        let environments = names.iter().map(|text| WatchedEnvironment {
            environment: Environment { name: name(text), label: None },
            requested: false,
            thresholds: Thresholds::default(),
            muted: Vec::new(),
        });
        let settings = MonitorSettings {
            mode,
            unwatched: Vec::new(),
            environments: environments.collect(),
            polling: Polling::default(),
            alerts: AlertRules::default(),
            operator: "ada".to_owned(),
            max_age: None,
            seed: 7,
        };
        let now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
        let mut world = Self { monitor: Monitor::new(settings, &now), now, effects: Vec::new() };
        world.monitor.latest.few = 0;
        if mode.logs_events() {
            world.send(Input::EventsLoaded(Vec::new()));
        }
        world.send(Input::Started);
        world
    }

    /// Environments with a key each (numbered from 1), unknown to the history; the first polls are due.
    fn with_keys(names: &[&str]) -> Self {
        let mut world = Self::started(names);
        for (number, text) in (1..).zip(names) {
            world.hold(text, number);
            world
                .send(Input::KeyHistoryLoaded { fingerprint: fingerprint(number), history: Ok(KeyHistory::default()) });
        }
        world.pass(seconds(i64::try_from(names.len()).unwrap()));
        world
    }

    /// One environment `dev` with key 1, answered once.
    fn active() -> Self {
        let mut world = Self::with_keys(&["dev"]);
        let sample = world.sample(account());
        world.answer(1, sample);
        world
    }

    fn send(&mut self, event: Input) -> &[Effect] {
        self.effects = self.monitor.handle(event, &self.now);
        assert_eq!(*self.monitor.snapshot(), self.snapshot(), "what a step shares is as if it were built anew");
        &self.effects
    }

    /// Lets time pass, then ticks.
    fn pass(&mut self, duration: SignedDuration) -> &[Effect] {
        self.now = self.now.after(duration);
        self.send(Input::Ticked)
    }

    fn hold(&mut self, environment: &str, number: u32) -> &[Effect] {
        let identity = KeyIdentity { fingerprint: fingerprint(number), ending: None };
        let held = HeldKey { identity, source: KeySource::Store("keyring") };
        self.send(Input::KeyLoaded { environment: name(environment), outcome: Ok(held) })
    }

    fn lose(&mut self, environment: &str, kind: KeyErrorKind) -> &[Effect] {
        self.send(Input::KeyLoaded { environment: name(environment), outcome: Err(key_failure(kind)) })
    }

    fn answer(&mut self, number: u32, sample: Sample) -> &[Effect] {
        self.conclude(number, PollOutcome::Answered(Box::new(sample)))
    }

    fn fail(&mut self, number: u32, kind: PollErrorKind) -> &[Effect] {
        self.conclude(number, PollOutcome::Failed(failure(kind)))
    }

    fn conclude(&mut self, number: u32, outcome: PollOutcome) -> &[Effect] {
        let fingerprint = fingerprint(number);
        let sequence = self.monitor.scheduler.keys[&fingerprint].in_flight.expect("a poll is under way");
        self.send(Input::Polled { fingerprint, sequence, outcome, calls: None, known: None })
    }

    fn sample(&self, account: Account) -> Sample {
        Sample {
            at: self.now.wall,
            latency: SignedDuration::from_millis(40),
            server_clock: Some(self.now.wall),
            account,
            quota: Quota::default(),
        }
    }

    /// All that is known now, alerts included.
    fn snapshot(&self) -> Snapshot {
        let mut monitor = self.monitor.clone();
        monitor.latest.expire();
        let places = monitor.update_snapshot(&self.now);
        monitor.alerts.show(monitor.latest.get_mut(), &places);
        Snapshot::clone(&monitor.snapshot())
    }

    fn environment(&self, environment: &str) -> EnvironmentSnapshot {
        let mut environments = self.snapshot().environments.into_iter();
        Arc::unwrap_or_clone(environments.find(|one| one.environment.name == name(environment)).unwrap())
    }

    /// Time from now to the next poll of the environment, and its reason.
    fn next(&self, environment: &str) -> (Option<SignedDuration>, PollReason) {
        let next = self.environment(environment).next_poll;
        (next.at.map(|at| at.duration_since(self.now.wall)), next.reason)
    }

    fn log(&self) -> Vec<String> {
        let entries = self.monitor.log.entries();
        entries
            .iter()
            .map(|entry| {
                let environment = entry.environment.as_ref().map_or("all", |environment| environment.name.as_str());
                format!("{environment}: {}", event(entry, entry.at, &TimeZone::UTC))
            })
            .collect()
    }
}

/// The keys that are polled, by their numbers.
fn polled(effects: &[Effect]) -> Vec<Fingerprint> {
    let polls = effects.iter().filter_map(|effect| match effect {
        Effect::Poll { fingerprint, .. } => Some(*fingerprint),
        _ => None,
    });
    polls.collect()
}

fn ago(now: &Now, duration: SignedDuration) -> Timestamp {
    now.wall.checked_sub(duration).unwrap()
}
