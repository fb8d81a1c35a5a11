//! Event loop of the dashboard: one mailbox, each burst drained, then one frame.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::app_state::AppState;
use super::effect_runner::EffectRunner;
use super::enrollment::EnrollmentConditions;
use super::frame_limiter::FrameLimiter;
use super::input::{self, InputBatch};
use super::key_commands::KeyCommands;
use super::prune_schedule::PruneSchedule;
use super::rotation::LoadedRotation;
use super::signals::{self, ProcessSignal};
use super::tasks::TaskOutcome;
use super::terminal::TerminalGuard;
use super::web_page;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::RotationError;
use crate::domain::status::Severity;
use crate::domain::time::Now;
use crate::monitor::Monitor;
use crate::monitor::input::{HeldKey, Input, PollOutcome};
use crate::monitor::usage::UsageInput;
use crate::services::keys::LoadedKey;
use crate::services::sinks::Notifier;
use crate::tui::message::KeyAccepted;
use crate::tui::notice::ScreenNotice;
use crate::tui::{Action, Message};
use crate::wording::clipboard;

/// Number of points of a chart: more than a wide terminal has dots.
const CHART_POINTS: usize = 1_000;
/// Longest life of a frame, for the clock may be set.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// A running dashboard.
pub(super) struct EventLoop {
    app_state: AppState,
    pub(super) runner: EffectRunner,
    /// `None` where no key may be changed.
    pub(super) key_commands: Option<KeyCommands>,
    pub(super) terminal: TerminalGuard,
    frame_limiter: FrameLimiter,
    prune_schedule: PruneSchedule,
    pub(super) notifier: Notifier,
}

/// Course of the loop: on, or its end.
pub(super) type Flow = ControlFlow<io::Result<()>>;

const ON: Flow = Flow::Continue(());
const END: Flow = Flow::Break(Ok(()));

impl EventLoop {
    pub(super) fn new(
        app_state: AppState,
        runner: EffectRunner,
        key_commands: Option<KeyCommands>,
        terminal: TerminalGuard,
        retention: Option<SignedDuration>,
        notifier: Notifier,
    ) -> Self {
        let (frame_limiter, prune_schedule) = (FrameLimiter::default(), PruneSchedule::new(retention));
        Self { app_state, runner, key_commands, terminal, frame_limiter, prune_schedule, notifier }
    }

    /// Runs until the operator or the system ends it.
    pub(super) async fn run(
        &mut self,
        mut mailbox: mpsc::Receiver<TaskOutcome>,
        mut signals: mpsc::Receiver<ProcessSignal>,
    ) -> io::Result<()> {
        let mut typed = input::listen()?;
        self.runner.follow();
        self.step(Input::Started);
        self.step(Input::Usage(UsageInput::Followed));
        loop {
            let wait = self.wait();
            let mut flow = ON;
            let is_by_hand = tokio::select! {
                signal = signals.recv() => {
                    flow = self.handle_signal(signal);
                    true
                }
                events = typed.recv() => {
                    flow = self.handle_events(events);
                    true
                }
                () = self.terminal.taken() => true,
                Some(outcome) = mailbox.recv() => {
                    self.handle_outcome(outcome);
                    false
                }
                () = tokio::time::sleep(wait) => {
                    self.step(Input::Ticked);
                    false
                }
            };
            while let Ok(outcome) = mailbox.try_recv() {
                self.handle_outcome(outcome);
            }
            if let Flow::Break(end) = flow {
                return end;
            }
            if is_by_hand || self.frame_limiter.is_due(self.app_state.clock.now().elapsed) {
                self.draw()?;
            }
        }
    }

    /// Draws a frame, after what it needs was asked for.
    fn draw(&mut self) -> io::Result<()> {
        if let Some((key, range)) = self.app_state.chart_to_load() {
            self.runner.chart(key, range, CHART_POINTS);
        }
        if let Some(opened) = self.app_state.activity_opened() {
            self.step(opened);
        }
        self.app_state.sink_error = self.notifier.failing_sink();
        self.app_state.update_changes_at();
        if self.app_state.is_outdated() {
            self.step(Input::Ticked);
            self.app_state.update_changes_at();
        }
        let before = self.app_state.clock.now().elapsed;
        if self.app_state.draw(&mut self.terminal)? {
            self.frame_limiter.drawn(before, self.app_state.clock.now().elapsed);
        }
        Ok(())
    }

    /// Time until something is due: a poll, a text that changes, or a frame that was put off. A clock that is set is
    /// noticed within a minute.
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

    /// Passes an input to the monitor, and starts the effects.
    fn step(&mut self, input: Input) {
        let effects = self.app_state.step(input);
        self.runner.run(effects);
        self.runner.forget_unheld(&self.app_state.monitor);
    }

    fn handle_outcome(&mut self, outcome: TaskOutcome) {
        match outcome {
            TaskOutcome::Input(input) => {
                if let Input::Polled { fingerprint, outcome, .. } = &input
                    && let Some(sample) = outcome.sample()
                {
                    if matches!(outcome, PollOutcome::Answered(_)) {
                        self.prune(sample.clock_skew());
                    }
                    self.app_state.charts.add(*fingerprint, sample);
                }
                self.step(input);
            }
            TaskOutcome::KeyLoaded { environment, begun, .. } if self.runner.reloads_outdated(&environment, begun) => {}
            TaskOutcome::KeyLoaded { environment, loaded, rotation, .. } => {
                if let Some(rotation) = rotation {
                    let input = self.runner.keep_rotation(environment.clone(), rotation);
                    self.step(input);
                }
                let is_found = loaded.is_ok();
                let input = self.runner.keep_key(environment.clone(), loaded);
                self.step(input);
                self.show(Message::KeyLookupFinished { environment, is_found });
            }
            TaskOutcome::Rotation { environment, outcome, asked } => self.rotated(environment, outcome, asked),
            TaskOutcome::KeyRemoved(environment, outcome) => {
                self.runner.outdate(environment.clone());
                self.step(Input::RefreshRequested(environment.clone()));
                self.show(Message::KeyRemoved { environment, outcome });
            }
            TaskOutcome::TerminalNotification(notification) => {
                let bytes = self.notifier.announcement(&notification);
                let text = self.app_state.screen.charset().text(&String::from_utf8_lossy(&bytes));
                self.terminal.announce(text.as_bytes());
            }
            TaskOutcome::WebPageOpened(is_open) => self.show(Message::WebPageOpened(is_open)),
            TaskOutcome::OwnThemeRead(outcome) => self.show(Message::OwnThemeRead(outcome)),
            TaskOutcome::RequestLog(error) => self.app_state.request_log_error = error,
            TaskOutcome::ChartPoints(key, range, points) => {
                self.app_state.set_chart_points(key, range, points);
            }
            TaskOutcome::KeyTried(environment, outcome) => {
                self.runner.outdate(environment.clone());
                let outcome = outcome.map(|accepted| {
                    let identity = accepted.loaded.key.identity();
                    if accepted.overridden_by.is_none() {
                        self.use_enrolled_key(environment.clone(), accepted.loaded);
                    }
                    KeyAccepted { identity, overridden_by: accepted.overridden_by }
                });
                let is_over = outcome.as_ref().err().is_none_or(|error| error.check_error().is_none());
                if let Some(commands) = self.key_commands.as_mut().filter(|_| is_over) {
                    commands.forget_offered(&environment);
                }
                self.show(Message::KeyTried { environment, outcome });
            }
        }
    }

    /// Handles the end of a step of a rotation.
    fn rotated(
        &mut self,
        environment: EnvironmentName,
        outcome: Result<Option<LoadedRotation>, RotationError>,
        asked: bool,
    ) {
        self.runner.outdate(environment.clone());
        let answer = match outcome {
            Ok(mut loaded) => {
                let current = loaded.as_mut().and_then(|loaded| loaded.current.take());
                let input = self.runner.keep_rotation(environment.clone(), Ok(loaded));
                self.step(input);
                if asked && let Some(commands) = &mut self.key_commands {
                    commands.forget_offered(&environment);
                }
                if let Some(in_use) = current.and_then(|key| self.runner.from_store(&environment, key)) {
                    self.use_enrolled_key(environment.clone(), in_use);
                }
                Ok(())
            }
            Err(error) if asked => Err(error),
            Err(error) => {
                let input = self.runner.keep_rotation(environment, Err(error));
                return self.step(input);
            }
        };
        if asked {
            self.show(Message::RotationAnswered { environment, outcome: answer });
        }
    }

    /// Puts a key in use that was just stored.
    fn use_enrolled_key(&mut self, environment: EnvironmentName, loaded: LoadedKey) {
        let held = HeldKey { identity: self.runner.hold(loaded.key), source: loaded.source };
        for input in inputs_of_stored_key(&self.app_state.monitor, environment, held) {
            self.step(input);
        }
    }

    /// Deletes old samples, if it is due and the skew of an answer that came just now shows that this machine's clock
    /// is right.
    fn prune(&mut self, skew: Option<SignedDuration>) {
        let now = self.app_state.clock.now().elapsed;
        if let Some(retention) = self.prune_schedule.take_due(now, skew) {
            self.runner.prune(retention);
        }
    }

    /// Passes a message to the screen, and performs its actions.
    fn update(&mut self, message: Message) -> Flow {
        self.app_state.update(message).into_iter().try_for_each(|action| self.perform(action))
    }

    /// Passes the message of an outcome to the screen; none of its actions ends the loop.
    fn show(&mut self, message: Message) {
        _ = self.update(message);
    }

    /// Shows a notice.
    pub(super) fn notice(&mut self, text: String) {
        self.show(Message::Noticed(ScreenNotice { severity: Severity::Ok, text }));
    }

    /// Handles what came from the terminal together, which one frame shows.
    fn handle_events(&mut self, batch: Option<io::Result<InputBatch>>) -> Flow {
        let batch = match batch {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => return Flow::Break(Err(error)),
            None => return END,
        };
        batch.messages().into_iter().try_for_each(|message| self.update(message))?;
        self.app_state.resize();
        ON
    }

    fn handle_signal(&mut self, signal: Option<ProcessSignal>) -> Flow {
        let handled = match signal {
            Some(ProcessSignal::Suspend) => self.suspend(),
            Some(ProcessSignal::Continue | ProcessSignal::Resized) => self.repair(),
            Some(ProcessSignal::End) | None => return END,
        };
        handled.map_or_else(|error| Flow::Break(Err(error)), Flow::Continue)
    }

    fn repair(&mut self) -> io::Result<()> {
        self.terminal.repair()?;
        self.app_state.resize();
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        if !signals::can_stop() {
            self.notice("no shell could bring the dashboard back, so it stays".to_owned());
            return Ok(());
        }
        self.terminal.release();
        signals::stop();
        self.repair()
    }

    fn perform(&mut self, action: Action) -> Flow {
        match action {
            Action::Quit => return END,
            Action::Redraw => return end_on_error(self.terminal.repair()),
            Action::Suspend => return end_on_error(self.suspend()),
            Action::Refresh(environment) => self.refresh(Input::RefreshRequested(environment)),
            Action::RefreshAll => self.refresh(Input::RefreshAllRequested),
            Action::TogglePause => self.step(Input::PauseToggled),
            Action::Acknowledge(environment, request) => {
                self.step(Input::AcknowledgementRequested(environment, request));
            }
            Action::OpenWebPage if web_page::open(&self.runner.tasks) => {}
            Action::OpenWebPage => self.show(Message::WebPageOpened(false)),
            Action::Copy(content) => self.notice(clipboard::copied(content, self.terminal.copy(&content.text()))),
            Action::SnoozeRotation(environment) => self.step(Input::RotationSnoozed(environment)),
            change => self.change_key(change),
        }
        ON
    }

    /// Polls for a person, whom nothing answers that was remembered.
    fn refresh(&mut self, input: Input) {
        self.runner.services.keys.ask_person_again();
        self.step(input);
    }

    /// Changes a key; does nothing where none may be changed.
    fn change_key(&mut self, action: Action) {
        let Some(commands) = &mut self.key_commands else { return };
        let held = self.app_state.keys_in_use();
        match action {
            Action::TryKey { environment, key, overrides } => {
                commands.try_key(environment, key, EnrollmentConditions { held, overrides });
            }
            Action::ForceKey { environment, overrides } => {
                commands.override_trial(environment, EnrollmentConditions { held, overrides });
            }
            Action::CancelKeyTrial(environment) => commands.cancel_trial(&environment),
            Action::RemoveKey(environment) => commands.remove_key(environment),
            Action::StartRotation(environment) => commands.start_rotation(environment),
            Action::TryNewKey { environment, key } => commands.offer_key(environment, key, held),
            Action::ForceNewKey(environment) => commands.insist(environment, held),
            Action::Rotation(seen, request) => commands.request(*seen, request),
            Action::Quit
            | Action::Redraw
            | Action::Suspend
            | Action::Refresh(_)
            | Action::RefreshAll
            | Action::TogglePause
            | Action::OpenWebPage
            | Action::Copy(_)
            | Action::Acknowledge(..)
            | Action::SnoozeRotation(_) => {}
        }
    }
}

/// The end of the program where the terminal can't be used any more.
fn end_on_error(outcome: io::Result<()>) -> Flow {
    outcome.map_or_else(
        |error| {
            tracing::warn!(%error, "the terminal can't be used any more");
            END
        },
        Flow::Continue,
    )
}

/// Inputs of the monitor about a key that was just stored. One that it knows is polled at once, for it may have been
/// refused before.
fn inputs_of_stored_key(monitor: &Monitor, environment: EnvironmentName, held: HeldKey) -> Vec<Input> {
    let is_known = monitor.holds(held.identity.fingerprint);
    let loaded = Input::KeyLoaded { environment: environment.clone(), outcome: Ok(held) };
    std::iter::once(loaded).chain(is_known.then_some(Input::RefreshRequested(environment))).collect()
}

#[cfg(test)]
mod tests;
