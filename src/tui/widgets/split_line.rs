//! Split line: a text at the left of a row and another at its right end.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::text::fit;

/// A text at the left of a row, cut with a mark where it is too long, and one at the right end, left out where it
/// would take more than half of the row.
#[derive(Clone, Debug)]
pub(in crate::tui) struct SplitLine<'a> {
    pub left: Line<'a>,
    pub right: Line<'a>,
    /// Mark of a text that was cut.
    pub ellipsis: &'static str,
}

impl SplitLine<'_> {
    /// Cells of the text at the right end; empty where it is left out.
    pub(in crate::tui) fn right_area(&self, area: Rect) -> Rect {
        self.areas(area)[1]
    }

    fn areas(&self, area: Rect) -> [Rect; 2] {
        let (left, right) = (width(&self.left), width(&self.right));
        let fits = right > 0 && (left + right < area.width || right <= area.width / 2);
        let right_width = if fits { right } else { 0 };
        let [left, _, right] = Layout::horizontal([
            Constraint::Fill(1),
            Constraint::Length(u16::from(fits)),
            Constraint::Length(right_width),
        ])
        .areas(area);
        [left, right]
    }
}

impl Widget for &SplitLine<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let [left, right] = self.areas(area.intersection(buf.area));
        fit(self.left.clone(), left.width, self.ellipsis).render(left, buf);
        if !right.is_empty() {
            (&self.right).render(right, buf);
        }
    }
}

fn width(line: &Line<'_>) -> u16 {
    u16::try_from(line.width()).map_or(10_000, |width| width.min(10_000))
}
