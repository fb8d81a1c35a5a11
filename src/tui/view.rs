//! Paints a frame. Pure: the same screen and world give the same cells.

mod activity;
mod card;
mod chart;
mod detail;
mod dialog;
mod environment_line;
mod events;
mod header;
mod help;
mod key_bar;
mod next_redraw;
mod painter;
mod remedy_text;
mod welcome;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{Layout, LayoutContent, Shape};
use super::screen::{Overlay, Screen};
use super::view_context::ViewContext;
use crate::domain::environment::EnvironmentName;
use crate::domain::limit::Limit;
use crate::domain::status::Status;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::wording::sentences;
pub use next_redraw::next_redraw;
use painter::Painter;

/// Where keys are made and revoked.
const KEYS_PAGE: &str = "https://app.trackyard.com/api-keys";
/// Where credits are bought.
const BILLING_PAGE: &str = "https://app.trackyard.com/billing";

/// Paints the screen.
pub fn view(frame: &mut Frame<'_>, screen: &Screen, world: &ViewContext<'_>) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, screen, world);
}

/// Paints the screen into cells.
pub(crate) fn paint(buffer: &mut Buffer, area: Rect, screen: &Screen, world: &ViewContext<'_>) {
    if area.is_empty() {
        return;
    }
    let mut painter = Painter::new(buffer, screen.appearance);
    let layout = layout(screen, world, (area.width, area.height));
    key_bar::paint(&mut painter, &layout, screen, world);
    if let Some(header) = layout.header {
        header::paint(&mut painter, header, world);
    }
    let body = body(area, &layout);
    match &screen.overlay {
        Some(Overlay::Help(scrolled)) => help::paint(&mut painter, body, screen, *scrolled),
        Some(Overlay::Events(list)) => events::paint_overlay(&mut painter, body, list, world),
        Some(Overlay::Activity(scrolled)) => activity::paint(&mut painter, body, screen, world, *scrolled),
        Some(Overlay::Dialog(dialog)) => {
            dashboard(&mut painter, &layout, screen, world);
            dialog::paint(&mut painter, body, dialog, screen, world);
        }
        Some(Overlay::Console) => {
            dashboard(&mut painter, &layout, screen, world);
            help::paint_console(&mut painter, body);
        }
        None => dashboard(&mut painter, &layout, screen, world),
    }
    painter.finish();
}

fn dashboard(painter: &mut Painter<'_>, layout: &Layout, screen: &Screen, world: &ViewContext<'_>) {
    let chosen = screen.chosen_index(world.snapshot);
    let told_below = layout.detail.is_some() && sentences::keyless(world.snapshot).is_some();
    for place in &layout.cards {
        let Some(report) = world.snapshot.environments.get(place.index) else { continue };
        let chosen = place.index == chosen;
        match layout.shape {
            Shape::Line => environment_line::paint(painter, place.area, report, chosen, world),
            shape => card::paint(
                painter,
                place.area,
                &card::Card { report, shape, chosen, shown_below: told_below, screen, world },
            ),
        }
    }
    if let Some(area) = layout.detail {
        match screen.chosen(world.snapshot) {
            Some(report) if !is_first_start(world) => detail::paint(painter, area, report, screen, world),
            _ => welcome::paint(painter, area, screen, world),
        }
    }
    if let Some(area) = layout.events {
        events::paint(painter, area, world);
    }
}

/// The layout of the dashboard for a terminal of `size` columns and rows.
pub(super) fn layout(screen: &Screen, world: &ViewContext<'_>, size: (u16, u16)) -> Layout {
    let content = LayoutContent {
        count: world.snapshot.environments.len(),
        chosen: screen.chosen_index(world.snapshot),
        welcome: is_first_start(world),
    };
    Layout::new(Rect::new(0, 0, size.0, size.1), content)
}

/// What is between the header and the hints.
fn body(area: Rect, layout: &Layout) -> Rect {
    let top = u16::from(layout.header.is_some());
    let bottom = u16::from(layout.key_bar.is_some());
    Rect { y: area.y + top, height: area.height - top - bottom, ..area }
}

/// Whether there is no key at all yet.
fn is_first_start(world: &ViewContext<'_>) -> bool {
    world.snapshot.environments.iter().all(|report| report.status == Status::NoKey)
}

/// Whether the numbers are fresh, and the last poll did not fail to refresh them.
fn is_current(report: &EnvironmentSnapshot) -> bool {
    let failed = matches!(
        report.status,
        Status::Invalid | Status::Revoked | Status::Forbidden | Status::RateLimited | Status::Unreachable
    );
    report.fresh && !failed && report.poll_failure.is_none()
}

/// Whether an answer told the limits, or that there are none. A sample from an earlier run may lack both.
fn limits_are_known(report: &EnvironmentSnapshot) -> bool {
    let answered = report.latency.is_some_and(|latency| !latency.is_zero());
    report.account.is_some()
        && (answered || [report.minute, report.day].iter().any(|window| window.limit != Limit::Unknown))
}

/// How many lines a page of an overlay has.
pub(super) fn page(size: (u16, u16)) -> u16 {
    size.1.saturating_sub(5).max(1)
}

/// How far the open overlay can be scrolled down.
pub(super) fn scroll_max(screen: &Screen, world: &ViewContext<'_>) -> u16 {
    let lines = match &screen.overlay {
        Some(Overlay::Help(_)) => help::lines(screen).len(),
        Some(Overlay::Events(list)) => events::row_count(list, world, screen.size.0),
        Some(Overlay::Activity(_)) => activity::lines(screen, world, activity::width(screen.size.0)).len(),
        _ => 0,
    };
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page(screen.size))
}

/// The report of an environment, while there is one.
pub(super) fn report_of<'a>(world: &ViewContext<'a>, name: &EnvironmentName) -> Option<&'a EnvironmentSnapshot> {
    world.snapshot.environments.iter().find(|report| report.environment.name == *name)
}

#[cfg(test)]
mod tests;
