//! The hint at the keys that change the range of what is shown: `[ ] for other ranges`.

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::text::columns;

/// Columns between a title and the hint.
const GAP: u16 = 3;

/// Paints the hint behind a title, in the first row of what is left of its line, if it fits there whole.
pub(super) fn paint(painter: &mut Painter<'_>, rest: Rect, screen: &Screen, hits: &mut HitMap) {
    let (Some(shorter), Some(longer)) = (screen.key_of(UiCommand::ChartShorter), screen.key_of(UiCommand::ChartLonger))
    else {
        return;
    };
    let hint = format!("{shorter} {longer} for other ranges");
    let width = columns(&hint);
    if width + GAP <= rest.width {
        let x = rest.x + GAP;
        painter.text(x, rest.y, width, &hint, painter.style(Role::Muted));
        let (first, second) = (columns(&shorter), columns(&longer));
        let key = |x, width| Rect { x, y: rest.y, width, height: 1 };
        hits.push(key(x, first), HitTarget::Command(UiCommand::ChartShorter));
        hits.push(key(x + first + 1, second), HitTarget::Command(UiCommand::ChartLonger));
    }
}
