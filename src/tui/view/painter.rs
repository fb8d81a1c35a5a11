//! Puts text, bars and borders into cells, and never outside of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border::Set;
use ratatui::widgets::{Block, Clear, Widget};

use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::widgets::text::cut;

/// A buffer, and what to draw with.
pub(super) struct Painter<'a> {
    buffer: &'a mut Buffer,
    appearance: Appearance,
}

impl<'a> Painter<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, appearance: Appearance) -> Self {
        Self { buffer, appearance }
    }

    pub(super) fn appearance(&self) -> Appearance {
        self.appearance
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.appearance.style(role)
    }

    /// The role's style, in bold.
    pub(super) fn bold(&self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::BOLD)
    }

    /// Writes a text into at most `width` columns, cut with an ellipsis where it is longer, and answers with the
    /// columns it took.
    pub(super) fn text(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let width = self.room(x, y, width);
        let text = cut(text, width, self.appearance.symbols.ellipsis);
        if text.is_empty() {
            return 0;
        }
        let style = Style::reset().patch(style);
        self.buffer.set_stringn(x, y, text, usize::from(width), style).0 - x
    }

    /// Writes texts one after the other, and answers with the column after them.
    pub(super) fn line(&mut self, x: u16, y: u16, width: u16, parts: &[(&str, Style)]) -> u16 {
        let end = x.saturating_add(width);
        parts.iter().fold(x, |x, (text, style)| x + self.text(x, y, end - x, text, *style))
    }

    /// A border around an area.
    pub(super) fn border(&mut self, area: Rect, border: Set<'static>, style: Style) {
        if area.width >= 2 && area.height >= 2 {
            Block::bordered().border_set(border).border_style(Style::reset().patch(style)).render(area, self.buffer);
        }
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Rect) {
        Clear.render(area.intersection(self.buffer.area), self.buffer);
    }

    /// An empty box in the middle of an area, with room for so many columns and rows of text; answers with
    /// the room there is.
    pub(super) fn dialog(&mut self, area: Rect, title: &str, border: Set<'static>, width: u16, rows: u16) -> Rect {
        let (width, height) = (width.min(area.width), rows.saturating_add(2).min(area.height));
        let x = area.x + (area.width - width) / 2;
        let outer = Rect { x, y: area.y + (area.height - height) / 2, width, height };
        self.clear(outer);
        self.border(outer, border, self.style(Role::Accent));
        let title_room = width.saturating_sub(4);
        let blank = (" ", Style::new());
        self.line(outer.x + 1, outer.y, title_room, &[blank, (title, self.bold(Role::Accent)), blank]);
        Rect { x: outer.x + 2, y: outer.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) }
    }

    /// Columns from a cell on that lie in the buffer, `width` at most.
    fn room(&self, x: u16, y: u16, width: u16) -> u16 {
        let area = self.buffer.area;
        if (area.y..area.bottom()).contains(&y) && x >= area.x { width.min(area.right().saturating_sub(x)) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::screen;

    #[test]
    fn nothing_is_painted_outside_of_the_buffer() {
        let area = Rect::new(2, 2, 4, 2);
        let mut buffer = Buffer::empty(area);
        let mut painter = Painter::new(&mut buffer, screen().appearance);
        for (x, y) in [(0, 2), (2, 0), (9, 2), (2, 9), (u16::MAX, 3)] {
            assert_eq!(painter.text(x, y, 9, "text", Style::new()), 0);
        }
        painter.clear(Rect::new(0, 0, 9, 9));
        assert_eq!(painter.text(4, 3, 9, "text", Style::new()), 2);
        let symbols: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, "      t…");
    }
}
