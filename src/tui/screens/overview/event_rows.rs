//! The newest events, a row each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::tui::screen::Appearance;
use crate::tui::screens::event_lines::{EventLines, TimedEvent};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::wording::{events, times};

/// The newest events, newest first.
pub(in crate::tui) struct EventRows<'a> {
    pub context: &'a ViewContext<'a>,
    /// True where a long text goes on in further rows; else it is cut.
    pub wraps: bool,
    pub appearance: Appearance,
}

impl Widget for &EventRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let EventRows { context, wraps, appearance } = *self;
        if context.events.is_empty() {
            return appearance.span(Role::Muted, events::NONE).render(area, buf);
        }
        let newest = context.events.iter().rev().take(usize::from(area.height));
        let timed = |entry| TimedEvent { entry, time: times::brief(entry.at, context.now, context.zone) };
        let newest: Vec<_> = newest.map(timed).collect();
        let lines = EventLines { context, appearance, width: area.width, wraps }.of(&newest);
        for (line, row) in lines.into_iter().zip(area.rows()) {
            line.render(row, buf);
        }
    }
}
