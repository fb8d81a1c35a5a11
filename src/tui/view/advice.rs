//! How to follow an advice on the dashboard.

use crate::tui::keymap::Command;
use crate::tui::screen::Screen;
use crate::tui::sentences::Advice;

/// What to press or to do; nothing where it can't be done here.
pub(super) fn advise(advice: &Advice, screen: &Screen) -> Option<String> {
    match advice {
        Advice::AddKey => screen.key_of(Command::AddKey).map(|key| format!("press {key} to add it")),
        Advice::ReplaceKey => {
            screen.key_of(Command::AddKey).map(|key| format!("make a new key on the web page, then press {key}"))
        }
        Advice::Rotate => screen.key_of(Command::Rotate).map(|key| format!("press {key} for the steps")),
        Advice::Text(text) => Some(text.clone()),
    }
}
