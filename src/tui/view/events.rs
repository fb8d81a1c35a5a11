//! The event log: beside the detail, and whole.

use ratatui::layout::Rect;

use super::card::shown_environment;
use super::paint::{Painter, columns};
use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::event_list::EventList;
use crate::tui::theme::Role;
use crate::tui::world::World;
use crate::wording::times;

/// `14:32`, `Fri`, `30 Nov`.
const TIME_WIDTH: u16 = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;
/// From this width on, the log tells days and times.
const WHOLE_TIMES_FROM: u16 = 60;
const NOTHING: &str = "nothing happened yet";

/// The newest entries, under a heading.
pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, world: &World<'_>) {
    painter.text(area.x, area.y, area.width, "events", painter.style(Role::Label));
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let newest = world.events.iter().rev().take(usize::from(rows.height));
    let newest = newest.map(|entry| (times::brief(entry.at, world.now, world.zone), entry)).collect();
    paint_rows(painter, rows, newest, NOTHING);
}

/// The log as the operator looks at it.
pub(super) fn paint_overlay(painter: &mut Painter<'_>, area: Rect, list: &EventList, world: &World<'_>) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let top = area.y + u16::from(area.height > 4);
    painter.text(area.x, top, area.width, &list.heading(world.events), painter.bold(Role::Text));
    let y = top + 1 + u16::from(area.height > 6);
    let rows = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    let shown = list.of(world.events).skip(usize::from(list.scrolled)).take(usize::from(rows.height));
    let time = |entry: &LogEntry| match (list.ages, rows.width < WHOLE_TIMES_FROM) {
        (true, _) => times::ago(entry.at, world.now),
        (false, true) => times::brief(entry.at, world.now, world.zone),
        (false, false) => times::happened(entry.at, world.now, world.zone),
    };
    let nothing = if world.events.is_empty() { NOTHING } else { "none is like that" };
    paint_rows(painter, rows, shown.map(|entry| (time(entry), entry)).collect(), nothing);
}

fn paint_rows(painter: &mut Painter<'_>, area: Rect, entries: Vec<(String, &LogEntry)>, nothing: &str) {
    if entries.is_empty() && area.height > 0 {
        painter.text(area.x, area.y, area.width, nothing, painter.style(Role::Muted));
        return;
    }
    let time_width = entries.iter().map(|(time, _)| columns(time) + 1).max().unwrap_or(0).max(TIME_WIDTH);
    let name_width = entries.iter().map(|(_, entry)| columns(&name(entry))).max().unwrap_or(0).min(NAME_WIDTH_MAX);
    for ((time, entry), y) in entries.into_iter().zip(area.y..area.bottom()) {
        let row = Rect { y, height: 1, ..area };
        painter.text(row.x, row.y, time_width.min(row.width), &time, painter.style(Role::Muted));
        let indent = time_width.min(row.width);
        paint_entry(painter, Rect { x: row.x + indent, width: row.width - indent, ..row }, entry, name_width);
    }
}

fn paint_entry(painter: &mut Painter<'_>, row: Rect, entry: &LogEntry, name_width: u16) {
    painter.text(row.x, row.y, name_width.min(row.width), &name(entry), painter.style(Role::Label));
    let x = row.x + name_width + u16::from(name_width > 0);
    let room = row.right().saturating_sub(x);
    let text = painter.style(Role::Text);
    if entry.severity == Severity::Ok {
        painter.text(x + 2, row.y, room.saturating_sub(2), &entry.text, text);
    } else {
        painter.marked(x, row.y, room, entry.severity.into(), &entry.text, text);
    }
}

fn name(entry: &LogEntry) -> String {
    entry.environment.as_ref().map(shown_environment).unwrap_or_default()
}
