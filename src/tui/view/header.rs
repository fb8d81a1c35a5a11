//! The line at the top: the product, what is the matter where, the date and the time.

use std::cmp::Reverse;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::card::shown_name;
use super::paint::{Painter, columns};
use crate::domain::status::{Severity, Status};
use crate::monitor::report::Report;
use crate::tui::sentences::{self, Mark};
use crate::tui::theme::Role;
use crate::tui::times;
use crate::tui::world::World;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, world: &World<'_>) {
    let end = area.right().saturating_sub(1);
    let clock = paint_clock(painter, area, end, world);
    let mut start = area.x + 1;
    if area.width >= 60 {
        start += painter.text(start, area.y, area.width, "trackyard", painter.bold(Role::Text)) + 3;
    }
    let matters = matters(world, clock.saturating_sub(start));
    let mut shown = 0;
    for (mark, name, text) in &matters {
        let room = clock.saturating_sub(start + 2);
        let more = format!("+{}", matters.len() - shown);
        let wanted = columns(name) + columns(text) + 2;
        if shown > 0 && wanted + 5 > room {
            painter.text(start, area.y, room, &more, painter.style(Role::Muted));
            break;
        }
        let named = painter.marked(start, area.y, room, *mark, name, painter.bold((*mark).into()));
        start += named;
        start += painter.text(start, area.y, room.saturating_sub(named), text, painter.style(Role::Text)) + 3;
        shown += 1;
    }
}

/// The date and the time at the right; answers with the column at which they start.
fn paint_clock(painter: &mut Painter<'_>, area: Rect, end: u16, world: &World<'_>) -> u16 {
    let (day, clock) = times::header(world.now, world.zone);
    let (muted, text) = (painter.style(Role::Muted), painter.style(Role::Text));
    let paused = if world.overview.paused { "polls paused" } else { "" };
    let day = if area.width >= 60 { day } else { String::new() };
    let gap = |left: &str, gap: &'static str| if left.is_empty() { "" } else { gap };
    let parts: [(&str, Style); 5] = [
        (paused, painter.bold(Role::Accent)),
        (gap(paused, "   "), muted),
        (&day, muted),
        (gap(&day, " "), muted),
        (&clock, text),
    ];
    let width = parts.iter().map(|(text, _)| columns(text)).sum::<u16>().min(area.width.saturating_sub(2));
    painter.line_right(end, area.y, width, &parts);
    end.saturating_sub(width)
}

/// What is worth saying, worst first: a mark, a name and a sentence.
fn matters(world: &World<'_>, width: u16) -> Vec<(Mark, String, String)> {
    let overview = world.overview;
    let mut found: Vec<(Severity, String, String)> =
        world.notices.iter().map(|notice| (notice.severity, String::new(), notice.text.clone())).collect();
    if let Some(offline) = sentences::offline(overview, world.now, world.zone) {
        found.push((offline.severity, String::new(), offline.text));
    } else {
        found
            .extend(overview.reports.iter().filter(|report| counts(report)).filter_map(|report| matter(report, world)));
    }
    found.sort_by_key(|(severity, ..)| Reverse(*severity));
    if found.is_empty() {
        return calm(world, width);
    }
    found.into_iter().map(|(severity, name, text)| (severity.into(), name, text)).collect()
}

fn matter(report: &Report, world: &World<'_>) -> Option<(Severity, String, String)> {
    let worst = sentences::sentences(report, world.now, world.zone).into_iter().next()?;
    (worst.severity > Severity::Ok).then(|| (worst.severity, format!("{}: ", shown_name(report)), worst.text))
}

/// A missing key is no matter where nobody asked for it.
fn counts(report: &Report) -> bool {
    report.requested || report.status != Status::NoKey
}

fn calm(world: &World<'_>, width: u16) -> Vec<(Mark, String, String)> {
    let active = world.overview.reports.iter().filter(|report| report.status == Status::Active).count();
    let text = if active == 0 { "" } else { "all is well" };
    if text.is_empty() || columns(text) + 4 > width {
        return Vec::new();
    }
    vec![(Mark::Ok, String::new(), text.to_owned())]
}
