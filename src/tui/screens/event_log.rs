//! The whole event log, as the operator looks at it, each event in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::event_lines::{EventLines, TimedEvent};
use crate::domain::log_entry::LogEntry;
use crate::tui::event_list::EventList;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::scroll_panel::ScrollPanel;
use crate::wording::{events, times};

/// From this width on, the log tells days and times.
const WHOLE_TIMES_FROM: u16 = 60;

/// Event log in a frame.
pub(in crate::tui) struct EventScreen<'a> {
    pub list: &'a EventList,
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
}

impl EventScreen<'_> {
    /// The lines of the log in a frame of that width.
    pub(in crate::tui) fn lines(&self, width: u16) -> Vec<Line<'static>> {
        let Self { list, context, appearance } = *self;
        let width = width.saturating_sub(ScrollPanel::COLUMNS_AROUND);
        let time = |entry: &LogEntry| match (list.relative_times, width < WHOLE_TIMES_FROM) {
            (true, _) => times::ago(entry.at, context.now),
            (false, true) => times::brief(entry.at, context.now, context.zone),
            (false, false) => times::happened(entry.at, context.now, context.zone),
        };
        let shown: Vec<_> = list.visible(context.events).map(|entry| TimedEvent { entry, time: time(entry) }).collect();
        if shown.is_empty() {
            let nothing = if context.events.is_empty() { events::NONE } else { events::NONE_SHOWN };
            return vec![Line::from(appearance.span(Role::Muted, nothing))];
        }
        EventLines { context, appearance, width, wraps: true }.of(&shown)
    }
}

impl Widget for &EventScreen<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(area.width);
        let title = Span::styled(self.list.heading(self.context.events), self.appearance.bold(Role::Text));
        let panel = Panel::new(title, self.appearance);
        let frame = ScrollPanel { panel, count: lines.len(), scrolled: self.list.scrolled };
        (&frame).render(area, buf);
        let (inner, first) = frame.window(area);
        for (line, row) in lines.into_iter().skip(first).zip(inner.rows()) {
            line.render(row, buf);
        }
    }
}

#[cfg(test)]
mod tests;
