//! Draws a frame. Pure: the same screen and context give the same cells.

mod next_redraw;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::hit_map::{HitMap, HitTarget};
use super::keymap::UiCommand;
use super::screen::{Appearance, Overlay, Screen};
use super::screens::absence_strip::AbsenceStrip;
use super::screens::activity::ActivityScreen;
use super::screens::chart_panel::ChartPanel;
use super::screens::dialogs::{dialog_box, web_pages};
use super::screens::event_log::EventScreen;
use super::screens::find_line::FindLine;
use super::screens::help::HelpScreen;
use super::screens::key_bar::KeyBar;
use super::screens::overview::Overview;
use super::screens::wall::Wall;
use super::screens::welcome::Welcome;
use super::screens::zoom::Zoom;
use super::view_context::ViewContext;
use super::widgets::ascii::bring_to_ascii;
use super::widgets::dim::Dim;
use super::widgets::safe_cells::make_safe;
use super::widgets::scroll_panel::ScrollPanel;
pub use next_redraw::next_redraw;

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
        finish(buffer, screen.appearance);
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
    let appearance = screen.appearance;
    if let Some(area) = overview.layout.key_bar.filter(|_| !matches!(screen.overlay, Some(Overlay::Find(_)))) {
        let hides = overview.layout.places.len() < context.snapshot.environments.len();
        let key_bar = KeyBar { hides, screen, context };
        key_bar.render(area, buffer);
        key_bar.register(area, &mut hits);
    }
    match &screen.overlay {
        Some(Overlay::Help(scrolled)) => HelpScreen { screen, scrolled: *scrolled }.render(body, buffer),
        Some(Overlay::Events(list)) => EventScreen { list, context, appearance }.render(body, buffer),
        Some(Overlay::Activity(scrolled)) => {
            let activity = ActivityScreen { screen, context, scrolled: *scrolled };
            activity.render(body, buffer);
            activity.register(body, &mut hits);
        }
        Some(Overlay::Dialog(dialog)) => {
            Dim(&appearance.theme).render(above_key_bar(area, body), buffer);
            dialog_box(body, dialog, screen, context).render(body, buffer);
            hits.push(body, HitTarget::Cover);
        }
        Some(Overlay::WebPages) => {
            hits.push(body, HitTarget::Command(UiCommand::Close));
            let pages = web_pages(appearance);
            Dim(&appearance.theme).render(above_key_bar(area, body), buffer);
            pages.render(body, buffer);
            hits.push(pages.area(body), HitTarget::Cover);
        }
        Some(Overlay::Find(find)) => {
            let line = FindLine::new(find, screen, context.snapshot);
            line.render(area.rows().next_back().unwrap_or(area), buffer);
        }
        None => {}
    }
    if let Some(report) = &screen.absence {
        AbsenceStrip { appearance, report }.render(body.rows().next().unwrap_or(body), buffer);
    }
    finish(buffer, appearance);
    hits
}

/// Brings all that was drawn to the characters and the ground of the terminal.
fn finish(buffer: &mut Buffer, appearance: Appearance) {
    make_safe(buffer);
    if appearance.symbols.ascii {
        bring_to_ascii(buffer);
    }
    appearance.theme.paint_ground(buffer);
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
    let layout = &overview.layout;
    let welcome = Welcome::of(screen, context);
    let welcome_area = if welcome.is_some_and(|welcome| welcome.is_of_all()) { layout.status } else { layout.chart };
    if let (Some(welcome), Some(area)) = (welcome, welcome_area) {
        welcome.render(area, buffer);
    } else if let (Some(environment), Some(area)) = (screen.chosen(context.snapshot), layout.chart) {
        let chart = ChartPanel { environment, screen, context, footer: overview.footer() };
        chart.register(area, hits);
        chart.render(area, buffer);
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
    size.1.saturating_sub(ScrollPanel::ROWS_AROUND).max(1)
}

/// Greatest number of lines by which the open overlay can be scrolled down.
pub(super) fn scroll_max(screen: &Screen, context: &ViewContext<'_>) -> u16 {
    let (width, appearance) = (screen.size.0, screen.appearance);
    let lines = match &screen.overlay {
        Some(Overlay::Help(scrolled)) => HelpScreen { screen, scrolled: *scrolled }.count(width),
        Some(Overlay::Events(list)) => EventScreen { list, context, appearance }.lines(width).len(),
        Some(Overlay::Activity(scrolled)) => ActivityScreen { screen, context, scrolled: *scrolled }.lines(width).len(),
        _ => 0,
    };
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page(screen.size))
}

#[cfg(test)]
mod tests;
