//! Surroundings of the picture: what a terminal has beside its cells, as the screen wants it.

use super::mouse::MouseOwner;
use super::screen::Screen;
use super::view_context::ViewContext;
use crate::wording::title::terminal_title;

/// What a terminal has beside its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// True where clicks and the wheel come to the dashboard.
    pub captures_mouse: bool,
    /// Title of the window: one line, without control characters.
    pub title: String,
}

/// Surroundings of a frame.
#[must_use]
pub fn surroundings(screen: &Screen, context: &ViewContext<'_>) -> Surroundings {
    let (mark, words) = terminal_title(context.snapshot);
    let symbol = mark.map(|mark| format!("{} ", screen.appearance.symbols.mark(mark))).unwrap_or_default();
    Surroundings {
        captures_mouse: screen.mouse == MouseOwner::Dashboard,
        title: screen.charset().text(&format!("{symbol}{words}")),
    }
}
