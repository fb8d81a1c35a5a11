//! Scroll panel: a frame around rows of which some may be out of sight, and which ones are seen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::panel::Panel;
use crate::tui::theme::Role;
use crate::wording::scrolling;

/// Frame around rows that are scrolled.
#[derive(Clone, Debug)]
pub(in crate::tui) struct ScrollPanel<'a> {
    /// The frame; its footer is replaced where not all rows are seen.
    pub panel: Panel<'a>,
    /// Number of all rows.
    pub count: usize,
    /// Rows above those that are seen, at most: there are never fewer rows than have room.
    pub scrolled: u16,
}

impl ScrollPanel<'_> {
    /// The rows of a terminal of that many that lie outside of the frame or are part of it.
    pub(in crate::tui) const ROWS_AROUND: u16 = 4;
    /// The columns of a frame.
    pub(in crate::tui) const COLUMNS_AROUND: u16 = 4;

    /// The area of the rows, and the number of the first that is seen, from 0.
    pub(in crate::tui) fn window(&self, area: Rect) -> (Rect, usize) {
        let inner = Panel::inner(area);
        let last = self.count.saturating_sub(usize::from(inner.height));
        (inner, usize::from(self.scrolled).min(last))
    }
}

impl Widget for &ScrollPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let (inner, first) = self.window(area);
        let end = self.count.min(first + usize::from(inner.height));
        let mut panel = self.panel.clone();
        if end - first < self.count && inner.height > 0 {
            let text = scrolling::position(first + 1, end, self.count);
            panel.footer = Line::from(panel.appearance.span(Role::Muted, text));
        }
        (&panel).render(area, buf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{screen, text};

    fn drawn(count: usize, scrolled: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 5));
        let panel = Panel::new("events", screen().appearance);
        (&ScrollPanel { panel, count, scrolled }).render(buffer.area, &mut buffer);
        text(&buffer).lines().last().unwrap().to_owned()
    }

    #[test]
    fn the_frame_tells_which_rows_are_seen_unless_all_are() {
        assert_eq!([drawn(0, 0), drawn(3, 9)], ["╰──────────────────────╯"; 2]);
        assert_eq!([drawn(4, 0), drawn(4, 9)], ["╰ rows 1–3 of 4 ───────╯", "╰ rows 2–4 of 4 ───────╯"]);
    }
}
