//! What is shown, and how the screen learns of it.

use std::io;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::api_key::Fingerprint;
use crate::domain::sample::CreditsPoint;
use crate::domain::status::Severity;
use crate::monitor::model::Monitor;
use crate::monitor::report::Overview;
use crate::runtime::charts::Charts;
use crate::runtime::terminal::TerminalGuard;
use crate::services::clock::Clock;
use crate::tui::screen::Notice;
use crate::tui::{Action, ChartRange, Message, Screen, World, update, view};

/// All ages are shown in minutes, so the screen changes once a minute.
pub(super) const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// What is shown: the world, and the screen's own state.
pub(super) struct Dashboard {
    pub(super) monitor: Monitor,
    pub(super) screen: Screen,
    pub(super) zone: TimeZone,
    pub(super) clock: Clock,
    pub(super) charts: Charts,
    /// Why the last call could not be entered in the ledger, as a plain sentence.
    pub(super) ledger_trouble: Option<String>,
    /// Why a notification was not taken, as a plain sentence.
    pub(super) sink_trouble: Option<String>,
}

impl Dashboard {
    /// Tells whether the terminal took the frame.
    pub(super) fn draw(&mut self, terminal: &mut TerminalGuard) -> io::Result<bool> {
        self.with_world(|screen, world| terminal.draw(|frame| view(frame, screen, world)))
    }

    pub(super) fn update(&mut self, message: Message) -> Vec<Action> {
        self.with_world(|screen, world| update(screen, world, message))
    }

    pub(super) fn resize(&mut self, terminal: &TerminalGuard) -> io::Result<()> {
        let size = terminal.size()?;
        self.update(Message::Resized { columns: size.width, rows: size.height });
        Ok(())
    }

    /// Lends the screen and the world. The time shown is cut to the minute, so that all ages change together.
    pub(super) fn with_world<T>(&mut self, act: impl FnOnce(&mut Screen, &World<'_>) -> T) -> T {
        let now = self.clock.now();
        let overview = self.monitor.overview(&now);
        let mut troubles: Vec<_> =
            overview.history_trouble.iter().chain(&self.ledger_trouble).chain(&self.sink_trouble).collect();
        troubles.dedup();
        let notice = |text: &String| Notice { severity: Severity::Warning, text: text.clone() };
        let notices: Vec<_> = troubles.into_iter().map(notice).collect();
        let key = key_of(&self.screen, &overview);
        let world = World {
            overview: &overview,
            events: self.monitor.log.entries(),
            credits: key.map_or(&[], |key| self.charts.points(key, self.screen.chart_range())),
            now: minute_of(now.wall),
            zone: &self.zone,
            notices: &notices,
            wait_hint: None,
        };
        act(&mut self.screen, &world)
    }

    /// The key of the chosen environment, if the history is to be asked for its balances.
    pub(super) fn uncharted_key(&mut self) -> Option<(Fingerprint, ChartRange)> {
        let now = self.clock.now();
        let (key, range) = (key_of(&self.screen, &self.monitor.overview(&now))?, self.screen.chart_range());
        self.charts.ask(key, range, now.elapsed).then_some((key, range))
    }

    /// Takes over what the history knows of the balances of a key.
    pub(super) fn charted(&mut self, key: Fingerprint, range: ChartRange, points: Vec<CreditsPoint>) {
        let newest = self.monitor.keys.get(&key).and_then(|key| key.sample.as_ref());
        self.charts.told(key, range, points, newest);
    }
}

/// The key of the chosen environment.
pub(super) fn key_of(screen: &Screen, overview: &Overview) -> Option<Fingerprint> {
    Some(screen.chosen(overview)?.key.as_ref()?.identity.fingerprint)
}

pub(super) fn minute_of(wall: Timestamp) -> Timestamp {
    let second = wall.as_second();
    Timestamp::from_second(second - second.rem_euclid(MINUTE.as_secs())).unwrap_or(wall)
}
