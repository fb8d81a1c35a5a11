//! Start and end of the dashboard.

use std::io;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::app_state::AppState;
use super::effect_runner::{EffectRunner, KeyAccess};
use super::event_loop::EventLoop;
use super::signals::{self, ProcessSignal};
use super::terminal::TerminalGuard;
use super::theme_file::{self, FollowedTheme};
use crate::monitor::Monitor;
use crate::monitor::settings::MonitorSettings;
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::keys::KeyWriter;
use crate::tui::Screen;
use crate::tui::screen::ScreenSettings;
use crate::wording;

/// Time limit at the end for what is still being stored.
const END_LIMIT: Duration = Duration::from_millis(500);

/// Settings of the dashboard.
pub struct DashboardSettings {
    /// Environments to watch, and how.
    pub monitor: MonitorSettings,
    /// Looks and keys of the screen.
    pub screen: ScreenSettings,
    /// File of the user's theme, if the screen has it.
    pub theme_file: Option<FollowedTheme>,
    /// Clock of the program.
    pub clock: Clock,
    /// Time zone of all times shown.
    pub zone: TimeZone,
    /// Age from which samples are deleted; `None` keeps them.
    pub retention: Option<SignedDuration>,
}

/// Runs the dashboard until the operator or the system ends it. The first frame is drawn before `services` makes
/// anything ready. Without a writer of keys no key pressed can lead to a change of any.
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
    let shows_wall = settings.screen.wall;
    let mut app_state = AppState::new(
        Monitor::new(settings.monitor, &settings.clock.now()),
        Screen::new(settings.screen),
        settings.zone,
        settings.clock,
    );
    app_state.resize();
    app_state.draw(&mut terminal)?;
    let (services, writer) = tokio::select! {
        services = services() => services?,
        () = end_signal(&mut signals) => return Ok(()),
    };
    let (history, notifier) = (services.history.clone(), services.notifier.clone());
    let unconfigured = services.keys.unclaimed(&watched.iter().chain(&unwatched).collect::<Vec<_>>());
    notifier.resume();
    let access = if shows_wall { KeyAccess::Observed } else { KeyAccess::Watched };
    let (runner, mailbox) = EffectRunner::new(services, writer.map_or(access, KeyAccess::Full));
    if let Some(theme) = settings.theme_file {
        theme_file::follow(theme, runner.mailbox());
    }
    let key_commands = runner.key_commands(unwatched);
    let mut event_loop = EventLoop::new(app_state, runner, key_commands, terminal, settings.retention, notifier);
    if let Some(text) = wording::unconfigured_keys::notice(&unconfigured) {
        event_loop.notice(text);
    }
    let outcome = event_loop.run(mailbox, signals).await;
    let EventLoop { runner, key_commands, terminal, notifier, .. } = event_loop;
    drop((terminal, key_commands));
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
