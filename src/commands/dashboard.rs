//! Dashboard on real keys, as it opens without a command.

use std::io;

use jiff::SignedDuration;

use super::charset_writer::charset;
use super::error::CommandError;
use super::passphrase_prompt::KeyStorePurpose;
use super::setup;
use crate::config::error::ConfigError;
use crate::config::settings::Settings;
use crate::config::theme::ThemeSource;
use crate::monitor::settings::MonitorSettings;
use crate::runtime::dashboard::{self, DashboardSettings};
use crate::runtime::terminal;
use crate::runtime::theme_file::FollowedTheme;
use crate::services::keys::KeyTimeouts;
use crate::tui::screen::ScreenSettings;
use crate::tui::theme::{ColourDepth, Ground, OwnTheme, ThemeChoice, ThemeSettings};
use crate::wording;

/// Age of a stored sample up to which a key is not polled again right at the start.
const MAX_AGE: SignedDuration = SignedDuration::from_secs(60);

/// Runs the dashboard until it is ended.
///
/// # Errors
/// No terminal for it.
pub async fn run(settings: &Settings) -> Result<(), CommandError> {
    need_terminal()?;
    let screen = screen(settings)?;
    let days = i64::from(settings.history_retention_days);
    let options = DashboardSettings {
        monitor: MonitorSettings {
            operator: setup::operator(&|name| std::env::var(name).ok()),
            ..settings.monitor(Some(MAX_AGE), setup::seed())
        },
        theme_file: theme_file(&screen, settings),
        screen,
        clock: setup::clock(),
        zone: setup::zone(),
        retention: Some(SignedDuration::from_hours(days * 24)),
    };
    let purpose = if settings.dashboard.read_only { KeyStorePurpose::Read } else { KeyStorePurpose::Store };
    let store = setup::unlocked(settings, purpose).await?;
    let services = async || {
        setup::start_log(settings);
        let (services, key_writer) = setup::services(settings, store, KeyTimeouts::default());
        Ok((services, (!settings.dashboard.read_only).then_some(key_writer)))
    };
    dashboard::run(options, services).await.map_err(|error| lost_terminal(&error))
}

/// Refuses a terminal that can't show the dashboard.
///
/// # Errors
/// The missing capability.
pub fn need_terminal() -> Result<(), CommandError> {
    terminal::facts().check().map_err(|error| CommandError::Failed(wording::terminal_errors::sentence(&error)))
}

/// Screen as the settings ask for it, and as the terminal can show it.
///
/// # Errors
/// A theme that can't be read.
pub fn screen(settings: &Settings) -> Result<ScreenSettings, ConfigError> {
    let ground = Ground::of_variable(std::env::var("COLORFGBG").ok().as_deref()).unwrap_or_default();
    Ok(ScreenSettings {
        read_only: settings.dashboard.read_only,
        wall: settings.dashboard.wall,
        locked: settings.dashboard.locked,
        charset: charset(settings.dashboard.ascii),
        colours: colours(),
        theme: ThemeSettings { choice: settings.dashboard.theme.load()?, ground },
        keymap: settings.keymap.clone(),
        mouse: !settings.dashboard.no_mouse,
    })
}

/// File of the theme of the screen, where it has one, to be followed.
#[must_use]
pub fn theme_file(screen: &ScreenSettings, settings: &Settings) -> Option<FollowedTheme> {
    let (ThemeChoice::Own(theme), ThemeSource::File(file)) = (&screen.theme.choice, &settings.dashboard.theme) else {
        return None;
    };
    let (path, theme, file) = (file.path().to_owned(), OwnTheme::clone(theme), file.clone());
    let read = Box::new(move || file.read().map_err(|error| file.reason(error)));
    Some(FollowedTheme { path, theme, read })
}

/// Colours that the terminal and the user's variables allow.
#[must_use]
pub fn colours() -> ColourDepth {
    let [no_color, term, colorterm] = ["NO_COLOR", "TERM", "COLORTERM"].map(|name| std::env::var(name).ok());
    ColourDepth::detect(no_color.as_deref(), term.as_deref(), colorterm.as_deref())
}

/// Failure of a dashboard whose terminal is gone.
#[must_use]
pub fn lost_terminal(error: &io::Error) -> CommandError {
    CommandError::Failed(wording::terminal_errors::sentence(&terminal::problem(error)))
}
