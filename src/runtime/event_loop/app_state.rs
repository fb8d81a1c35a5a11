//! What is shown, and how the screen learns of it.

use std::io;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::api_key::Fingerprint;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::sample::CreditsPoint;
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::Severity;
use crate::monitor::model::Monitor;
use crate::monitor::snapshot::Snapshot;
use crate::runtime::chart_cache::ChartCache;
use crate::runtime::terminal::{self, TerminalGuard};
use crate::services::clock::Clock;
use crate::tui::notice::ScreenNotice;
use crate::tui::{Action, ChartRange, Message, Screen, ViewContext, next_redraw, update, view};
use crate::wording::{history_errors, sink_errors};

/// What is shown: the world, and the screen's own state.
pub(super) struct AppState {
    pub(super) monitor: Monitor,
    pub(super) screen: Screen,
    pub(super) zone: TimeZone,
    pub(super) clock: Clock,
    pub(super) charts: ChartCache,
    /// Why the last call could not be entered in the ledger.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
    /// When a text of the last frame changes with time alone.
    pub(super) changes_at: Timestamp,
    /// Which sink takes no notifications, and why.
    pub(super) sink_error: Option<(SinkKind, SinkError)>,
}

impl AppState {
    /// Tells whether the terminal took the frame.
    pub(super) fn draw(&mut self, terminal: &mut TerminalGuard) -> io::Result<bool> {
        let (taken, changes_at) = self.with_world(|screen, world| {
            (terminal.draw(|frame| view(frame, screen, world)), next_redraw(screen, world))
        });
        self.changes_at = changes_at;
        taken
    }

    pub(super) fn update(&mut self, message: Message) -> Vec<Action> {
        self.with_world(|screen, world| update(screen, world, message))
    }

    pub(super) fn resize(&mut self) {
        let size = terminal::size();
        self.update(Message::Resized { columns: size.width, rows: size.height });
    }

    /// Lends the screen and the world.
    pub(super) fn with_world<T>(&mut self, act: impl FnOnce(&mut Screen, &ViewContext<'_>) -> T) -> T {
        let now = self.clock.now();
        let overview = self.monitor.snapshot(&now);
        let of_history =
            overview.history_error.iter().chain(&self.request_log_error).map(history_errors::sentence_and_remedy);
        let of_sinks = self.sink_error.iter().map(|(sink, failure)| sink_errors::sentence_and_remedy(*sink, failure));
        let mut troubles: Vec<_> = of_history.chain(of_sinks).collect();
        troubles.dedup();
        let notice = |text| ScreenNotice { severity: Severity::Warning, text };
        let notices: Vec<_> = troubles.into_iter().map(notice).collect();
        let key = key_of(&self.screen, &overview);
        let world = ViewContext {
            snapshot: &overview,
            events: self.monitor.log.entries(),
            credits: key.map_or(&[], |key| self.charts.points(key, self.screen.chart_range())),
            now: overview.at,
            zone: &self.zone,
            notices: &notices,
            wait_hint: None,
        };
        act(&mut self.screen, &world)
    }

    /// The key of the chosen environment, if the history is to be asked for its balances.
    pub(super) fn key_without_chart(&mut self) -> Option<(Fingerprint, ChartRange)> {
        let now = self.clock.now();
        let (key, range) = (key_of(&self.screen, &self.monitor.snapshot(&now))?, self.screen.chart_range());
        self.charts.needs_points(key, range, now.elapsed).then_some((key, range))
    }

    /// Takes over what the history knows of the balances of a key.
    pub(super) fn set_chart_points(&mut self, key: Fingerprint, range: ChartRange, points: Vec<CreditsPoint>) {
        let newest = self.monitor.keys.get(&key).and_then(|key| key.sample.as_ref());
        self.charts.set_points(key, range, points, newest);
    }
}

/// The key of the chosen environment.
pub(super) fn key_of(screen: &Screen, overview: &Snapshot) -> Option<Fingerprint> {
    Some(screen.chosen(overview)?.key.as_ref()?.identity.fingerprint)
}
