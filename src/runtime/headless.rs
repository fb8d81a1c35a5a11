//! Samples every environment once, without a screen: the monitor runs until each had its first answer.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::effect_runner::{self, EffectRunner, KeyAccess};
use super::rotation::LoadedRotation;
use super::tasks::TaskOutcome;
use crate::domain::environment::EnvironmentName;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::{Rotation, RotationError, RotationRequestError, RotationStage};
use crate::domain::status::Status;
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::Input;
use crate::monitor::settings::{Mode, MonitorSettings};
use crate::monitor::snapshot::{RotationSnapshot, Snapshot};
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::{KeyReadTimeout, KeyWriter};

/// The longest wait for a clock that should have moved.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// A key whose limits hold the next call back for longer than this is reported as it is.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(10);

/// Outcome of one round of polls.
pub struct PollRound {
    /// Snapshot at the end of the round.
    pub snapshot: Snapshot,
    /// True where keys were not polled, because no request log can be used.
    pub is_request_log_unavailable: bool,
}

/// Samples on the timer's account: within the shares of the keys, and not while one of them has to wait. The sources
/// of keys are asked with that timeout.
pub async fn poll_on_timer(settings: MonitorSettings, services: Services, timeout: KeyReadTimeout) -> PollRound {
    run_until_settled(sampler(settings, &services), services, timeout).await
}

/// Samples for a person who asks: up to half of the keys' limits, and once in spite of a pause.
pub async fn poll_on_request(settings: MonitorSettings, services: Services, timeout: KeyReadTimeout) -> PollRound {
    run_until_settled(sampler(settings, &services).asked(), services, timeout).await
}

fn sampler(settings: MonitorSettings, services: &Services) -> Monitor {
    Monitor::new(MonitorSettings { mode: Mode::Sample, ..settings }, &services.clock.now())
}

async fn run_until_settled(monitor: Monitor, services: Services, timeout: KeyReadTimeout) -> PollRound {
    let mut sampler = HeadlessLoop::start(monitor, services, KeyAccess::InUse, timeout);
    while !(sampler.pending_stores.is_done() && (sampler.monitor.is_settled() || sampler.is_held_back())) {
        sampler.step().await;
    }
    let is_request_log_unavailable = sampler.monitor.lacks_request_log();
    effect_runner::release(&sampler.runner.services).await;
    let mut snapshot = sampler.snapshot();
    snapshot.history_error = snapshot.history_error.or(sampler.request_log_error);
    PollRound { snapshot, is_request_log_unavailable }
}

/// Outcome of the watch of a rotation.
pub enum RotationOutcome {
    /// It has ended.
    Ended(Rotation),
    /// It goes on.
    UnderWay(Box<RotationSnapshot>),
    /// Error that hides its state.
    Unknown(RotationError),
}

/// Asks for both keys of a rotation, of the one environment in `settings`, and ends it if the old one is dead. With
/// `wait`, goes on until it is, or the service refuses the new one. `on_step` gets its snapshot after each.
pub async fn watch_rotation(
    settings: MonitorSettings,
    services: Services,
    writer: KeyWriter,
    rotation: &Rotation,
    wait: bool,
    on_step: impl FnMut(&RotationSnapshot),
) -> RotationOutcome {
    let mut sampler = HeadlessLoop::start(
        Monitor::new(MonitorSettings { mode: Mode::WatchRotation, ..settings }, &services.clock.now()),
        services,
        KeyAccess::Full(writer),
        KeyReadTimeout::User,
    );
    let watch = sampler.watch(rotation, wait, on_step).await;
    effect_runner::release(&sampler.runner.services).await;
    watch
}

/// A monitor that runs without a screen.
struct HeadlessLoop {
    monitor: Monitor,
    runner: EffectRunner,
    mailbox: mpsc::Receiver<TaskOutcome>,
    clock: Clock,
    pending_stores: PendingStores,
    /// A rotation that has ended since the start.
    ended: Option<Rotation>,
    /// Error of a rotation that could not be read or carried on.
    rotation_error: Option<RotationError>,
    /// Error of a call that could not be entered in the history.
    request_log_error: Option<HistoryErrorDetails>,
}

impl HeadlessLoop {
    fn start(monitor: Monitor, services: Services, access: KeyAccess, timeout: KeyReadTimeout) -> Self {
        let clock = services.clock;
        let (runner, mailbox) = EffectRunner::new(services, access);
        let runner = runner.with_timeout(timeout);
        let stored = PendingStores::default();
        let mut sampler = Self {
            monitor,
            runner,
            mailbox,
            clock,
            pending_stores: stored,
            ended: None,
            rotation_error: None,
            request_log_error: None,
        };
        sampler.handle_event(Input::Started);
        sampler
    }

    async fn watch(
        &mut self,
        rotation: &Rotation,
        wait: bool,
        mut on_step: impl FnMut(&RotationSnapshot),
    ) -> RotationOutcome {
        let mut is_asked = false;
        loop {
            self.step().await;
            if let Some(ended) = self.ended.take() {
                return RotationOutcome::Ended(ended);
            }
            let is_settled = self.monitor.are_rotations_settled();
            let has_asked = self.monitor.has_polled_each_key();
            if is_settled && !has_asked && !is_asked {
                // What is known from before is no answer: whoever runs this has asked.
                is_asked = true;
                self.handle_event(Input::RefreshAllRequested);
                continue;
            }
            let Some(environment) = self.snapshot().environments.pop() else {
                return RotationOutcome::Unknown(RotationRequestError::NoRotation.into());
            };
            let is_refused = matches!(environment.status, Status::Invalid | Status::Revoked | Status::Forbidden);
            let rotation_snapshot = environment.rotation.as_ref();
            let rotation_snapshot = rotation_snapshot.filter(|snapshot| snapshot.rotation.id() == rotation.id());
            if let Some(rotation_snapshot) = rotation_snapshot {
                on_step(rotation_snapshot);
            }
            let is_watched =
                rotation_snapshot.as_ref().is_some_and(|snapshot| snapshot.rotation.stage == RotationStage::Watching);
            let stays = wait && is_watched && !is_refused;
            if is_settled && self.pending_stores.is_done() && !stays {
                let unknown =
                    self.rotation_error.take().unwrap_or(RotationError::WrongTime(RotationRequestError::MovedOn));
                return rotation_snapshot
                    .map(|snapshot| Box::new(snapshot.clone()))
                    .map_or(RotationOutcome::Unknown(unknown), RotationOutcome::UnderWay);
            }
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::clone(&self.monitor.snapshot())
    }

    /// True where nothing is under way, and nothing is due soon.
    fn is_held_back(&self) -> bool {
        let now = self.clock.now().elapsed;
        self.monitor.is_idle() && self.monitor.next_wake().is_none_or(|wake| wake - now > TURN_MAX)
    }

    /// Waits for what comes next, and takes it in.
    async fn step(&mut self) {
        let now = self.clock.now().elapsed;
        let wait = self.monitor.next_wake().map(|wake| (wake - now).max(SignedDuration::ZERO).unsigned_abs());
        let wait = wait.map_or(WAIT_MAX, |wait| wait.min(WAIT_MAX));
        match tokio::time::timeout(wait, self.mailbox.recv()).await {
            Ok(Some(delivery)) => self.handle_outcome(delivery),
            _ => self.handle_event(Input::Ticked),
        }
    }

    fn handle_outcome(&mut self, delivery: TaskOutcome) {
        match delivery {
            TaskOutcome::KeyLoaded { environment, loaded, rotation, .. } => {
                if let Some(rotation) = rotation {
                    self.rotated(environment.clone(), rotation);
                }
                let event = self.runner.keep_key(environment, loaded);
                self.handle_event(event);
            }
            TaskOutcome::Rotation { environment, outcome, .. } => self.rotated(environment, outcome),
            TaskOutcome::Input(event) => self.handle_event(event),
            TaskOutcome::RequestLog(error) => self.request_log_error = error.or(self.request_log_error.take()),
            TaskOutcome::TerminalNotification(_)
            | TaskOutcome::OwnThemeRead(_)
            | TaskOutcome::ChartPoints(..)
            | TaskOutcome::WebPageOpened(_)
            | TaskOutcome::KeyTried(..)
            | TaskOutcome::KeyRemoved(..) => {}
        }
    }

    fn rotated(&mut self, environment: EnvironmentName, outcome: Result<Option<LoadedRotation>, RotationError>) {
        match &outcome {
            Ok(Some(loaded)) if loaded.rotation.stage.is_ended() => self.ended = Some(loaded.rotation.clone()),
            Err(error) => self.rotation_error = Some(error.clone()),
            Ok(_) => {}
        }
        let event = self.runner.keep_rotation(environment, outcome);
        self.handle_event(event);
    }

    fn handle_event(&mut self, event: Input) {
        self.pending_stores.observe(&event);
        let effects = effect_runner::handle(&mut self.monitor, event, &self.clock.now());
        self.pending_stores.expect(&effects);
        self.runner.run(effects);
    }
}

/// Samples that are being stored and balances that are being asked for: the program may end only after them.
#[derive(Default)]
struct PendingStores {
    under_way: usize,
}

impl PendingStores {
    fn expect(&mut self, effects: &[Effect]) {
        let is_awaited = |effect: &&Effect| {
            matches!(effect, Effect::StoreSample { .. } | Effect::StoreVerdict { .. } | Effect::LoadBalances(_))
        };
        self.under_way += effects.iter().filter(is_awaited).count();
    }

    fn observe(&mut self, event: &Input) {
        if matches!(event, Input::HistoryReported(_) | Input::BalancesLoaded { .. }) {
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    fn is_done(&self) -> bool {
        self.under_way == 0
    }
}
