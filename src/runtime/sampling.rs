//! Samples every environment once, without a screen: the monitor runs until each had its first answer.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::rotation::LoadedRotation;
use super::runner::{self, Rights, Runner};
use super::tasks::Delivery;
use crate::domain::environment::EnvironmentName;
use crate::domain::history_failure::HistoryFailure;
use crate::domain::rotation::{Refusal, Rotation, RotationError, Stage};
use crate::domain::status::Status;
use crate::monitor::effect::Effect;
use crate::monitor::event::Event;
use crate::monitor::key::KeyState;
use crate::monitor::model::{KeySlot, Monitor};
use crate::monitor::report::{Overview, PollReason, RotationReport};
use crate::monitor::settings::MonitorSettings;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::{KeyKeeper, Patience};

/// The longest wait for a clock that should have moved.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// A key whose limits hold the next call back for longer than this is reported as it is.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(10);

/// What came of one round of polls.
pub struct Round {
    /// How everything stands then.
    pub overview: Overview,
    /// Whether keys were not asked, because there is no place to count calls in.
    pub is_unledgered: bool,
}

/// Samples on the timer's account: within the shares of the keys, and not while one of them has to wait. The sources
/// of keys are asked with such patience.
pub async fn sample(settings: MonitorSettings, services: Services, patience: Patience) -> Round {
    settle(Monitor::new(settings), services, patience).await
}

/// Samples for a person who asks: up to half of the keys' limits, and once in spite of a pause.
pub async fn ask(settings: MonitorSettings, services: Services, patience: Patience) -> Round {
    settle(Monitor::new(settings).asked(), services, patience).await
}

async fn settle(monitor: Monitor, services: Services, patience: Patience) -> Round {
    let mut sampler = Sampler::start(monitor, services, Rights::Sample, patience);
    while !(sampler.stored.is_done() && (sampler.monitor.is_settled() || sampler.is_held_back())) {
        sampler.step().await;
    }
    let unledgered = |key: &KeyState| matches!(key.due, Some((_, PollReason::NoLedger)));
    let is_unledgered = sampler.monitor.keys.values().any(unledgered);
    runner::release(&sampler.runner.services).await;
    let mut overview = sampler.overview();
    overview.history_trouble = overview.history_trouble.or(sampler.ledger_trouble);
    Round { overview, is_unledgered }
}

/// What came of watching a rotation.
pub enum RotationWatch {
    /// It has ended.
    Ended(Rotation),
    /// It goes on.
    UnderWay(Box<RotationReport>),
    /// Why nothing is known of it.
    Unknown(RotationError),
}

/// Asks for both keys of a rotation, of the one environment in `settings`, and ends it if the old one is dead. With
/// `wait`, goes on until it is, or the service refuses the new one. `told` hears how it stands after each step.
pub async fn watch_rotation(
    settings: MonitorSettings,
    services: Services,
    keeper: KeyKeeper,
    rotation: &Rotation,
    wait: bool,
    told: impl FnMut(&RotationReport),
) -> RotationWatch {
    let mut sampler = Sampler::start(Monitor::new(settings), services, Rights::Change(keeper), Patience::User);
    let watch = sampler.watch(rotation, wait, told).await;
    runner::release(&sampler.runner.services).await;
    watch
}

/// A monitor that runs without a screen.
struct Sampler {
    monitor: Monitor,
    runner: Runner,
    mailbox: mpsc::Receiver<Delivery>,
    clock: Clock,
    stored: Storing,
    /// A rotation that has ended since the start.
    ended: Option<Rotation>,
    /// Why a rotation could not be looked at.
    trouble: Option<RotationError>,
    /// Why a call could not be entered in the history.
    ledger_trouble: Option<HistoryFailure>,
}

impl Sampler {
    fn start(monitor: Monitor, services: Services, rights: Rights, patience: Patience) -> Self {
        let clock = services.clock;
        let (runner, mailbox) = Runner::new(services, rights);
        let runner = runner.with_patience(patience);
        let stored = Storing::default();
        let mut sampler =
            Self { monitor, runner, mailbox, clock, stored, ended: None, trouble: None, ledger_trouble: None };
        sampler.tell(Event::Started);
        sampler
    }

    async fn watch(&mut self, rotation: &Rotation, wait: bool, mut told: impl FnMut(&RotationReport)) -> RotationWatch {
        let mut is_asked = false;
        loop {
            self.step().await;
            if let Some(ended) = self.ended.take() {
                return RotationWatch::Ended(ended);
            }
            let is_settled = self.monitor.environments.iter().all(|state| self.monitor.is_rotation_settled(state));
            let has_asked = self.monitor.keys.values().all(|key| key.asked_at.is_some());
            if is_settled && !has_asked && !is_asked {
                // What is known from before is no answer: whoever runs this has asked.
                is_asked = true;
                self.tell(Event::RefreshAllRequested);
                continue;
            }
            let Some(report) = self.overview().reports.pop() else {
                return RotationWatch::Unknown(Refusal::NoRotation.into());
            };
            let is_refused = matches!(report.status, Status::Invalid | Status::Revoked | Status::Forbidden);
            let report = report.rotation.filter(|report| report.rotation.id() == rotation.id());
            if let Some(report) = &report {
                told(report);
            }
            let is_watched = report.as_ref().is_some_and(|report| report.rotation.stage == Stage::Watching);
            let stays = wait && is_watched && !is_refused;
            if is_settled && self.stored.is_done() && !stays {
                let unknown = self.trouble.take().unwrap_or(RotationError::WrongTime(Refusal::MovedOn));
                return report.map(Box::new).map_or(RotationWatch::Unknown(unknown), RotationWatch::UnderWay);
            }
        }
    }

    fn overview(&self) -> Overview {
        self.monitor.overview(&self.clock.now())
    }

    /// Whether nothing is under way, and nothing is due soon.
    fn is_held_back(&self) -> bool {
        let now = self.clock.now().elapsed;
        let asked = self.monitor.environments.iter().all(|state| !state.loading && state.slot != KeySlot::Unasked);
        let idle = self.monitor.keys.values().all(|key| key.recalled && key.in_flight.is_none());
        asked && idle && self.monitor.next_wake().is_none_or(|wake| wake - now > TURN_MAX)
    }

    /// Waits for what comes next, and takes it in.
    async fn step(&mut self) {
        let now = self.clock.now().elapsed;
        let wait = self.monitor.next_wake().map(|wake| (wake - now).max(SignedDuration::ZERO).unsigned_abs());
        let wait = wait.map_or(WAIT_MAX, |wait| wait.min(WAIT_MAX));
        match tokio::time::timeout(wait, self.mailbox.recv()).await {
            Ok(Some(delivery)) => self.take(delivery),
            _ => self.tell(Event::Ticked),
        }
    }

    fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Key { environment, loaded, rotation, .. } => {
                if let Some(rotation) = rotation {
                    self.rotated(environment.clone(), rotation);
                }
                let event = self.runner.keep(environment, loaded);
                self.tell(event);
            }
            Delivery::Rotation { environment, outcome, .. } => self.rotated(environment, outcome),
            Delivery::Event(event) => self.tell(event),
            Delivery::Polled { event, ledger_trouble } => {
                self.ledger_trouble = ledger_trouble.or(self.ledger_trouble.take());
                self.tell(event);
            }
            Delivery::Announced(_) | Delivery::Credits(..) | Delivery::Tried(..) | Delivery::Removed(..) => {}
        }
    }

    fn rotated(&mut self, environment: EnvironmentName, outcome: Result<Option<LoadedRotation>, RotationError>) {
        match &outcome {
            Ok(Some(loaded)) if loaded.rotation.stage.is_ended() => self.ended = Some(loaded.rotation.clone()),
            Err(error) => self.trouble = Some(error.clone()),
            Ok(_) => {}
        }
        let event = self.runner.keep_rotation(environment, outcome);
        self.tell(event);
    }

    fn tell(&mut self, event: Event) {
        self.stored.observe(&event);
        let mut effects = self.monitor.handle(event, &self.clock.now());
        // Who runs for a moment tells nobody: without the alerts of before, none is new.
        effects.retain(|effect| *effect != Effect::LoadAlerts);
        self.stored.expect(&effects);
        self.runner.run(effects);
    }
}

/// Samples that are being stored and balances that are being asked for: the program may end only after them.
#[derive(Default)]
struct Storing {
    under_way: usize,
}

impl Storing {
    fn expect(&mut self, effects: &[Effect]) {
        let is_awaited = |effect: &&Effect| {
            matches!(effect, Effect::StoreSample { .. } | Effect::StoreStanding { .. } | Effect::LoadBalances(_))
        };
        self.under_way += effects.iter().filter(is_awaited).count();
    }

    fn observe(&mut self, event: &Event) {
        if matches!(event, Event::HistoryReported(_) | Event::BalancesLoaded { .. }) {
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    fn is_done(&self) -> bool {
        self.under_way == 0
    }
}
