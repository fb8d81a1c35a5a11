//! The newest events, a row each.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, fit, wrap};
use crate::wording::sentences::{StatusSymbol, environment_name};
use crate::wording::{events, times};

/// Columns of `14:32`, `Fri`, `30 Nov`.
const TIME_WIDTH: u16 = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;

/// The newest events, newest first.
pub(in crate::tui) struct EventRows<'a> {
    pub context: &'a ViewContext<'a>,
    /// True where a long text goes on in further rows; else it is cut.
    pub wraps: bool,
    pub appearance: Appearance,
}

impl Widget for &EventRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let (context, appearance) = (self.context, self.appearance);
        if context.events.is_empty() {
            return appearance.span(Role::Muted, "no events yet").render(area, buf);
        }
        let ellipsis = appearance.symbols.ellipsis;
        let newest: Vec<_> = context.events.iter().rev().take(usize::from(area.height)).collect();
        let names = newest.iter().map(|entry| columns(&name(entry))).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        let [time_width, name_width] = [TIME_WIDTH, if names > 0 { names + 1 } else { 0 }];
        let mut rows = area.rows();
        for entry in newest {
            let text = events::event(entry, context.now, context.zone);
            let room = area.width.saturating_sub(time_width + name_width + 2);
            let lines = if self.wraps { wrap(&text, room) } else { vec![text.as_str()] };
            for (number, line) in lines.into_iter().enumerate() {
                let Some(row) = rows.next() else { return };
                let [time, name_area, mark, text] = Layout::horizontal([
                    Constraint::Length(time_width),
                    Constraint::Length(name_width),
                    Constraint::Length(2),
                    Constraint::Fill(1),
                ])
                .areas(row);
                if number == 0 {
                    appearance.span(Role::Muted, times::brief(entry.at, context.now, context.zone)).render(time, buf);
                    let name = Line::from(appearance.span(Role::Label, name(entry)));
                    fit(name, name_width.saturating_sub(1), ellipsis).render(name_area, buf);
                    if entry.severity != Severity::Ok {
                        appearance.mark(StatusSymbol::from(entry.severity)).render(mark, buf);
                    }
                }
                fit(Line::from(appearance.span(Role::Text, line)), text.width, ellipsis).render(text, buf);
            }
        }
    }
}

fn name(entry: &LogEntry) -> String {
    entry.environment.as_ref().map(|environment| environment_name(&environment.name)).unwrap_or_default()
}
