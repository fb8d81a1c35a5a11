//! The event log: beside the detail, and whole.

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::event_list::EventList;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, wrap};
use crate::wording::sentences::environment_name;
use crate::wording::{events, times};

/// `14:32`, `Fri`, `30 Nov`.
const TIME_WIDTH: u16 = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;
/// From this width on, the log tells days and times.
const WHOLE_TIMES_FROM: u16 = 60;
const NOTHING: &str = "no events yet";

/// A row of the log: an entry, or the rest of one.
struct EventRow<'a> {
    entry: &'a LogEntry,
    time: String,
    text: String,
    is_first: bool,
}

/// Columns of the log.
struct EventColumns {
    time: u16,
    name: u16,
}

impl EventColumns {
    fn of<'a>(times: impl Iterator<Item = u16>, entries: impl Iterator<Item = &'a LogEntry>) -> Self {
        let time = times.map(|width| width + 1).max().unwrap_or(0).max(TIME_WIDTH);
        let name = entries.map(|entry| columns(&name(entry))).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        Self { time, name }
    }

    /// Before the symbol, and with it.
    fn before_text(&self) -> (u16, u16) {
        let mark = self.time + self.name + u16::from(self.name > 0);
        (mark, mark + 2)
    }
}

/// The log as the operator looks at it, each entry in full.
pub(super) fn paint_overlay(painter: &mut Painter<'_>, area: Rect, list: &EventList, context: &ViewContext<'_>) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let top = area.y + u16::from(area.height > 4);
    painter.text(area.x, top, area.width, &list.heading(context.events), painter.bold(Role::Text));
    let y = top + 1 + u16::from(area.height > 6);
    let area = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    let nothing = if context.events.is_empty() { NOTHING } else { "none is like that" };
    let (layout, rows) = rows(list, context, area.width);
    let from = rows.len().min(usize::from(list.scrolled));
    paint_rows(painter, area, &layout, &rows[from..], nothing);
}

/// Number of rows that the log takes on a screen of some width.
pub(super) fn row_count(list: &EventList, context: &ViewContext<'_>, width: u16) -> usize {
    rows(list, context, width.saturating_sub(2)).1.len()
}

/// The rows of the log, and where their columns begin.
fn rows<'a>(list: &'a EventList, context: &ViewContext<'a>, width: u16) -> (EventColumns, Vec<EventRow<'a>>) {
    let time = |entry: &LogEntry| match (list.relative_times, width < WHOLE_TIMES_FROM) {
        (true, _) => times::ago(entry.at, context.now),
        (false, true) => times::brief(entry.at, context.now, context.zone),
        (false, false) => times::happened(entry.at, context.now, context.zone),
    };
    let shown: Vec<_> = list.visible(context.events).map(|entry| (time(entry), entry)).collect();
    let times = shown.iter().map(|(time, _)| columns(time));
    let layout = EventColumns::of(times, shown.iter().map(|(_, entry)| *entry));
    let room = width.saturating_sub(layout.before_text().1);
    let mut rows = Vec::new();
    for (mut time, entry) in shown {
        let text = events::event(entry, context.now, context.zone);
        for (number, text) in wrap(&text, room).into_iter().enumerate() {
            let (text, is_first) = (text.to_owned(), number == 0);
            rows.push(EventRow { entry, time: std::mem::take(&mut time), text, is_first });
        }
    }
    (layout, rows)
}

fn paint_rows(painter: &mut Painter<'_>, area: Rect, layout: &EventColumns, rows: &[EventRow<'_>], nothing: &str) {
    if rows.is_empty() && area.height > 0 {
        painter.text(area.x, area.y, area.width, nothing, painter.style(Role::Muted));
        return;
    }
    let (mark_at, text_at) = layout.before_text();
    let from = |column: u16| (area.x + column.min(area.width), area.width.saturating_sub(column));
    for (row, y) in rows.iter().zip(area.y..area.bottom()) {
        let text = painter.style(Role::Text);
        let ((mark_x, mark_room), (text_x, text_room)) = (from(mark_at), from(text_at));
        if row.is_first {
            painter.text(area.x, y, layout.time.min(area.width), &row.time, painter.style(Role::Muted));
            let (name_x, name_room) = from(layout.time);
            let label = painter.style(Role::Label);
            painter.text(name_x, y, layout.name.min(name_room), &name(row.entry), label);
        }
        if row.is_first && row.entry.severity != Severity::Ok {
            painter.marked(mark_x, y, mark_room, row.entry.severity.into(), &row.text, text);
        } else {
            painter.text(text_x, y, text_room, &row.text, text);
        }
    }
}

fn name(entry: &LogEntry) -> String {
    entry.environment.as_ref().map(|environment| environment_name(&environment.name)).unwrap_or_default()
}
