//! Tests of the notifications: what is told, when, and when not. The effects of the monitor are done on plain values.

mod acknowledging;
mod flapping;
mod month;
mod restarting;
mod rules;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::domain::alert::{
    AlertChange, AlertRecord, AlertWriteOutcome, Condition, Notification, NotificationContent, NotificationKind,
    QuietHours, Since,
};
use crate::domain::status::{Flag, Severity, Status};
use crate::wording::alerts;

/// Alerts that the history keeps, for several monitors.
type AlertStoreStub = Rc<RefCell<Vec<AlertRecord>>>;

/// Outcome of the polls with a key.
#[derive(Clone, Debug)]
enum ScriptedAnswer {
    Answers(Account),
    Fails(PollErrorKind),
    FailsWith(PollError),
}

/// A monitor whose effects are done, with what it told.
struct AlertHarness {
    world: MonitorHarness,
    answers: BTreeMap<u32, ScriptedAnswer>,
    store: AlertStoreStub,
    store_fails: bool,
    /// To the sinks.
    notifications: Vec<Notification>,
    /// On its own terminal.
    announced: Vec<Notification>,
}

/// An account with so many of 300 credits that is asked every 7 minutes and 12 seconds.
fn holding(credits: f64) -> Account {
    Account { credits_remaining: credits, requests_per_minute: Limit::Of(300), ..account() }
}

fn settings(names: &[&str]) -> MonitorSettings {
    let environments = names.iter().map(|text| WatchedEnvironment {
        environment: Environment { name: name(text), label: None },
        requested: false,
        thresholds: Thresholds::default(),
        muted: Vec::new(),
    });
    MonitorSettings {
        mode: Mode::Operate,
        unwatched: Vec::new(),
        environments: environments.collect(),
        polling: Polling::default(),
        alerts: AlertRules { remind_after: None, ..AlertRules::default() },
        operator: "ada".to_owned(),
        max_age: None,
        seed: 7,
    }
}

impl AlertHarness {
    /// Environments with a key each (numbered from 1) that is answered well, from 12:00 UTC on.
    fn of(names: &[&str]) -> Self {
        Self::with(settings(names), AlertStoreStub::default(), "2026-11-21T12:00:00Z")
    }

    fn with(settings: MonitorSettings, store: AlertStoreStub, start: &str) -> Self {
        let names: Vec<_> = settings.environments.iter().map(|it| it.environment.name.clone()).collect();
        let mut watch = Self::unasked(settings, store, start);
        for (environment, number) in names.iter().zip(1..) {
            watch.hold(environment.as_str(), number);
        }
        watch.run(seconds(5));
        watch
    }

    /// Environments that no source has a key for.
    fn keyless(settings: MonitorSettings, store: AlertStoreStub, start: &str) -> Self {
        let names: Vec<_> = settings.environments.iter().map(|it| it.environment.name.clone()).collect();
        let mut watch = Self::unasked(settings, store, start);
        for environment in names {
            let effects = watch.world.lose(environment.as_str(), KeyErrorKind::Missing).to_vec();
            watch.act(effects);
        }
        watch
    }

    fn unasked(settings: MonitorSettings, store: AlertStoreStub, start: &str) -> Self {
        let names = settings.environments.len();
        let now = Now { elapsed: Elapsed::ZERO, wall: start.parse().unwrap() };
        let world = MonitorHarness { monitor: Monitor::new(settings, &now), now, effects: Vec::new() };
        let answers = (1..=u32::try_from(names).unwrap())
            .map(|number| (number, ScriptedAnswer::Answers(holding(300.0))))
            .collect();
        let (notifications, announced) = (Vec::new(), Vec::new());
        let mut watch = Self { world, answers, store, store_fails: false, notifications, announced };
        watch.send(Input::Started);
        watch
    }

    fn hold(&mut self, environment: &str, number: u32) {
        let effects = self.world.hold(environment, number).to_vec();
        self.act(effects);
    }

    fn send(&mut self, event: Input) {
        let effects = self.world.send(event).to_vec();
        self.act(effects);
    }

    fn act(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::LoadKeyHistory(fingerprint) => {
                    self.send(Input::KeyHistoryLoaded { fingerprint, history: Ok(KeyHistory::default()) });
                }
                Effect::LoadAlerts => {
                    let records = (!self.store_fails).then(|| self.store.borrow().clone());
                    self.send(Input::AlertsLoaded(records));
                }
                Effect::StoreAlert(change) => self.settle(*change),
                Effect::LoadKey(environment, _) => {
                    let state = self
                        .world
                        .monitor
                        .scheduler
                        .environments
                        .iter()
                        .find(|it| it.watched.environment.name == environment);
                    if let Some(held) = state.and_then(|state| state.key_in_use()) {
                        let number = u32::from_str_radix(&held.to_string(), 16).unwrap();
                        self.hold(environment.as_str(), number);
                    }
                }
                _ => {}
            }
        }
    }

    /// As the history and the runtime do it.
    fn settle(&mut self, change: AlertChange) {
        let AlertChange { record, notification } = change;
        let place = self.store.borrow().iter().position(|kept| kept.is_same_alert(&record));
        let kept = place.map(|place| self.store.borrow()[place].clone());
        let settlement = match kept {
            _ if self.store_fails => AlertWriteOutcome::NotStored,
            Some(kept) if kept.version + 1 != record.version => AlertWriteOutcome::VersionConflict(Box::new(kept)),
            _ => {
                self.store.borrow_mut().retain(|kept| !kept.is_same_alert(&record));
                self.store.borrow_mut().push(record.clone());
                AlertWriteOutcome::Stored
            }
        };
        match &settlement {
            AlertWriteOutcome::Stored | AlertWriteOutcome::NotStored => {
                self.notifications.extend(notification.clone());
                self.announced.extend(notification);
            }
            AlertWriteOutcome::VersionConflict(kept) if kept.has_same_facts(&record) => {
                self.announced.extend(notification);
            }
            AlertWriteOutcome::VersionConflict(_) => {}
        }
        self.send(Input::AlertStored { record: Box::new(record), settlement });
    }

    /// Lets time pass, and answers each poll at once.
    fn run(&mut self, duration: SignedDuration) {
        let end = self.world.now.elapsed + duration;
        loop {
            self.answer_polls();
            let Some(wake) = self.world.monitor.next_wake().filter(|wake| *wake <= end) else { break };
            let wait = (wake - self.world.now.elapsed).max(SignedDuration::from_millis(1));
            self.pass(wait);
        }
        self.pass(end - self.world.now.elapsed);
        self.answer_polls();
    }

    fn pass(&mut self, duration: SignedDuration) {
        let effects = self.world.pass(duration).to_vec();
        self.act(effects);
    }

    fn answer_polls(&mut self) {
        for (number, answer) in self.answers.clone() {
            let is_polled = |watch: &Self| {
                watch.world.monitor.scheduler.keys.get(&fingerprint(number)).is_some_and(|key| key.in_flight.is_some())
            };
            if is_polled(self) {
                let effects = match answer {
                    ScriptedAnswer::Answers(account) => {
                        let sample = self.world.sample(account);
                        self.world.answer(number, sample).to_vec()
                    }
                    ScriptedAnswer::Fails(kind) => self.world.fail(number, kind).to_vec(),
                    ScriptedAnswer::FailsWith(failure) => {
                        self.world.conclude(number, PollOutcome::Failed(failure)).to_vec()
                    }
                };
                self.act(effects);
            }
        }
    }

    /// From now on a key has so many credits; it is asked at once.
    fn set(&mut self, number: u32, credits: f64) {
        self.answers.insert(number, ScriptedAnswer::Answers(holding(credits)));
        self.refresh();
    }

    fn break_off(&mut self, number: u32, kind: PollErrorKind) {
        self.answers.insert(number, ScriptedAnswer::Fails(kind));
        self.refresh();
    }

    fn refresh(&mut self) {
        self.run(seconds(3));
        self.send(Input::RefreshAllRequested);
        self.run(seconds(12));
    }

    /// Notifications since the last call, without their texts.
    fn news(&mut self) -> Vec<String> {
        brief(&std::mem::take(&mut self.notifications))
    }

    fn severities(&mut self) -> Vec<Severity> {
        std::mem::take(&mut self.notifications).iter().map(|notification| notification.severity).collect()
    }

    fn texts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notifications)
            .iter()
            .map(|notification| alerts::notification(notification, &TimeZone::UTC))
            .collect()
    }
}

fn brief(notifications: &[Notification]) -> Vec<String> {
    let words = |notification: &Notification| {
        let environment = notification.environment.as_ref().map_or("all", |environment| environment.name.as_str());
        format!("{environment} {} {}", notification.news.kind().as_str(), notification.news.condition().unwrap())
    };
    notifications.iter().map(words).collect()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}
