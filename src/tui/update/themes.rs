//! Change of the theme: by the operator, by the terminal's ground, and by the user's file.

use crate::domain::status::Severity;
use crate::tui::screen::Screen;
use crate::tui::theme::{Ground, OwnTheme};
use crate::wording::themes as words;

/// Chooses the next theme, and says its name.
pub(super) fn next(screen: &mut Screen) {
    screen.themes.choose_next();
    show(screen);
    screen.notify(Severity::Ok, &words::chosen(&screen.themes.name()));
}

/// Takes the ground that the terminal tells.
pub(super) fn ground_told(screen: &mut Screen, ground: Ground) {
    screen.themes.set_ground(ground);
    show(screen);
}

/// Takes the theme of the user's file; one that can't be read leaves the theme as it is.
pub(super) fn own_read(screen: &mut Screen, outcome: Result<OwnTheme, String>) {
    match outcome {
        Ok(theme) => {
            screen.notify(Severity::Ok, &words::read_again(theme.name()));
            screen.themes.set_own(theme);
            show(screen);
        }
        Err(reason) => screen.notify(Severity::Warning, &words::kept(&reason)),
    }
}

fn show(screen: &mut Screen) {
    screen.appearance.theme = screen.themes.theme();
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use crate::testing::*;
    use crate::tui::message::Message;
    use crate::tui::screen::{Screen, ScreenSettings};
    use crate::tui::theme::{BuiltInTheme, ColourDepth, Ground, OwnGround, OwnTheme, Role, ThemeChoice, ThemeSettings};
    use crate::tui::update;

    fn notice(screen: &Screen) -> Option<&str> {
        screen.notice.as_ref().map(|notice| notice.text.as_str())
    }

    fn screen_with_own() -> Screen {
        let choice = ThemeChoice::Own(Box::new(OwnTheme::new("mine".to_owned(), OwnGround::Any)));
        Screen::new(ScreenSettings { theme: ThemeSettings { choice, ground: Ground::Dark }, ..settings() })
    }

    #[test]
    fn t_steps_through_the_themes_and_says_which() {
        let owned = OwnedViewContext::new(usual());
        let mut screen = screen();
        let _ = update(&mut screen, &owned.context(), press("t"));
        assert_eq!(notice(&screen), Some("theme dark"));
        let dark = BuiltInTheme::Dark.theme(ColourDepth::TwoHundredFiftySix, Ground::Dark);
        assert_eq!(screen.appearance.style(Role::Text), dark.style(Role::Text));
        let buffer = draw(&screen, &owned.context(), 80, 24);
        assert!(buffer.content.iter().all(|cell| cell.bg == dark.ground().unwrap() && cell.fg != Color::Reset));
    }

    #[test]
    fn the_ground_that_the_terminal_tells_is_drawn_for() {
        let owned = OwnedViewContext::new(usual());
        let mut screen = screen();
        let before = screen.appearance.style(Role::Critical);
        assert!(update(&mut screen, &owned.context(), Message::TerminalGround(Ground::Light)).is_empty());
        assert_ne!(screen.appearance.style(Role::Critical), before);
        assert_eq!(notice(&screen), None, "it is no news");
    }

    #[test]
    fn a_file_that_changed_is_shown_and_one_that_is_bad_changes_nothing() {
        let owned = OwnedViewContext::new(usual());
        let mut screen = screen_with_own();
        let mut theme = OwnTheme::new("mine".to_owned(), OwnGround::Any);
        theme.set(Role::Critical, Style::new().fg(Color::Indexed(201)));
        let _ = update(&mut screen, &owned.context(), Message::OwnThemeRead(Ok(theme)));
        assert_eq!(screen.appearance.style(Role::Critical), Style::new().fg(Color::Indexed(201)));
        assert_eq!(notice(&screen), Some("theme mine read again"));
        let bad = "mine.toml:2:1: unknown key `critcal`: did you mean `critical`?".to_owned();
        let _ = update(&mut screen, &owned.context(), Message::OwnThemeRead(Err(bad)));
        assert_eq!(screen.appearance.style(Role::Critical), Style::new().fg(Color::Indexed(201)));
        let told = "mine.toml:2:1: unknown key `critcal`: did you mean `critical`? The theme stays as it was.";
        assert_eq!(notice(&screen), Some(told));
    }

    #[test]
    fn in_the_event_log_the_key_of_themes_tells_the_times_otherwise() {
        let owned = OwnedViewContext::new(usual());
        let mut screen = screen();
        let _ = update(&mut screen, &owned.context(), press("e"));
        let _ = update(&mut screen, &owned.context(), press("t"));
        assert_eq!(screen.themes.name(), "terminal");
    }
}
