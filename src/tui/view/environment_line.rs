//! One environment in one line, for the smallest terminals: name, symbol, credits.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::known_values::is_current;
use super::painter::Painter;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::format;
use crate::wording::sentences::{self, StatusSymbol, environment_name};
use crate::wording::times;

pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    environment: &EnvironmentSnapshot,
    chosen: bool,
    context: &ViewContext<'_>,
) {
    let (mark, status) = match sentences::headline(environment) {
        (StatusSymbol::Ok, _) if context.snapshot.paused => (StatusSymbol::Unknown, "paused".to_owned()),
        headline => headline,
    };
    let dim = if is_current(environment) { Role::Text } else { Role::Muted };
    let credits = environment.account.as_ref().map(|account| account.credits_remaining);
    let number = credits.map_or_else(|| painter.appearance().symbols.dash.to_owned(), format::credits);
    let number = if columns(&number) > 7 { format::short(credits.unwrap_or_default()) } else { number };
    let read = environment.polled_at.filter(|_| !environment.fresh).map(|at| times::short_ago(at, context.now));
    let name_width = (area.width / 2).saturating_sub(1).min(20);
    // A number that is not of now stands with its age, or not at all.
    let number = match read {
        Some(read) if columns(&number) + columns(&read) + 4 + name_width <= area.width => format!("{number}  {read}"),
        Some(_) => painter.appearance().symbols.dash.to_owned(),
        None => number,
    };
    let name_style = if chosen {
        painter.style(Role::Accent).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    } else {
        painter.bold(Role::Text)
    };
    painter.text(area.x, area.y, name_width, &environment_name(&environment.environment.name), name_style);
    let x = area.x + name_width + 1;
    let numbers = columns(&number) + 1;
    let room = area.width.saturating_sub(name_width + 1 + numbers);
    let status = if usize::from(room) >= status.len() + 2 { status.as_str() } else { "" };
    painter.marked(x, area.y, room, mark, status, painter.style(mark.into()));
    painter.line_right(area.right(), area.y, numbers, &[(&number, painter.style(dim))]);
}
