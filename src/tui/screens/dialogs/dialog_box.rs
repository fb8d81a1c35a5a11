//! Box of a dialog: a titled frame in the middle of an area, as high as its lines.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget};

use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::fit;

/// Columns that the frame and the blanks beside it take.
const FRAME_COLUMNS: u16 = 4;
/// Rows that the frame takes.
const FRAME_ROWS: u16 = 2;

/// Lines in a frame, which is cut to the area that it is drawn over.
#[derive(Debug)]
pub(in crate::tui) struct DialogBox {
    pub title: String,
    /// True for the border of production.
    pub heavy: bool,
    /// Columns, the frame included, where the area has so many.
    pub width: u16,
    pub lines: Vec<Line<'static>>,
    /// Theme and symbols.
    pub appearance: Appearance,
}

impl DialogBox {
    /// Columns for the lines of a box of that width over an area.
    pub(super) fn text_width(width: u16, area: Rect) -> u16 {
        width.min(area.width).saturating_sub(FRAME_COLUMNS)
    }

    /// Rows for the lines of a box over an area.
    pub(super) fn rows(area: Rect) -> u16 {
        area.height.saturating_sub(FRAME_ROWS)
    }

    /// Cells of the box over an area.
    pub(in crate::tui) fn area(&self, area: Rect) -> Rect {
        let rows = u16::try_from(self.lines.len()).unwrap_or(u16::MAX).saturating_add(FRAME_ROWS);
        area.centered(Constraint::Length(self.width.min(area.width)), Constraint::Length(rows.min(area.height)))
    }
}

impl Widget for &DialogBox {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = self.area(area).intersection(buf.area);
        Clear.render(area, buf);
        let title = Span::styled(self.title.as_str(), self.appearance.bold(Role::Accent));
        (&Panel { heavy: self.heavy, border: Some(Role::Accent), ..Panel::new(title, self.appearance) })
            .render(area, buf);
        let inner = Panel::inner(area);
        let ellipsis = self.appearance.symbols.ellipsis;
        let lines: Vec<_> = self.lines.iter().map(|line| fit(line.clone(), inner.width, ellipsis)).collect();
        Paragraph::new(lines).render(inner, buf);
    }
}
