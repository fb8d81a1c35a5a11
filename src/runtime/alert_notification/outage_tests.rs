//! One outage is told once, and its end once: in the event log and in alerts, whichever environments it takes, over
//! restarts, and by however many processes. The history is the real one; the service is answered for by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::SignedDuration;
use proptest::prelude::*;

use crate::domain::account::Account;
use crate::domain::alert::{AlertRules, Notification, NotificationContent};
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::Environment;
use crate::domain::error::{ConnectionError, Peer, PollError, RequestError};
use crate::domain::limit::Limit;
use crate::domain::log_entry::{EventKind, LogEntry};
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::domain::status::Severity;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::{Elapsed, Now};
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::{HeldKey, Input, PollOutcome};
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::services::history::{History, HistoryStore};

const NAMES: [&str; 3] = ["dev", "prod", "staging"];
/// Requests a day: polls five minutes, seven minutes and two hours apart.
const PER_DAY: [Limit; 3] = [Limit::Unlimited, Limit::Of(1_000), Limit::Of(50)];

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn fingerprint(key: usize) -> Fingerprint {
    format!("{key:08x}").parse().unwrap()
}

/// Lines or notifications of one thing, in their order: true for a beginning, false for an end.
type Tellings = BTreeMap<String, Vec<bool>>;

/// A service, and the processes that watch it.
struct OutageFixture {
    now: Now,
    history: History,
    runtime: tokio::runtime::Runtime,
    processes: Vec<Monitor>,
    lost: BTreeSet<usize>,
    /// Cause of the failures while something is lost.
    cause: RequestError,
    notifications: Vec<Notification>,
}

fn monitor(now: &Now) -> Monitor {
    let environments = NAMES.map(|name| WatchedEnvironment {
        environment: Environment { name: name.parse().unwrap(), label: None },
        requested: false,
        thresholds: Thresholds::default(),
        muted: Vec::new(),
    });
    let settings = MonitorSettings {
        mode: Mode::Operate,
        unwatched: Vec::new(),
        environments: environments.to_vec(),
        polling: Polling { interval: minutes(5), ..Polling::default() },
        alerts: AlertRules { remind_after: None, ..AlertRules::default() },
        operator: "ada".to_owned(),
        max_age: None,
        seed: 7,
    };
    Monitor::new(settings, now)
}

impl OutageFixture {
    fn by(processes: usize, cause: RequestError) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T12:00:00Z".parse().unwrap() };
        let (lost, notifications) = (BTreeSet::new(), Vec::new());
        let history = History::in_memory();
        let mut watched = Self { now, history, runtime, processes: Vec::new(), lost, cause, notifications };
        for process in 0..processes {
            watched.processes.push(monitor(&now));
            watched.start(process);
            watched.run(SignedDuration::from_secs(20));
        }
        watched
    }

    fn start(&mut self, process: usize) {
        self.processes[process] = monitor(&self.now);
        self.tell(process, Input::Started);
    }

    fn tell(&mut self, process: usize, event: Input) {
        let mut effects = VecDeque::from(self.processes[process].handle(event, &self.now));
        while let Some(effect) = effects.pop_front() {
            if let Some(event) = self.done(effect) {
                effects.extend(self.processes[process].handle(event, &self.now));
            }
        }
    }

    /// Does what is wanted, as the runtime would.
    fn done(&mut self, effect: Effect) -> Option<Input> {
        let (history, stamp) = (self.history.clone(), Stamp { wall: self.now.wall, uptime: None });
        match effect {
            Effect::LoadEvents => {
                Some(Input::EventsLoaded(self.runtime.block_on(history.run(HistoryStore::events)).unwrap()))
            }
            Effect::StoreEvents(entries) => {
                self.runtime.block_on(history.run(move |store| store.store_events(&entries))).unwrap();
                None
            }
            Effect::LoadAlerts => {
                Some(Input::AlertsLoaded(self.runtime.block_on(history.run(HistoryStore::alerts)).ok()))
            }
            Effect::StoreAlert(change) => {
                let record = change.record.clone();
                let newer = self.runtime.block_on(history.run(move |store| store.store_alert(&record))).unwrap();
                let settlement = if let Some(newer) = newer {
                    super::AlertWriteOutcome::VersionConflict(Box::new(newer))
                } else {
                    self.notifications.extend(change.notification);
                    super::AlertWriteOutcome::Stored
                };
                Some(Input::AlertStored { record: Box::new(change.record), settlement })
            }
            Effect::LoadKey(environment, _) => {
                let key = NAMES.iter().position(|name| *name == environment.as_str()).unwrap();
                let identity = KeyIdentity { fingerprint: fingerprint(key), ending: None };
                let held = HeldKey { identity, source: KeySource::Store("memory") };
                Some(Input::KeyLoaded { environment, outcome: Ok(held) })
            }
            Effect::LoadKeyHistory(fingerprint) => {
                let history = self.runtime.block_on(history.recall(fingerprint, stamp)).unwrap();
                Some(Input::KeyHistoryLoaded { fingerprint, history: Ok(history) })
            }
            Effect::Poll { fingerprint, sequence, .. } => {
                self.now = self.now.after(SignedDuration::from_millis(40));
                let outcome = self.outcome(fingerprint);
                Some(Input::Polled { fingerprint, sequence, outcome, calls: None, known: None })
            }
            Effect::StoreSample { fingerprint, sample, others_use, backoff } => {
                let stored = history.store_answer(fingerprint, *sample, others_use, backoff, stamp);
                self.runtime.block_on(stored).unwrap();
                None
            }
            Effect::StoreVerdict { fingerprint, verdict } => {
                self.runtime.block_on(history.store_verdict(fingerprint, *verdict, stamp)).unwrap();
                None
            }
            _ => None,
        }
    }

    fn outcome(&self, key: Fingerprint) -> PollOutcome {
        let key = (0..NAMES.len()).find(|number| fingerprint(*number) == key).unwrap();
        if self.lost.contains(&key) {
            return PollOutcome::Failed(PollError::new(self.cause.clone(), false));
        }
        let account = Account {
            tier: None,
            credits_remaining: 250.0,
            monthly_allowance: Some(300.0),
            requests_per_minute: Limit::Of(300),
            requests_per_day: PER_DAY[key],
            created_at: None,
            last_used_at: None,
        };
        let (at, latency) = (self.now.wall, SignedDuration::ZERO);
        PollOutcome::Answered(Box::new(Sample { at, latency, server_clock: None, account, quota: Quota::default() }))
    }

    fn run(&mut self, lasts: SignedDuration) {
        let end = self.now.elapsed + lasts;
        loop {
            let wakes = self.processes.iter().filter_map(Monitor::next_wake);
            let Some(wake) = wakes.min().filter(|wake| *wake < end) else { break };
            self.now = self.now.after((wake - self.now.elapsed).max(SignedDuration::from_millis(1)));
            self.tick();
        }
        self.now = self.now.after((end - self.now.elapsed).max(SignedDuration::ZERO));
        self.tick();
    }

    fn tick(&mut self) {
        (0..self.processes.len()).for_each(|process| self.tell(process, Input::Ticked));
    }

    /// Lines of the event log on each thing, in the history and in each process.
    fn events(&self) -> Vec<Tellings> {
        let stored = self.runtime.block_on(self.history.run(HistoryStore::events)).unwrap();
        let shown = self.processes.iter().map(Monitor::events);
        shown.chain([&stored[..]]).map(Self::tellings).collect()
    }

    fn tellings(entries: &[LogEntry]) -> Tellings {
        let mut tellings = Tellings::new();
        for entry in entries {
            let thing = match (entry.kind(), &entry.environment) {
                (EventKind::Status(_), Some(environment)) => environment.name.to_string(),
                (EventKind::Network, None) => "all".to_owned(),
                _ => continue,
            };
            tellings.entry(thing).or_default().push(entry.severity != Severity::Ok);
        }
        tellings
    }

    /// Notifications to the sinks on each thing.
    fn alerts(&self) -> Tellings {
        let mut tellings = Tellings::new();
        for notification in &self.notifications {
            let thing =
                notification.environment.as_ref().map_or("all".to_owned(), |environment| environment.name.to_string());
            if notification
                .news
                .condition()
                .is_some_and(|condition| matches!(condition.as_str(), "outage" | "offline" | "unreachable"))
            {
                let begins = !matches!(notification.news, NotificationContent::Resolved { .. });
                tellings.entry(thing).or_default().push(begins);
            }
        }
        // That it became critical is told too.
        for told in tellings.values_mut() {
            told.dedup();
        }
        tellings
    }
}

/// An outage: when each environment is lost and found again after its beginning, in seconds, and which process is
/// restarted after how many.
#[derive(Clone, Debug)]
struct OutageCase {
    lost: [Option<i64>; 3],
    found: [i64; 3],
    restart: Option<(usize, i64)>,
}

fn outage() -> impl Strategy<Value = OutageCase> {
    let lost = proptest::array::uniform3(proptest::option::weighted(0.8, prop_oneof![Just(0), 1..900_i64]));
    let found = proptest::array::uniform3(prop_oneof![Just(3_000), 1_000..9_000_i64]);
    let restart = proptest::option::of((0..2_usize, 1..9_000_i64));
    (lost, found, restart).prop_map(|(lost, found, restart)| OutageCase { lost, found, restart })
}

fn suffer(watched: &mut OutageFixture, outage: &OutageCase) {
    let mut steps = Vec::new();
    for (key, lost) in outage.lost.iter().enumerate().filter_map(|(key, lost)| Some((key, (*lost)?))) {
        steps.extend([(lost, key, true), (outage.found[key].max(lost + 600), key, false)]);
    }
    let restart = outage.restart.map(|(process, at)| (at, process % watched.processes.len()));
    let mut moments: BTreeSet<_> = steps.iter().map(|(at, ..)| *at).chain(restart.map(|(at, _)| at)).collect();
    let begun = watched.now.elapsed;
    while let Some(at) = moments.pop_first() {
        watched.run((begun + SignedDuration::from_secs(at) - watched.now.elapsed).max(SignedDuration::ZERO));
        for (_, key, is_lost) in steps.iter().filter(|step| step.0 == at) {
            if *is_lost {
                watched.lost.insert(*key)
            } else {
                watched.lost.remove(key)
            };
        }
        if let Some((_, process)) = restart.filter(|(moment, _)| *moment == at) {
            watched.start(process);
        }
    }
    watched.run(minutes(180));
}

/// This machine offline, the service that refuses or does not answer, and a gateway in its place.
fn causes() -> Vec<RequestError> {
    let service = |fault| RequestError::link(Peer::Service { host: "api.trackyard.com".into(), via: None }, fault);
    vec![
        service(ConnectionError::NoName),
        service(ConnectionError::Refused),
        service(ConnectionError::AnswerTimeout { after: 10_000, has_begun: false }),
        RequestError::Stranger { host: "api.trackyard.com".into(), status: 403 },
        RequestError::Status { status: 503, said: None },
    ]
}

#[test]
fn one_outage_of_all_is_told_once_and_its_end_once() {
    for (processes, cause) in [1, 2].into_iter().flat_map(|processes| causes().into_iter().map(move |c| (processes, c)))
    {
        for wait in [20, 47, 400] {
            let mut watched = OutageFixture::by(processes, cause.clone());
            watched.run(minutes(200) + SignedDuration::from_secs(wait));
            let outage = OutageCase { lost: [Some(0); 3], found: [3_000; 3], restart: Some((0, 1_500)) };
            suffer(&mut watched, &outage);
            let expected = Tellings::from([("all".to_owned(), vec![true, false])]);
            for told in watched.events() {
                assert_eq!(told, expected, "{processes} processes, {wait} s, {cause:?}");
            }
            assert_eq!(watched.alerts(), expected, "{processes} processes, {wait} s, {cause:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn each_beginning_that_is_told_has_an_end_that_is_told(
        processes in 1..3_usize,
        cause in prop::sample::select(causes()),
        outages in proptest::collection::vec(outage(), 1..3),
    ) {
        let mut watched = OutageFixture::by(processes, cause);
        watched.run(minutes(10));
        for outage in &outages {
            suffer(&mut watched, outage);
        }
        for tellings in watched.events().into_iter().chain([watched.alerts()]) {
            for (thing, told) in &tellings {
                let alternates = told.iter().enumerate().all(|(number, begins)| *begins == (number % 2 == 0));
                prop_assert!(alternates && told.len() % 2 == 0, "{thing}: {told:?} of {tellings:?}");
                let most = outages.len() * if thing == "all" { 3 } else { 2 };
                prop_assert!(told.len() / 2 <= most, "{thing}: {told:?}");
            }
        }
    }
}
