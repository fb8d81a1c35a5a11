//! The event loop of the dashboard: one mailbox, each burst drained, then one frame.

mod app_state;
mod frame_limiter;
mod prune_schedule;

use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::chart_cache::ChartCache;
use super::effect_runner::{EffectRunner, Mode};
use super::enrollment::EnrollmentConditions;
use super::input::{self, InputEvent};
use super::key_commands::{HeldKeys, KeyCommands};
use super::rotation::LoadedRotation;
use super::signals::{self, ProcessSignal};
use super::tasks::TaskOutcome;
use super::terminal::TerminalGuard;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::RotationError;
use crate::domain::status::Severity;
use crate::domain::time::Now;
use crate::monitor::input::{HeldKey, Input, PollOutcome};
use crate::monitor::model::Monitor;
use crate::monitor::settings::MonitorSettings;
use crate::monitor::usage::UsageInput;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::{KeyWriter, LoadedKey};
use crate::services::sinks::Notifier;
use crate::tui::message::KeyAccepted;
use crate::tui::notice::ScreenNotice;
use crate::tui::screen::ScreenSettings;
use crate::tui::{Action, Message, Screen};
use crate::wording;
use app_state::AppState;
use frame_limiter::FrameLimiter;
use prune_schedule::PruneSchedule;

/// More points than a wide terminal has dots.
const CHART_POINTS: usize = 1_000;
/// No frame is shown for longer, for the clock may be set.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// How long the end waits for what is still being stored.
const END_LIMIT: Duration = Duration::from_millis(500);

/// All that the dashboard is told at its start.
pub struct DashboardSettings {
    /// What to watch.
    pub monitor: MonitorSettings,
    /// How the screen is to be.
    pub screen: ScreenSettings,
    /// What time it is.
    pub clock: Clock,
    /// In which times are shown.
    pub zone: TimeZone,
    /// Samples older than this are deleted; `None` keeps them.
    pub retention: Option<SignedDuration>,
}

/// Runs the dashboard until the operator or the system ends it. The first frame is drawn before `services` makes
/// anything ready. Without a keeper of keys no key pressed can lead to a change of any.
///
/// # Errors
/// Where the terminal can't be used.
pub async fn run(
    settings: DashboardSettings,
    services: impl AsyncFnOnce() -> io::Result<(Services, Option<KeyWriter>)>,
) -> io::Result<()> {
    let mut signals = signals::listen()?;
    let mut terminal = TerminalGuard::take()?;
    let unwatched = settings.monitor.unwatched.clone();
    let watched: Vec<_> = settings.monitor.environments.iter().map(|one| one.environment.name.clone()).collect();
    let mut dashboard = AppState {
        monitor: Monitor::new(settings.monitor),
        screen: Screen::new(settings.screen),
        zone: settings.zone,
        clock: settings.clock,
        charts: ChartCache::default(),
        request_log_error: None,
        changes_at: Timestamp::MIN,
        sink_error: None,
    };
    dashboard.resize();
    dashboard.draw(&mut terminal)?;
    let (services, keeper) = tokio::select! {
        services = services() => services?,
        () = end_signal(&mut signals) => return Ok(()),
    };
    let (history, notifier) = (services.history.clone(), services.notifier.clone());
    let unclaimed = services.keys.unclaimed(&watched.iter().chain(&unwatched).collect::<Vec<_>>());
    notifier.resume();
    let (runner, mailbox) = EffectRunner::new(services, keeper.map_or(Mode::Observer, Mode::Operator));
    let desk = runner.key_commands().map(|desk| desk.beside(unwatched));
    let pruning = PruneSchedule::new(settings.retention);
    let frames = FrameLimiter::default();
    let mut session = EventLoop {
        app_state: dashboard,
        runner,
        key_commands: desk,
        terminal,
        frame_limiter: frames,
        prune_schedule: pruning,
        watched_activity: None,
        notifier,
    };
    if let Some(text) = wording::unconfigured_keys::notice(&unclaimed) {
        session.show(Message::Noticed(ScreenNotice { severity: Severity::Ok, text }));
    }
    let outcome = session.run(mailbox, signals).await;
    let EventLoop { runner, key_commands: desk, terminal, notifier, .. } = session;
    drop(terminal);
    drop(desk);
    let stored = tokio::time::timeout(END_LIMIT, runner.finish()).await;
    if !notifier.finish(END_LIMIT).await {
        tracing::warn!("some notifications took too long at the end, and were given up");
    }
    if stored.is_err() || !history.close(END_LIMIT).await {
        tracing::warn!("the history took too long at the end");
    }
    outcome
}

async fn end_signal(signals: &mut mpsc::Receiver<ProcessSignal>) {
    while !matches!(signals.recv().await, Some(ProcessSignal::End) | None) {}
}

/// A running dashboard.
struct EventLoop {
    app_state: AppState,
    runner: EffectRunner,
    /// `None` where no key may be changed.
    key_commands: Option<KeyCommands>,
    terminal: TerminalGuard,
    frame_limiter: FrameLimiter,
    prune_schedule: PruneSchedule,
    /// The environment whose activity the operator looks at.
    watched_activity: Option<EnvironmentName>,
    notifier: Notifier,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl EventLoop {
    async fn run(
        &mut self,
        mut mailbox: mpsc::Receiver<TaskOutcome>,
        mut signals: mpsc::Receiver<ProcessSignal>,
    ) -> io::Result<()> {
        let mut typed = input::listen()?;
        self.runner.follow_key_store();
        self.runner.follow_sinks();
        self.handle_event(Input::Started);
        self.handle_event(Input::Usage(UsageInput::Followed));
        loop {
            let wait = self.wait();
            let mut is_by_hand = true;
            let flow = tokio::select! {
                signal = signals.recv() => self.handle_signal(signal)?,
                arrivals = typed.recv() => match arrivals {
                    Some(arrivals) => self.handle_input(arrivals?),
                    None => Flow::End,
                },
                Some(delivery) = mailbox.recv() => {
                    is_by_hand = false;
                    self.handle_outcome(delivery)
                }
                () = self.terminal.taken() => Flow::On,
                () = tokio::time::sleep(wait) => {
                    is_by_hand = false;
                    self.handle_event(Input::Ticked)
                }
            };
            while let Ok(delivery) = mailbox.try_recv() {
                self.handle_outcome(delivery);
            }
            if flow == Flow::End {
                return Ok(());
            }
            if is_by_hand || self.frame_limiter.is_due(self.app_state.clock.now().elapsed) {
                self.chart();
                self.watch_activity();
                self.app_state.sink_error = self.notifier.failing_sink();
                self.draw()?;
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let before = self.app_state.clock.now().elapsed;
        if self.app_state.draw(&mut self.terminal)? {
            self.frame_limiter.drawn(before, self.app_state.clock.now().elapsed);
        }
        Ok(())
    }

    /// Until the next timed thing: a poll, a text that changes, or a frame that was put off. A clock that is set is noticed
    /// within a minute.
    fn wait(&self) -> Duration {
        let Now { elapsed, wall } = self.app_state.clock.now();
        let poll = self.app_state.monitor.next_wake().map(|wake| wake - elapsed);
        let frame = if self.frame_limiter.put_off {
            self.frame_limiter.due - elapsed
        } else {
            self.app_state.changes_at.duration_since(wall).min(MINUTE)
        };
        let wait = poll.into_iter().fold(frame, SignedDuration::min);
        wait.max(SignedDuration::ZERO).unsigned_abs()
    }

    fn handle_event(&mut self, event: Input) -> Flow {
        let effects = self.app_state.monitor.handle(event, &self.app_state.clock.now());
        self.runner.run(effects);
        self.runner.forget_unheld(&self.app_state.monitor);
        Flow::On
    }

    fn handle_outcome(&mut self, delivery: TaskOutcome) -> Flow {
        match delivery {
            TaskOutcome::KeyLoaded { environment, begun, .. } if self.runner.reloads_outdated(&environment, begun) => {
                Flow::On
            }
            TaskOutcome::KeyLoaded { environment, loaded, rotation, .. } => {
                if let Some(rotation) = rotation {
                    let event = self.runner.keep_rotation(environment.clone(), rotation);
                    self.handle_event(event);
                }
                let is_found = loaded.is_ok();
                let event = self.runner.keep_key(environment.clone(), loaded);
                self.handle_event(event);
                self.show(Message::KeyLookupFinished { environment, is_found })
            }
            TaskOutcome::Rotation { environment, outcome, asked } => self.rotated(environment, outcome, asked),
            TaskOutcome::KeyRemoved(environment, outcome) => {
                self.runner.outdate(environment.clone());
                self.handle_event(Input::RefreshRequested(environment.clone()));
                self.show(Message::KeyRemoved { environment, outcome })
            }
            TaskOutcome::Event(event) => self.handle_event(event),
            TaskOutcome::TerminalNotification(notification) => {
                let bytes = self.notifier.announcement(&notification);
                let text = self.app_state.screen.charset().text(&String::from_utf8_lossy(&bytes));
                self.terminal.announce(text.as_bytes());
                Flow::On
            }
            TaskOutcome::Polled { event, ledger_trouble } => {
                self.app_state.request_log_error = ledger_trouble;
                if let Input::Polled { outcome: PollOutcome::Answered(sample), .. } = &event {
                    self.prune(sample.clock_skew());
                }
                if let Input::Polled { fingerprint, outcome, .. } = &event
                    && let Some(sample) = outcome.sample()
                {
                    self.app_state.charts.add(*fingerprint, sample);
                }
                self.handle_event(event)
            }
            TaskOutcome::ChartPoints(fingerprint, range, points) => {
                self.app_state.set_chart_points(fingerprint, range, points);
                Flow::On
            }
            TaskOutcome::KeyTried(environment, outcome) => {
                self.runner.outdate(environment.clone());
                let outcome = match outcome {
                    Ok(accepted) => {
                        let identity = accepted.loaded.key.identity();
                        if accepted.overridden_by.is_none() {
                            self.use_enrolled_key(environment.clone(), accepted.loaded);
                        }
                        Ok(KeyAccepted { identity, overridden_by: accepted.overridden_by })
                    }
                    Err(error) => Err(error),
                };
                let is_over = outcome.as_ref().err().is_none_or(|error| error.check_error().is_none());
                if let Some(desk) = self.key_commands.as_mut().filter(|_| is_over) {
                    desk.forget_offered(&environment);
                }
                self.show(Message::KeyTried { environment, outcome })
            }
        }
    }

    /// A step of a rotation was taken, or not.
    fn rotated(
        &mut self,
        environment: EnvironmentName,
        outcome: Result<Option<LoadedRotation>, RotationError>,
        asked: bool,
    ) -> Flow {
        self.runner.outdate(environment.clone());
        let answer = match outcome {
            Ok(mut loaded) => {
                let current = loaded.as_mut().and_then(|loaded| loaded.current.take());
                let event = self.runner.keep_rotation(environment.clone(), Ok(loaded));
                self.handle_event(event);
                if asked && let Some(desk) = &mut self.key_commands {
                    desk.forget_offered(&environment);
                }
                if let Some(in_use) = current.and_then(|key| self.runner.from_store(&environment, key)) {
                    self.use_enrolled_key(environment.clone(), in_use);
                }
                Ok(())
            }
            Err(error) if asked => Err(error),
            Err(error) => {
                let event = self.runner.keep_rotation(environment.clone(), Err(error));
                return self.handle_event(event);
            }
        };
        if asked { self.show(Message::RotationAnswered { environment, outcome: answer }) } else { Flow::On }
    }

    /// Uses a key that was just stored.
    fn use_enrolled_key(&mut self, environment: EnvironmentName, loaded: LoadedKey) {
        let held = HeldKey { identity: self.runner.hold(loaded.key), source: loaded.source };
        for event in events_of_stored_key(&self.app_state.monitor, environment, held) {
            self.handle_event(event);
        }
    }

    /// Deletes old samples, if it is time and an answer that came just now shows that this machine's clock is right.
    fn prune(&mut self, skew: Option<SignedDuration>) {
        let now = self.app_state.clock.now().elapsed;
        if let Some(retention) = self.prune_schedule.take_due(now, skew) {
            self.runner.prune(retention);
        }
    }

    fn show(&mut self, message: Message) -> Flow {
        let actions = self.app_state.update(message);
        actions
            .into_iter()
            .fold(Flow::On, |flow, action| if self.perform(action) == Flow::End { Flow::End } else { flow })
    }

    /// What comes together is shown in one frame.
    fn handle_input(&mut self, arrivals: Vec<InputEvent>) -> Flow {
        for message in input::messages(arrivals) {
            if self.show(message) == Flow::End {
                return Flow::End;
            }
        }
        self.app_state.resize();
        Flow::On
    }

    fn handle_signal(&mut self, signal: Option<ProcessSignal>) -> io::Result<Flow> {
        match signal {
            Some(ProcessSignal::Suspend) => {
                self.suspend()?;
                Ok(Flow::On)
            }
            Some(ProcessSignal::Continue | ProcessSignal::Resized) => {
                self.terminal.repair()?;
                self.app_state.resize();
                Ok(Flow::On)
            }
            Some(ProcessSignal::End) | None => Ok(Flow::End),
        }
    }

    fn suspend(&mut self) -> io::Result<()> {
        if !signals::can_stop() {
            let text = "no shell could bring the dashboard back, so it stays".to_owned();
            self.show(Message::Noticed(ScreenNotice { severity: Severity::Ok, text }));
            return Ok(());
        }
        self.terminal.release();
        signals::stop();
        self.terminal.repair()?;
        self.app_state.resize();
        Ok(())
    }

    fn perform(&mut self, action: Action) -> Flow {
        match action {
            Action::Quit => Flow::End,
            Action::Refresh(environment) => self.refresh(Input::RefreshRequested(environment)),
            Action::RefreshAll => self.refresh(Input::RefreshAllRequested),
            Action::TogglePause => self.handle_event(Input::PauseToggled),
            Action::Redraw => self.end_unless(|session| session.terminal.repair()),
            Action::Suspend => self.end_unless(Self::suspend),
            Action::Acknowledge(environment) => self.handle_event(Input::AlertsAcknowledged(environment)),
            Action::SnoozeRotation(environment) => self.handle_event(Input::RotationSnoozed(environment)),
            other => {
                self.change_key(other);
                Flow::On
            }
        }
    }

    /// Nothing that was remembered answers a person.
    fn refresh(&mut self, event: Input) -> Flow {
        self.runner.services.keys.ask_person_again();
        self.handle_event(event)
    }

    /// What changes keys goes to the desk, and where there is none, nowhere.
    fn change_key(&mut self, action: Action) {
        let held = self.held_keys();
        let Some(desk) = &mut self.key_commands else { return };
        match action {
            Action::TryKey { environment, key, insistence } => {
                desk.try_key(environment, key, EnrollmentConditions { held, insistence });
            }
            Action::ForceKey { environment, insistence } => {
                desk.override_trial(environment, EnrollmentConditions { held, insistence });
            }
            Action::CancelKeyTrial(environment) => desk.cancel_trial(&environment),
            Action::RemoveKey(environment) => desk.remove_key(environment),
            Action::StartRotation(environment) => desk.start_rotation(environment),
            Action::TryNewKey { environment, key } => desk.offer_key(environment, key, held),
            Action::ForceNewKey(environment) => desk.insist(environment, held),
            Action::Rotation(seen, request) => desk.request(*seen, request),
            _ => {}
        }
    }

    fn held_keys(&self) -> HeldKeys {
        let environments = self.app_state.monitor.environments.iter();
        environments
            .filter_map(|state| Some((state.watched.environment.name.clone(), state.slot.fingerprint()?)))
            .collect()
    }

    /// A terminal that can't be used any more ends the program.
    fn end_unless(&mut self, act: impl FnOnce(&mut Self) -> io::Result<()>) -> Flow {
        match act(self) {
            Ok(()) => Flow::On,
            Err(error) => {
                tracing::warn!(%error, "the terminal can't be used any more");
                Flow::End
            }
        }
    }

    /// Tells the monitor whose activity the operator looks at, when that changes.
    fn watch_activity(&mut self) {
        let overview = self.app_state.monitor.snapshot(&self.app_state.clock.now());
        let watched = self.app_state.screen.watched_activity(&overview);
        if watched != self.watched_activity {
            self.watched_activity.clone_from(&watched);
            self.handle_event(Input::Usage(UsageInput::Opened(watched)));
        }
    }

    /// Asks for the balances of the chosen environment.
    fn chart(&mut self) {
        if let Some((fingerprint, range)) = self.app_state.key_without_chart() {
            self.runner.chart(fingerprint, range, CHART_POINTS);
        }
    }
}

/// What the monitor is to hear of a key that was just stored. One that it knows is polled at once, for it may have been
/// refused before.
fn events_of_stored_key(monitor: &Monitor, environment: EnvironmentName, held: HeldKey) -> Vec<Input> {
    let is_known = monitor.keys.contains_key(&held.identity.fingerprint);
    let loaded = Input::KeyLoaded { environment: environment.clone(), outcome: Ok(held) };
    std::iter::once(loaded).chain(is_known.then_some(Input::RefreshRequested(environment))).collect()
}

#[cfg(test)]
mod tests;
