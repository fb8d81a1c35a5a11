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
use ratatui::widgets::Widget as _;

use super::layout::{Layout, Shape};
use super::screen::{Overlay, Screen};
use super::screens::wall::Wall;
use super::view_context::ViewContext;
use crate::wording::sentences;
pub use next_redraw::next_redraw;
use painter::Painter;

/// Paints the screen.
pub fn view(frame: &mut Frame<'_>, screen: &Screen, context: &ViewContext<'_>) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, screen, context);
}

/// Paints the screen into cells.
pub(crate) fn paint(buffer: &mut Buffer, area: Rect, screen: &Screen, context: &ViewContext<'_>) {
    if area.is_empty() {
        return;
    }
    if let Some(wall) = Wall::of(screen, context) {
        wall.render(area, buffer);
        return Painter::new(buffer, screen.appearance).finish();
    }
    let mut painter = Painter::new(buffer, screen.appearance);
    let layout = screen.layout(context, (area.width, area.height));
    key_bar::paint(&mut painter, &layout, screen, context);
    if let Some(header) = layout.header {
        header::paint(&mut painter, header, context);
    }
    let body = body(area, &layout);
    match &screen.overlay {
        Some(Overlay::Help(scrolled)) => help::paint(&mut painter, body, screen, *scrolled),
        Some(Overlay::Events(list)) => events::paint_overlay(&mut painter, body, list, context),
        Some(Overlay::Activity(scrolled)) => activity::paint(&mut painter, body, screen, context, *scrolled),
        Some(Overlay::Dialog(dialog)) => {
            dashboard(&mut painter, &layout, screen, context);
            dialog::paint(&mut painter, body, dialog, screen, context);
        }
        Some(Overlay::WebPages) => {
            dashboard(&mut painter, &layout, screen, context);
            web_pages::paint(&mut painter, body);
        }
        None => dashboard(&mut painter, &layout, screen, context),
    }
    painter.finish();
}

fn dashboard(painter: &mut Painter<'_>, layout: &Layout, screen: &Screen, context: &ViewContext<'_>) {
    let chosen = screen.chosen_index(context.snapshot);
    let told_below = layout.detail.is_some() && sentences::keyless(context.snapshot).is_some();
    for place in &layout.cards {
        let Some(environment) = context.snapshot.environments.get(place.index) else { continue };
        let chosen = place.index == chosen;
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
                detail::paint(painter, area, environment, screen, context);
            }
            _ => welcome::paint(painter, area, screen, context),
        }
    }
    if let Some(area) = layout.events {
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
