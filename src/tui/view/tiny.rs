//! One environment in one line, for the smallest terminals: name, symbol, credits.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::card::shown_name;
use super::is_current;
use super::paint::{Painter, columns};
use crate::domain::format;
use crate::monitor::report::Report;
use crate::tui::theme::Role;
use crate::wording::sentences;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, report: &Report, chosen: bool) {
    let (mark, word) = sentences::headline(report);
    let dim = if is_current(report) { Role::Text } else { Role::Muted };
    let credits = report.account.as_ref().map(|account| account.credits_remaining);
    let number = credits.map_or_else(|| painter.look().symbols.dash.to_owned(), format::credits);
    let number = if columns(&number) > 7 { format::short(credits.unwrap_or_default()) } else { number };
    let name_width = (area.width / 2).saturating_sub(1).min(20);
    let name_style = if chosen {
        painter.style(Role::Accent).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    } else {
        painter.bold(Role::Text)
    };
    painter.text(area.x, area.y, name_width, &shown_name(report), name_style);
    let x = area.x + name_width + 1;
    let numbers = columns(&number) + 1;
    let room = area.width.saturating_sub(name_width + 1 + numbers);
    let word = if usize::from(room) >= word.len() + 2 { word.as_str() } else { "" };
    painter.marked(x, area.y, room, mark, word, painter.style(mark.into()));
    painter.line_right(area.right(), area.y, numbers, &[(&number, painter.style(dim))]);
}
