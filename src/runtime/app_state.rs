//! State behind the screen: monitor, screen and charts, with the snapshot of the last step.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::chart_cache::ChartCache;
use super::effect_runner;
use super::terminal::{self, TerminalGuard};
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::sample::CreditsPoint;
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::Severity;
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::Input;
use crate::monitor::snapshot::Snapshot;
use crate::monitor::usage::UsageInput;
use crate::services::clock::Clock;
use crate::tui::notice::ScreenNotice;
use crate::tui::{Action, ChartRange, Message, Screen, ViewContext, next_redraw, surroundings, update, view};
use crate::wording::{history_errors, sink_errors};

/// State that a frame is drawn from.
pub(super) struct AppState {
    pub(super) monitor: Monitor,
    pub(super) screen: Screen,
    pub(super) zone: TimeZone,
    pub(super) clock: Clock,
    pub(super) charts: ChartCache,
    /// Reason why the last call is not in the request log, if it is not.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
    /// Moment when a text of the last frame changes with time alone.
    pub(super) changes_at: Timestamp,
    /// Sink that takes no notifications, and why.
    pub(super) sink_error: Option<(SinkKind, SinkError)>,
    /// Environment whose activity the operator has open.
    pub(super) open_activity: Option<EnvironmentName>,
}

impl AppState {
    pub(super) fn new(monitor: Monitor, screen: Screen, zone: TimeZone, clock: Clock) -> Self {
        Self {
            monitor,
            screen,
            zone,
            clock,
            charts: ChartCache::default(),
            request_log_error: None,
            changes_at: Timestamp::MAX,
            sink_error: None,
            open_activity: None,
        }
    }

    /// Passes an input to the monitor.
    pub(super) fn step(&mut self, input: Input) -> Vec<Effect> {
        effect_runner::handle(&mut self.monitor, input, &self.clock.now())
    }

    /// Snapshot of the last step.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.monitor.snapshot()
    }

    /// True when a figure of the snapshot is not of now any more: a text has changed with time, or the clock was set
    /// back.
    pub(super) fn is_outdated(&self) -> bool {
        let now = self.clock.now().wall;
        now < self.monitor.snapshot().at || self.changes_at <= now
    }

    /// Finds out when a text of the next frame changes with time alone.
    pub(super) fn update_changes_at(&mut self) {
        self.changes_at = self.with_context(|screen, context| next_redraw(screen, context));
    }

    /// Draws a frame; `false` where the terminal did not take it.
    pub(super) fn draw(&mut self, terminal: &mut TerminalGuard) -> io::Result<bool> {
        self.with_context(|screen, context| {
            terminal.surround(surroundings(screen, context));
            terminal.draw(|frame| view(frame, screen, context))
        })
    }

    pub(super) fn update(&mut self, message: Message) -> Vec<Action> {
        self.with_context(|screen, context| update(screen, context, message))
    }

    pub(super) fn resize(&mut self) {
        let size = terminal::size();
        self.update(Message::Resized { columns: size.width, rows: size.height });
    }

    /// Lends the screen, and all that it shows.
    pub(super) fn with_context<T>(&mut self, act: impl FnOnce(&mut Screen, &ViewContext<'_>) -> T) -> T {
        let snapshot = self.snapshot();
        let of_history =
            snapshot.history_error.iter().chain(&self.request_log_error).map(history_errors::sentence_and_remedy);
        let of_sinks = self.sink_error.iter().map(|(sink, error)| sink_errors::sentence_and_remedy(*sink, error));
        let mut errors: Vec<_> = of_history.chain(of_sinks).collect();
        errors.dedup();
        let notice = |text| ScreenNotice { severity: Severity::Warning, text };
        let notices: Vec<_> = errors.into_iter().map(notice).collect();
        let key = chosen_key(&self.screen, &snapshot);
        let context = ViewContext {
            snapshot: &snapshot,
            events: self.monitor.events(),
            credits: key.map_or(&[], |key| self.charts.points(key, self.screen.chart_range())),
            now: snapshot.at,
            zone: &self.zone,
            notices: &notices,
            wait_hint: None,
        };
        act(&mut self.screen, &context)
    }

    /// Chart of the chosen environment, where its balances have to be loaded.
    pub(super) fn chart_to_load(&mut self) -> Option<(Fingerprint, ChartRange)> {
        let snapshot = self.snapshot();
        let (key, range) = (chosen_key(&self.screen, &snapshot)?, self.screen.chart_range());
        self.charts.needs_points(key, range, self.clock.now().elapsed).then_some((key, range))
    }

    /// Input that tells the monitor whose activity the operator opened, when that changes.
    pub(super) fn activity_opened(&mut self) -> Option<Input> {
        let snapshot = self.snapshot();
        let open = self.screen.watched_activity(&snapshot);
        let before = std::mem::replace(&mut self.open_activity, open);
        (before != self.open_activity).then(|| Input::Usage(UsageInput::Opened(self.open_activity.clone())))
    }

    /// Takes over the balances of a key from the history, and the newest sample, which may not be stored yet.
    pub(super) fn set_chart_points(&mut self, key: Fingerprint, range: ChartRange, points: Vec<CreditsPoint>) {
        let newest = self.monitor.sample(key);
        self.charts.set_points(key, range, points, newest);
    }

    /// Key of each environment that has one.
    pub(super) fn keys_in_use(&mut self) -> Vec<(EnvironmentName, Fingerprint)> {
        let snapshot = self.snapshot();
        let environments = snapshot.environments.iter();
        environments
            .filter_map(|one| Some((one.environment.name.clone(), one.key.as_ref()?.identity.fingerprint)))
            .collect()
    }
}

/// Key of the chosen environment.
fn chosen_key(screen: &Screen, snapshot: &Snapshot) -> Option<Fingerprint> {
    Some(screen.chosen(snapshot)?.key.as_ref()?.identity.fingerprint)
}
