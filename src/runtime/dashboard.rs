//! The event loop of the dashboard: one mailbox, each burst drained, then one frame.

mod frames;
mod pruning;
mod shown;

use std::io;
use std::time::Duration;

use crossterm::event::Event as TerminalEvent;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::charts::Charts;
use super::desk::{HeldKeys, KeyDesk};
use super::input;
use super::rotation::{LoadedRotation, RotationError};
use super::runner::{Rights, Runner};
use super::signals::{self, Signal};
use super::storing::Conditions;
use super::tasks::Delivery;
use super::terminal::TerminalGuard;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;
use crate::domain::time::Now;
use crate::monitor::activity::ActivityEvent;
use crate::monitor::event::{Event, HeldKey, PollOutcome};
use crate::monitor::model::Monitor;
use crate::monitor::settings::MonitorSettings;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::{KeyKeeper, LoadedKey};
use crate::services::notify::Notifier;
use crate::tui::message::{KeyAccepted, KeyRefused, RotationRefused};
use crate::tui::screen::{Notice, ScreenSettings};
use crate::tui::{Action, Message, Screen};
use crate::wording::remedies::Place;
use frames::Frames;
use pruning::Pruning;
use shown::{Dashboard, MINUTE, minute_of};

/// More points than a wide terminal has dots.
const CHART_POINTS: usize = 1_000;
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
    services: impl AsyncFnOnce() -> io::Result<(Services, Option<KeyKeeper>)>,
) -> io::Result<()> {
    let mut signals = signals::listen()?;
    let mut terminal = TerminalGuard::take()?;
    let unwatched = settings.monitor.left_out.clone();
    let mut dashboard = Dashboard {
        monitor: Monitor::new(settings.monitor),
        screen: Screen::new(settings.screen),
        zone: settings.zone,
        clock: settings.clock,
        charts: Charts::default(),
        ledger_trouble: None,
        sink_trouble: None,
    };
    dashboard.resize(&terminal)?;
    dashboard.draw(&mut terminal)?;
    let (services, keeper) = tokio::select! {
        services = services() => services?,
        () = told_to_end(&mut signals) => return Ok(()),
    };
    let (history, notifier) = (services.history.clone(), services.notifier.clone());
    notifier.resume();
    let (runner, mailbox) = Runner::new(services, keeper.map_or(Rights::Watch, Rights::Change));
    let desk = runner.desk().map(|desk| desk.beside(unwatched));
    let pruning = Pruning::new(settings.retention);
    let frames = Frames::default();
    let mut session = Session { dashboard, runner, desk, terminal, frames, pruning, watched_activity: None, notifier };
    let outcome = session.run(mailbox, signals).await;
    let Session { runner, desk, terminal, notifier, .. } = session;
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

async fn told_to_end(signals: &mut mpsc::Receiver<Signal>) {
    while !matches!(signals.recv().await, Some(Signal::End) | None) {}
}

/// A running dashboard.
struct Session {
    dashboard: Dashboard,
    runner: Runner,
    /// `None` where no key may be changed.
    desk: Option<KeyDesk>,
    terminal: TerminalGuard,
    frames: Frames,
    pruning: Pruning,
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

impl Session {
    async fn run(
        &mut self,
        mut mailbox: mpsc::Receiver<Delivery>,
        mut signals: mpsc::Receiver<Signal>,
    ) -> io::Result<()> {
        let mut bursts = input::listen()?;
        self.runner.follow_key_store();
        self.tell(Event::Started);
        self.tell(Event::Activity(ActivityEvent::Followed));
        loop {
            let wait = self.wait();
            let mut is_by_hand = true;
            let flow = tokio::select! {
                signal = signals.recv() => self.signalled(signal)?,
                burst = bursts.recv() => match burst {
                    Some(burst) => self.typed(burst?)?,
                    None => Flow::End,
                },
                Some(delivery) = mailbox.recv() => {
                    is_by_hand = false;
                    self.delivered(delivery)
                }
                () = self.terminal.taken() => Flow::On,
                () = tokio::time::sleep(wait) => {
                    is_by_hand = false;
                    self.tell(Event::Ticked)
                }
            };
            while let Ok(delivery) = mailbox.try_recv() {
                self.delivered(delivery);
            }
            if flow == Flow::End {
                return Ok(());
            }
            if is_by_hand || self.frames.is_due(self.dashboard.clock.now().elapsed) {
                self.chart();
                self.watch_activity();
                self.dashboard.sink_trouble = self.notifier.trouble();
                self.draw()?;
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let before = self.dashboard.clock.now().elapsed;
        if self.dashboard.draw(&mut self.terminal)? {
            self.frames.drawn(before, self.dashboard.clock.now().elapsed);
        }
        Ok(())
    }

    /// Until the next timed thing: a poll, the minute, or a frame that was put off.
    fn wait(&self) -> Duration {
        let Now { elapsed, wall } = self.dashboard.clock.now();
        let minute = MINUTE - wall.duration_since(minute_of(wall));
        let poll = self.dashboard.monitor.next_wake().map(|wake| wake - elapsed);
        let frame = self.frames.put_off.then(|| self.frames.due - elapsed);
        let wait = poll.into_iter().chain(frame).fold(minute, SignedDuration::min);
        wait.max(SignedDuration::ZERO).unsigned_abs()
    }

    fn tell(&mut self, event: Event) -> Flow {
        let effects = self.dashboard.monitor.handle(event, &self.dashboard.clock.now());
        self.runner.run(effects);
        self.runner.forget_unheld(&self.dashboard.monitor);
        Flow::On
    }

    fn delivered(&mut self, delivery: Delivery) -> Flow {
        match delivery {
            Delivery::Key { environment, begun, .. } if self.runner.asks_anew(&environment, begun) => Flow::On,
            Delivery::Key { environment, loaded, rotation, .. } => {
                if let Some(rotation) = rotation {
                    let event = self.runner.keep_rotation(environment.clone(), rotation);
                    self.tell(event);
                }
                let event = self.runner.keep(environment, loaded);
                self.tell(event)
            }
            Delivery::Rotation { environment, outcome, asked } => self.rotated(environment, outcome, asked),
            Delivery::Removed(environment, outcome) => {
                self.runner.outdate(environment.clone());
                self.tell(Event::RefreshRequested(environment.clone()));
                self.show(Message::KeyRemoved { environment, outcome })
            }
            Delivery::Event(event) => self.tell(event),
            Delivery::Announced(notification) => {
                let bytes = self.notifier.announcement(&notification);
                self.terminal.announce(&bytes);
                Flow::On
            }
            Delivery::Polled { event, ledger_trouble } => {
                self.dashboard.ledger_trouble = ledger_trouble;
                if let Event::Polled { outcome: PollOutcome::Answered(sample), .. } = &event {
                    self.prune(sample.clock_skew());
                }
                if let Event::Polled { fingerprint, outcome, .. } = &event
                    && let Some(sample) = outcome.sample()
                {
                    self.dashboard.charts.add(*fingerprint, sample);
                }
                self.tell(event)
            }
            Delivery::Credits(fingerprint, range, points) => {
                self.dashboard.charted(fingerprint, range, points);
                Flow::On
            }
            Delivery::Tried(environment, outcome) => {
                self.runner.outdate(environment.clone());
                let outcome = match outcome {
                    Ok(accepted) => {
                        let identity = accepted.loaded.key.identity();
                        if accepted.overridden_by.is_none() {
                            self.take_over(environment.clone(), accepted.loaded);
                        }
                        Ok(KeyAccepted { identity, overridden_by: accepted.overridden_by })
                    }
                    Err(refused) => Err(KeyRefused {
                        perhaps_stored: refused.perhaps_stored,
                        remedy: Some(refused.remedy(&environment, &Place::Dialog)),
                        objection: refused.objection().cloned(),
                        message: refused.message,
                    }),
                };
                let is_over = outcome.as_ref().err().is_none_or(|refused| refused.objection.is_none());
                if let Some(desk) = self.desk.as_mut().filter(|_| is_over) {
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
                self.tell(event);
                if asked && let Some(desk) = &mut self.desk {
                    desk.forget_offered(&environment);
                }
                if let Some(in_use) = current.and_then(|key| self.runner.from_store(&environment, key)) {
                    self.take_over(environment.clone(), in_use);
                }
                Ok(())
            }
            Err(error) if asked => Err(RotationRefused {
                message: error.to_string(),
                remedy: None,
                can_insist: matches!(&error, RotationError::Objection(objection) if objection.can_be_overridden()),
            }),
            Err(error) => {
                let event = self.runner.keep_rotation(environment.clone(), Err(error));
                return self.tell(event);
            }
        };
        if asked { self.show(Message::RotationAnswered { environment, outcome: answer }) } else { Flow::On }
    }

    /// Uses a key that was just stored.
    fn take_over(&mut self, environment: EnvironmentName, loaded: LoadedKey) {
        let held = HeldKey { identity: self.runner.hold(loaded.key), source: loaded.source };
        for event in news_of_stored_key(&self.dashboard.monitor, environment, held) {
            self.tell(event);
        }
    }

    /// Deletes old samples, if it is time and an answer that came just now shows that this machine's clock is right.
    fn prune(&mut self, skew: Option<SignedDuration>) {
        let now = self.dashboard.clock.now().elapsed;
        if let Some(retention) = self.pruning.take_due(now, skew) {
            self.runner.prune(retention);
        }
    }

    fn show(&mut self, message: Message) -> Flow {
        let actions = self.dashboard.update(message);
        actions.into_iter().fold(Flow::On, |flow, action| if self.act(action) == Flow::End { Flow::End } else { flow })
    }

    /// What comes in one burst is shown in one frame.
    fn typed(&mut self, burst: Vec<TerminalEvent>) -> io::Result<Flow> {
        for message in input::messages(burst) {
            if self.show(message) == Flow::End {
                return Ok(Flow::End);
            }
        }
        self.dashboard.resize(&self.terminal)?;
        Ok(Flow::On)
    }

    fn signalled(&mut self, signal: Option<Signal>) -> io::Result<Flow> {
        match signal {
            Some(Signal::Suspend) => {
                self.suspend()?;
                Ok(Flow::On)
            }
            Some(Signal::Continue | Signal::Resized) => {
                self.terminal.repair()?;
                self.dashboard.resize(&self.terminal)?;
                Ok(Flow::On)
            }
            Some(Signal::End) | None => Ok(Flow::End),
        }
    }

    fn suspend(&mut self) -> io::Result<()> {
        if !signals::can_stop() {
            let text = "no shell could bring the dashboard back, so it stays".to_owned();
            self.show(Message::Noticed(Notice { severity: Severity::Ok, text }));
            return Ok(());
        }
        self.terminal.release();
        signals::stop();
        self.terminal.repair()?;
        self.dashboard.resize(&self.terminal)
    }

    fn act(&mut self, action: Action) -> Flow {
        match action {
            Action::Quit => Flow::End,
            Action::Refresh(environment) => self.refresh(Event::RefreshRequested(environment)),
            Action::RefreshAll => self.refresh(Event::RefreshAllRequested),
            Action::TogglePause => self.tell(Event::PauseToggled),
            Action::Redraw => self.end_unless(|session| session.terminal.repair()),
            Action::Suspend => self.end_unless(Self::suspend),
            Action::Acknowledge(environment) => self.tell(Event::AlertsAcknowledged(environment)),
            Action::SnoozeRotation(environment) => self.tell(Event::RotationSnoozed(environment)),
            other => {
                self.change_key(other);
                Flow::On
            }
        }
    }

    /// Nothing that was remembered answers a person.
    fn refresh(&mut self, event: Event) -> Flow {
        self.runner.services.keys.ask_person_again();
        self.tell(event)
    }

    /// What changes keys goes to the desk, and where there is none, nowhere.
    fn change_key(&mut self, action: Action) {
        let held = self.held_keys();
        let Some(desk) = &mut self.desk else { return };
        match action {
            Action::TryKey { environment, key, insistence } => {
                desk.try_key(environment, key, Conditions { held, insistence });
            }
            Action::InsistOnTrial { environment, insistence } => {
                desk.insist_on_trial(environment, Conditions { held, insistence });
            }
            Action::CancelTry(environment) => desk.cancel_try(&environment),
            Action::RemoveKey(environment) => desk.remove_key(environment),
            Action::StartRotation(environment) => desk.start_rotation(environment),
            Action::OfferKey { environment, key } => desk.offer_key(environment, key, held),
            Action::Insist(environment) => desk.insist(environment, held),
            Action::Rotation(seen, request) => desk.request(*seen, request),
            _ => {}
        }
    }

    fn held_keys(&self) -> HeldKeys {
        let environments = self.dashboard.monitor.environments.iter();
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
        let overview = self.dashboard.monitor.overview(&self.dashboard.clock.now());
        let watched = self.dashboard.screen.watched_activity(&overview);
        if watched != self.watched_activity {
            self.watched_activity.clone_from(&watched);
            self.tell(Event::Activity(ActivityEvent::Opened(watched)));
        }
    }

    /// Asks for the balances of the chosen environment.
    fn chart(&mut self) {
        if let Some((fingerprint, range)) = self.dashboard.uncharted_key() {
            self.runner.chart(fingerprint, range, CHART_POINTS);
        }
    }
}

/// What the monitor is to hear of a key that was just stored. One that it knows is polled at once, for it may have been
/// refused before.
fn news_of_stored_key(monitor: &Monitor, environment: EnvironmentName, held: HeldKey) -> Vec<Event> {
    let is_known = monitor.keys.contains_key(&held.identity.fingerprint);
    let loaded = Event::KeyLoaded { environment: environment.clone(), outcome: Ok(held) };
    std::iter::once(loaded).chain(is_known.then_some(Event::RefreshRequested(environment))).collect()
}

#[cfg(test)]
mod tests;
