use std::collections::HashMap;
use std::path::Path;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::*;
use crate::domain::account::Account;
use crate::domain::alert::{AcknowledgementNote, AcknowledgementRequest, AlertRules, Condition, Notification, Since};
use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::Environment;
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::domain::status::Flag;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::{Elapsed, Now};
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::{HeldKey, KeyHistory, PollOutcome};
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::runtime::effect_runner::{EffectRunner, KeyAccess};
use crate::runtime::headless;
use crate::services::Services;
use crate::services::clock;
use crate::services::history::{History, HistoryStore};
use crate::services::keys::{KeyReadTimeout, KeyTimeouts, Keys, KeysOptions, MemoryKeyStore, Variables};
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, SimulatorOptions};

const LOW: Condition = Condition::Flag(Flag::CreditsLow);

fn settings(minimum_duration: SignedDuration) -> MonitorSettings {
    let watched = WatchedEnvironment {
        environment: Environment { name: "dev".parse().unwrap(), label: None },
        requested: false,
        thresholds: Thresholds { credits_low: Some(1e9), ..Thresholds::default() },
        muted: Vec::new(),
    };
    MonitorSettings {
        mode: Mode::Operate,
        unwatched: Vec::new(),
        environments: vec![watched],
        polling: Polling::default(),
        alerts: AlertRules { minimum_duration, ..AlertRules::default() },
        operator: "ada".to_owned(),
        max_age: None,
        seed: 1,
    }
}

fn services(history: History) -> Services {
    let (keys, _) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(|| Box::new(MemoryKeyStore::default())),
        limits: KeyTimeouts::default(),
    });
    let base_url = "http://127.0.0.1:9".parse().unwrap();
    Services { keys, history, notifier: Notifier::default(), base_url, clock: clock::given() }
}

fn text_of(notification: &Notification) -> String {
    crate::wording::alerts::notification(notification, &jiff::tz::TimeZone::UTC)
}

/// A process on the real history, whose polls are answered by hand.
struct TestProcess {
    monitor: Monitor,
    runner: EffectRunner,
    mailbox: mpsc::Receiver<TaskOutcome>,
    now: Now,
    /// Poll that waits for its answer.
    poll: Option<(Fingerprint, u64)>,
    announced: Vec<String>,
    settlements: Vec<AlertWriteOutcome>,
}

impl TestProcess {
    async fn start(path: &Path, wall: &str) -> Self {
        let (runner, mailbox) = EffectRunner::new(services(History::open(path.to_owned())), KeyAccess::InUse);
        let now = Now { elapsed: Elapsed::ZERO, wall: wall.parse().unwrap() };
        let monitor = Monitor::new(settings(SignedDuration::from_mins(2)), &now);
        let (announced, settlements) = (Vec::new(), Vec::new());
        let mut process = Self { monitor, runner, mailbox, now, poll: None, announced, settlements };
        process.tell(Input::Started).await;
        let key = ApiKey::parse("a-key").unwrap();
        let fingerprint = key.fingerprint();
        let held = HeldKey { identity: key.identity(), source: KeySource::Store("memory") };
        process.tell(Input::KeyLoaded { environment: "dev".parse().unwrap(), outcome: Ok(held) }).await;
        process.tell(Input::KeyHistoryLoaded { fingerprint, history: Ok(KeyHistory::default()) }).await;
        process
    }

    /// Takes in an event, and does all that concerns alerts.
    async fn tell(&mut self, event: Input) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let mut effects = self.monitor.handle(event, &self.now);
            for effect in &effects {
                if let Effect::Poll { fingerprint, sequence, .. } = effect {
                    self.poll = Some((*fingerprint, *sequence));
                }
            }
            effects.retain(|effect| matches!(effect, Effect::LoadAlerts | Effect::StoreAlert(_)));
            let mut awaited = effects.len();
            self.runner.run(effects);
            while awaited > 0 {
                match self.mailbox.recv().await.unwrap() {
                    TaskOutcome::TerminalNotification(notification) => self.announced.push(text_of(&notification)),
                    TaskOutcome::Input(event) => {
                        if let Input::AlertStored { settlement, .. } = &event {
                            self.settlements.push(settlement.clone());
                        }
                        events.push(event);
                        awaited -= 1;
                    }
                    _ => panic!("nothing else was asked for"),
                }
            }
        }
    }

    /// Answers the poll, and lets ten minutes pass.
    async fn answer(&mut self, credits: f64) {
        let (fingerprint, sequence) = self.poll.take().unwrap();
        let account = Account {
            tier: None,
            credits_remaining: credits,
            monthly_allowance: Some(1e12),
            requests_per_minute: Limit::Unlimited,
            requests_per_day: Limit::Of(1_000),
            created_at: None,
            last_used_at: None,
        };
        let quota = Quota::default();
        let sample = Sample { at: self.now.wall, latency: SignedDuration::ZERO, server_clock: None, account, quota };
        let outcome = PollOutcome::Answered(Box::new(sample));
        self.tell(Input::Polled { fingerprint, sequence, outcome, calls: None, known: None }).await;
        for _ in 0..20 {
            self.now = self.now.after(SignedDuration::from_secs(30));
            self.tell(Input::Ticked).await;
        }
    }
}

#[tokio::test]
async fn a_restart_repeats_nothing_and_tells_what_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut first = TestProcess::start(&path, "2026-11-21T12:00:00Z").await;
    first.answer(5.0).await;
    assert_eq!(first.announced, ["credits critical: 5 left"]);
    first
        .tell(Input::AcknowledgementRequested(
            "dev".parse().unwrap(),
            AcknowledgementRequest::Acknowledge(AcknowledgementNote::unless_blank("refill ordered")),
        ))
        .await;
    drop(first);
    let mut second = TestProcess::start(&path, "2026-11-21T13:00:00Z").await;
    second.answer(5.0).await;
    assert_eq!(second.announced, [""; 0]);
    let alerts = second.monitor.snapshot().environments[0].alerts.clone();
    let seen = alerts[0].acknowledged.as_ref().unwrap();
    assert_eq!((seen.by.as_str(), seen.note.as_ref().unwrap().as_str()), ("ada", "refill ordered"));
    drop(second);
    let mut third = TestProcess::start(&path, "2026-11-21T14:00:00Z").await;
    third.answer(1e12).await;
    assert_eq!(third.announced, ["credits no longer critical, after 2 h"]);
    drop(third);
    let mut fourth = TestProcess::start(&path, "2026-11-21T15:00:00Z").await;
    fourth.answer(1e12).await;
    assert_eq!(fourth.announced, [""; 0]);
}

#[tokio::test]
async fn of_two_processes_one_keeps_what_both_announce() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut processes = Vec::new();
    for _ in 0..2 {
        processes.push(TestProcess::start(&path, "2026-11-21T12:00:00Z").await);
    }
    for process in &mut processes {
        process.answer(5.0).await;
        assert_eq!(process.announced, ["credits critical: 5 left"]);
    }
    assert_eq!(processes[0].settlements, [AlertWriteOutcome::Stored]);
    assert!(matches!(processes[1].settlements[..], [AlertWriteOutcome::VersionConflict(_)]));
}

#[tokio::test]
async fn without_a_history_it_is_told_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no folder");
    std::fs::write(&file, "").unwrap();
    let mut process = TestProcess::start(&file.join("history.db"), "2026-11-21T12:00:00Z").await;
    process.answer(5.0).await;
    assert_eq!(process.announced, ["credits critical: 5 left"]);
    assert_eq!(process.settlements, [AlertWriteOutcome::NotStored]);
}

#[test]
fn the_sinks_hear_of_a_change_from_one_process() {
    let record = |condition, is_over| AlertRecord {
        environment: Some("dev".parse().unwrap()),
        condition,
        version: 1,
        is_resolved: is_over,
        severity: crate::domain::status::Severity::Warning,
        began_at: jiff::Timestamp::UNIX_EPOCH,
        since: Since::Fact(jiff::Timestamp::UNIX_EPOCH),
        notified_at: jiff::Timestamp::UNIX_EPOCH,
        acknowledged: None,
    };
    let mine = record(LOW, false);
    let told = |settlement| {
        let Audience { sinks, terminal } = audience(&mine, &settlement);
        (sinks, terminal)
    };
    let overtaken = |kept| AlertWriteOutcome::VersionConflict(Box::new(kept));
    assert_eq!((told(AlertWriteOutcome::Stored), told(AlertWriteOutcome::NotStored)), ((true, true), (true, true)));
    assert_eq!(told(overtaken(record(LOW, false))), (false, true));
    assert_eq!(told(overtaken(record(LOW, true))), (false, false));
    assert_eq!(told(overtaken(record(Condition::Flag(Flag::CreditsOut), false))), (false, false));
}

#[tokio::test]
async fn who_samples_once_raises_no_alert() {
    let simulator = simulator::start(SimulatorOptions::new(Scenario::Healthy, clock::given())).await.unwrap();
    let store: MemoryKeyStore = simulator.keys().into_iter().collect();
    let history = History::in_memory();
    let (keys, _) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(move || Box::new(store.clone())),
        limits: KeyTimeouts::default(),
    });
    let base_url = simulator.base_url().clone();
    let services = Services { keys, base_url, ..services(history.clone()) };
    let round = headless::poll_on_timer(settings(SignedDuration::ZERO), services, KeyReadTimeout::Poll).await;
    assert_eq!(round.snapshot.environments[0].flags, [Flag::CreditsLow]);
    assert_eq!(
        (round.snapshot.environments[0].alerts.len(), history.run(HistoryStore::alerts).await.unwrap().len()),
        (0, 0)
    );
}
