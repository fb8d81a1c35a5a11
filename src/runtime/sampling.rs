//! Samples every environment once, without a screen: the monitor runs until each had its first answer.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::rotation::{LoadedRotation, RotationError};
use super::runner::{Rights, Runner};
use super::tasks::Delivery;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, Stage};
use crate::domain::status::Status;
use crate::monitor::effect::Effect;
use crate::monitor::event::Event;
use crate::monitor::model::{KeySlot, Monitor};
use crate::monitor::report::{Overview, RotationReport};
use crate::monitor::settings::MonitorSettings;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::{KeyKeeper, Patience};

/// The longest wait for a clock that should have moved.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// A key whose limits hold the next call back for longer than this is reported as it is.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(10);

/// How everything stands after one round of polls. The sources of keys are asked with such patience.
pub async fn sample(settings: MonitorSettings, services: Services, patience: Patience) -> Overview {
    let mut sampler = Sampler::start(settings, services, Rights::Sample, patience);
    while !(sampler.stored.is_done() && (sampler.monitor.is_settled() || sampler.is_held_back())) {
        sampler.step().await;
    }
    sampler.overview()
}

/// What came of watching a rotation.
pub enum RotationWatch {
    /// It has ended.
    Ended(Rotation),
    /// It goes on.
    UnderWay(Box<RotationReport>),
    /// Why nothing is known of it, as a plain sentence.
    Unknown(String),
}

/// Asks for both keys of a rotation, of the one environment in `settings`, and ends it if the old one is dead. With
/// `wait`, goes on until it is, or the service refuses the new one. `told` hears how it stands after each step.
pub async fn watch_rotation(
    settings: MonitorSettings,
    services: Services,
    keeper: KeyKeeper,
    rotation: &Rotation,
    wait: bool,
    mut told: impl FnMut(&RotationReport),
) -> RotationWatch {
    let mut sampler = Sampler::start(settings, services, Rights::Change(keeper), Patience::User);
    let mut is_asked = false;
    loop {
        sampler.step().await;
        if let Some(ended) = sampler.ended.take() {
            return RotationWatch::Ended(ended);
        }
        let is_settled = sampler.monitor.environments.iter().all(|state| sampler.monitor.is_rotation_settled(state));
        let has_asked = sampler.monitor.keys.values().all(|key| key.asked_at.is_some());
        if is_settled && !has_asked && !is_asked {
            // What is known from before is no answer: whoever runs this has asked.
            is_asked = true;
            sampler.tell(Event::RefreshAllRequested);
            continue;
        }
        let Some(report) = sampler.overview().reports.pop() else {
            return RotationWatch::Unknown("the environment is not configured".to_owned());
        };
        let is_refused = matches!(report.status, Status::Invalid | Status::Revoked | Status::Forbidden);
        let report = report.rotation.filter(|report| report.rotation.id() == rotation.id());
        if let Some(report) = &report {
            told(report);
        }
        let is_watched = report.as_ref().is_some_and(|report| report.rotation.stage == Stage::Watching);
        let stays = wait && is_watched && !is_refused;
        if is_settled && sampler.stored.is_done() && !stays {
            let unknown = sampler.trouble.unwrap_or_else(|| "the rotation has moved on meanwhile".to_owned());
            return report.map(Box::new).map_or(RotationWatch::Unknown(unknown), RotationWatch::UnderWay);
        }
    }
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
    trouble: Option<String>,
}

impl Sampler {
    fn start(settings: MonitorSettings, services: Services, rights: Rights, patience: Patience) -> Self {
        let (clock, monitor) = (services.clock, Monitor::new(settings));
        let (runner, mailbox) = Runner::new(services, rights);
        let runner = runner.with_patience(patience);
        let stored = Storing::default();
        let mut sampler = Self { monitor, runner, mailbox, clock, stored, ended: None, trouble: None };
        sampler.tell(Event::Started);
        sampler
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
            Delivery::Event(event) | Delivery::Polled { event, .. } => self.tell(event),
            Delivery::Announced(_) | Delivery::Credits(..) | Delivery::Tried(..) | Delivery::Removed(..) => {}
        }
    }

    fn rotated(&mut self, environment: EnvironmentName, outcome: Result<Option<LoadedRotation>, RotationError>) {
        match &outcome {
            Ok(Some(loaded)) if loaded.rotation.stage.is_ended() => self.ended = Some(loaded.rotation.clone()),
            Err(error) => self.trouble = Some(error.to_string()),
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
        let is_awaited = |effect: &&Effect| matches!(effect, Effect::StoreSample { .. } | Effect::LoadBalances(_));
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
