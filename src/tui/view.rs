//! Draws a frame. Pure: the same screen and context give the same cells.

mod absence_strip;
mod activity;
mod events;
mod find_line;
mod help;
mod key_bar;
mod next_redraw;
mod painter;
mod range_hint;
mod welcome;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::hit_map::{HitMap, HitTarget};
use super::keymap::UiCommand;
use super::screen::{Overlay, Screen};
use super::screens::chart_panel::ChartPanel;
use super::screens::dialogs::{dialog_box, web_pages};
use super::screens::overview::Overview;
use super::screens::wall::Wall;
use super::screens::zoom::Zoom;
use super::view_context::ViewContext;
use super::widgets::dim::Dim;
use absence_strip::AbsenceStrip;
use find_line::FindLine;
pub use next_redraw::next_redraw;
use painter::Painter;

/// Draws the screen.
pub fn view(frame: &mut Frame<'_>, screen: &Screen, context: &ViewContext<'_>) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, screen, context);
}

/// The regions of a frame of a size, in columns and rows, that can be clicked.
pub(super) fn hit_map(screen: &Screen, context: &ViewContext<'_>, (columns, rows): (u16, u16)) -> HitMap {
    let area = Rect::new(0, 0, columns, rows);
    paint(&mut Buffer::empty(area), area, screen, context)
}

/// Draws the screen into cells, and answers with the regions that can be clicked.
pub(crate) fn paint(buffer: &mut Buffer, area: Rect, screen: &Screen, context: &ViewContext<'_>) -> HitMap {
    let mut hits = HitMap::default();
    if area.is_empty() {
        return hits;
    }
    if let Some(wall) = Wall::of(screen, context) {
        wall.render(area, buffer);
        Painter::new(buffer, screen.appearance).finish();
        screen.appearance.theme.paint_ground(buffer);
        return hits;
    }
    let overview = Overview::new(area, screen, context);
    let body = body(area, &overview);
    match &screen.overlay {
        None | Some(Overlay::Dialog(_) | Overlay::WebPages | Overlay::Find(_)) => {
            dashboard(&overview, buffer, screen, context, &mut hits);
        }
        Some(_) => overview.render_header(buffer),
    }
    let mut painter = Painter::new(buffer, screen.appearance);
    if let Some(area) = overview.layout.key_bar.filter(|_| !matches!(screen.overlay, Some(Overlay::Find(_)))) {
        let hidden = overview.layout.places.len() < context.snapshot.environments.len();
        key_bar::paint(&mut painter, area, hidden, screen, context, &mut hits);
    }
    match &screen.overlay {
        Some(Overlay::Help(scrolled)) => help::paint(&mut painter, body, screen, *scrolled),
        Some(Overlay::Events(list)) => events::paint_overlay(&mut painter, body, list, context),
        Some(Overlay::Activity(scrolled)) => {
            activity::paint(&mut painter, body, screen, context, *scrolled, &mut hits);
        }
        Some(Overlay::Dialog(dialog)) => {
            painter.render(&Dim(&screen.appearance.theme), above_key_bar(area, body));
            painter.render(&dialog_box(body, dialog, screen, context), body);
            hits.push(body, HitTarget::Cover);
        }
        Some(Overlay::WebPages) => {
            hits.push(body, HitTarget::Command(UiCommand::Close));
            let pages = web_pages(screen.appearance);
            painter.render(&Dim(&screen.appearance.theme), above_key_bar(area, body));
            painter.render(&pages, body);
            hits.push(pages.area(body), HitTarget::Cover);
        }
        Some(Overlay::Find(find)) => {
            let line = FindLine::new(find, screen, context.snapshot);
            painter.render(&line, area.rows().next_back().unwrap_or(area));
        }
        None => {}
    }
    if let Some(report) = &screen.absence {
        let strip = AbsenceStrip { appearance: screen.appearance, report };
        painter.render(&strip, body.rows().next().unwrap_or(body));
    }
    painter.finish();
    screen.appearance.theme.paint_ground(buffer);
    hits
}

fn dashboard(
    overview: &Overview<'_>,
    buffer: &mut Buffer,
    screen: &Screen,
    context: &ViewContext<'_>,
    hits: &mut HitMap,
) {
    if let Some(zoom) = Zoom::of(screen, context) {
        overview.render_header(buffer);
        let area = body(buffer.area, overview);
        zoom.register(area, hits);
        return zoom.render(area, buffer);
    }
    overview.render(buffer.area, buffer);
    overview.register(hits);
    match screen.chosen(context.snapshot) {
        Some(environment) if !context.is_first_start() => {
            if let Some(area) = overview.layout.chart {
                let chart = ChartPanel { environment, screen, context, footer: overview.footer() };
                chart.register(area, hits);
                chart.render(area, buffer);
            }
        }
        _ => {
            if let Some(area) = overview.layout.status {
                welcome::paint(&mut Painter::new(buffer, screen.appearance), area, screen, context);
            }
        }
    }
}

/// Area between the header and the key bar.
fn body(area: Rect, overview: &Overview<'_>) -> Rect {
    let top = u16::from(overview.layout.header.is_some());
    let bottom = u16::from(overview.layout.key_bar.is_some());
    Rect { y: area.y + top, height: area.height - top - bottom, ..area }
}

/// All rows above the key bar, which tells the keys of what lies over the dashboard.
fn above_key_bar(area: Rect, body: Rect) -> Rect {
    Rect { height: body.bottom() - area.y, ..area }
}

/// Lines of a page of an overlay.
pub(super) fn page(size: (u16, u16)) -> u16 {
    size.1.saturating_sub(5).max(1)
}

/// Greatest number of lines by which the open overlay can be scrolled down.
pub(super) fn scroll_max(screen: &Screen, context: &ViewContext<'_>) -> u16 {
    let lines = match &screen.overlay {
        Some(Overlay::Help(_)) => help::lines(screen).len(),
        Some(Overlay::Events(list)) => events::row_count(list, context, screen.size.0),
        Some(Overlay::Activity(_)) => activity::lines(screen, context, activity::width(screen.size.0)).len(),
        _ => 0,
    };
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page(screen.size))
}

#[cfg(test)]
mod tests;
