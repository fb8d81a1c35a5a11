//! The event log: beside the detail, and whole.

use ratatui::layout::Rect;

use super::card::shown_environment;
use super::paint::{Painter, columns};
use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::theme::Role;
use crate::tui::times;
use crate::tui::world::World;

/// `14:32`, `Fri`, `30 Nov`.
const TIME_WIDTH: u16 = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;

/// The newest entries, under a heading.
pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, world: &World<'_>) {
    painter.text(area.x, area.y, area.width, "events", painter.style(Role::Label));
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    paint_rows(painter, rows, world, 0);
}

/// The whole log, scrolled down by some lines.
pub(super) fn paint_overlay(painter: &mut Painter<'_>, area: Rect, world: &World<'_>, scrolled: u16) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let heading = match world.events.len() {
        1 => "1 event".to_owned(),
        count => format!("{count} events, newest first"),
    };
    let top = area.y + u16::from(area.height > 4);
    painter.text(area.x, top, area.width, &heading, painter.bold(Role::Text));
    let y = top + 1 + u16::from(area.height > 6);
    paint_rows(painter, Rect { y, height: area.bottom().saturating_sub(y), ..area }, world, scrolled);
}

fn paint_rows(painter: &mut Painter<'_>, area: Rect, world: &World<'_>, scrolled: u16) {
    if world.events.is_empty() && area.height > 0 {
        painter.text(area.x, area.y, area.width, "nothing happened yet", painter.style(Role::Muted));
        return;
    }
    let seen = world.events.iter().rev().skip(usize::from(scrolled)).zip(area.y..area.bottom());
    let widest = seen.clone().map(|(entry, _)| columns(&name(entry))).max().unwrap_or(0);
    for (entry, y) in seen {
        paint_entry(painter, Rect { y, height: 1, ..area }, entry, widest.min(NAME_WIDTH_MAX), world);
    }
}

fn paint_entry(painter: &mut Painter<'_>, row: Rect, entry: &LogEntry, name_width: u16, world: &World<'_>) {
    let time = times::brief(entry.at, world.now, world.zone);
    painter.text(row.x, row.y, TIME_WIDTH.min(row.width), &time, painter.style(Role::Muted));
    let x = row.x + TIME_WIDTH;
    painter.text(x, row.y, name_width.min(row.right().saturating_sub(x)), &name(entry), painter.style(Role::Label));
    let x = x + name_width + u16::from(name_width > 0);
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
