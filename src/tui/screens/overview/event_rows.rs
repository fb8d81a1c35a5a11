//! The newest events, a row each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, cut, fit};
use crate::wording::sentences::{StatusSymbol, environment_name};
use crate::wording::{events, times};

/// Columns of `14:32`, `Fri`, `30 Nov`.
const TIME_WIDTH: usize = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;

/// The newest events, newest first.
pub(in crate::tui) struct EventRows<'a> {
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
}

impl Widget for &EventRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let context = self.context;
        if context.events.is_empty() {
            return self.appearance.span(Role::Muted, "no events yet").render(area, buf);
        }
        let newest: Vec<_> = context.events.iter().rev().take(usize::from(area.height)).collect();
        let width = newest.iter().map(|entry| columns(&name(entry))).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        for (entry, row) in newest.into_iter().zip(area.rows()) {
            let ellipsis = self.appearance.symbols.ellipsis;
            let name = name(entry);
            let name = cut(&name, width, ellipsis);
            let gap = usize::from(width - columns(&name) + u16::from(width > 0));
            let mark = match entry.severity {
                Severity::Ok => Span::raw(" "),
                severity => self.appearance.mark(StatusSymbol::from(severity)),
            };
            let time = times::brief(entry.at, context.now, context.zone);
            let line = Line::from(vec![
                self.appearance.span(Role::Muted, format!("{time:<TIME_WIDTH$}")),
                self.appearance.span(Role::Label, format!("{name}{:gap$}", "")),
                mark,
                Span::raw(" "),
                self.appearance.span(Role::Text, events::event(entry, context.now, context.zone)),
            ]);
            fit(line, row.width, ellipsis).render(row, buf);
        }
    }
}

fn name(entry: &LogEntry) -> String {
    entry.environment.as_ref().map(|environment| environment_name(&environment.name)).unwrap_or_default()
}
