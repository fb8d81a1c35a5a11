//! Paints a frame. Pure: the same screen and context give the same cells.

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
mod known_values;
mod next_redraw;
mod painter;
mod range_hint;
mod remedy_text;
mod web_pages;
mod welcome;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::hit_map::{HitMap, HitTarget};
use super::keymap::UiCommand;
use super::layout::{Layout, Shape};
use super::screen::{Overlay, Screen};
use super::view_context::ViewContext;
use crate::wording::sentences;
pub use next_redraw::next_redraw;
use painter::Painter;

/// Paints the screen.
pub fn view(frame: &mut Frame<'_>, screen: &Screen, context: &ViewContext<'_>) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, screen, context);
}

/// The regions of a frame of a size, in columns and rows, that can be clicked.
pub(super) fn hit_map(screen: &Screen, context: &ViewContext<'_>, (columns, rows): (u16, u16)) -> HitMap {
    let area = Rect::new(0, 0, columns, rows);
    paint(&mut Buffer::empty(area), area, screen, context)
}

/// Paints the screen into cells, and answers with the regions that can be clicked.
pub(crate) fn paint(buffer: &mut Buffer, area: Rect, screen: &Screen, context: &ViewContext<'_>) -> HitMap {
    let mut hits = HitMap::default();
    if area.is_empty() {
        return hits;
    }
    let mut painter = Painter::new(buffer, screen.appearance);
    let layout = screen.layout(context, (area.width, area.height));
    key_bar::paint(&mut painter, &layout, screen, context, &mut hits);
    if let Some(header) = layout.header {
        header::paint(&mut painter, header, context);
    }
    let body = body(area, &layout);
    match &screen.overlay {
        Some(Overlay::Help(scrolled)) => help::paint(&mut painter, body, screen, *scrolled),
        Some(Overlay::Events(list)) => events::paint_overlay(&mut painter, body, list, context),
        Some(Overlay::Activity(scrolled)) => {
            activity::paint(&mut painter, body, screen, context, *scrolled, &mut hits);
        }
        Some(Overlay::Dialog(dialog)) => {
            dashboard(&mut painter, &layout, screen, context, &mut hits);
            dialog::paint(&mut painter, body, dialog, screen, context);
            hits.push(body, HitTarget::Cover);
        }
        Some(Overlay::WebPages) => {
            dashboard(&mut painter, &layout, screen, context, &mut hits);
            hits.push(body, HitTarget::Command(UiCommand::Close));
            hits.push(web_pages::paint(&mut painter, body), HitTarget::Cover);
        }
        None => dashboard(&mut painter, &layout, screen, context, &mut hits),
    }
    painter.finish();
    hits
}

fn dashboard(
    painter: &mut Painter<'_>,
    layout: &Layout,
    screen: &Screen,
    context: &ViewContext<'_>,
    hits: &mut HitMap,
) {
    let chosen = screen.chosen_index(context.snapshot);
    let told_below = layout.detail.is_some() && sentences::keyless(context.snapshot).is_some();
    for place in &layout.cards {
        let Some(environment) = context.snapshot.environments.get(place.index) else { continue };
        let chosen = place.index == chosen;
        hits.push(place.area, HitTarget::Environment(place.index));
        match layout.shape {
            Shape::Line => environment_line::paint(painter, place.area, environment, chosen, context),
            shape => card::paint(
                painter,
                place.area,
                &card::Card { environment, shape, chosen, shown_below: told_below, screen, context },
            ),
        }
    }
    if let Some(area) = layout.detail {
        match screen.chosen(context.snapshot) {
            Some(environment) if !context.is_first_start() => {
                detail::paint(painter, area, environment, screen, context, hits);
            }
            _ => welcome::paint(painter, area, screen, context),
        }
    }
    if let Some(area) = layout.events {
        hits.push(Rect { height: 1, ..area }, HitTarget::Command(UiCommand::Events));
        events::paint(painter, area, context);
    }
}

/// Area between the header and the key bar.
fn body(area: Rect, layout: &Layout) -> Rect {
    let top = u16::from(layout.header.is_some());
    let bottom = u16::from(layout.key_bar.is_some());
    Rect { y: area.y + top, height: area.height - top - bottom, ..area }
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
