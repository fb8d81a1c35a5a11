//! Puts text, bars and borders into cells, and never outside of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use crate::tui::charset::to_ascii;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::widgets::text::{columns, cut};
use crate::wording::sentences::StatusSymbol;

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

    /// Writes texts one after the other so that they end before column `end`.
    pub(super) fn line_right(&mut self, end: u16, y: u16, width: u16, parts: &[(&str, Style)]) {
        let wanted: u16 = parts.iter().map(|(text, _)| columns(text)).fold(0, u16::saturating_add);
        let wanted = wanted.min(width);
        self.line(end.saturating_sub(wanted), y, wanted, parts);
    }

    /// Repeats a symbol over `width` columns.
    pub(super) fn fill(&mut self, x: u16, y: u16, width: u16, symbol: &str, style: Style) {
        let style = Style::reset().patch(style);
        for x in x..x + self.room(x, y, width) {
            self.buffer[(x, y)].set_symbol(symbol).set_style(style);
        }
    }

    /// A bar: `own` columns after `others`, then the track; dimmed where the value is old.
    pub(super) fn bar(&mut self, x: u16, y: u16, width: u16, [others, own]: [u16; 2], role: Role, dimmed: bool) {
        let symbols = self.appearance.symbols;
        let (others, own) = (others.min(width), own.min(width.saturating_sub(others)));
        let own_role = if role == Role::Bar { Role::BarOwn } else { role };
        let dim = if dimmed { Modifier::DIM } else { Modifier::empty() };
        self.fill(x, y, others, symbols.bar, self.style(role).add_modifier(dim));
        self.fill(x + others, y, own, symbols.bar_own, self.style(own_role).add_modifier(dim));
        let used = others + own;
        self.fill(x + used, y, width - used, symbols.track, self.style(Role::Track));
    }

    /// Brings all that was painted to ASCII, if that is all that may be shown.
    pub(super) fn finish(&mut self) {
        if self.appearance.symbols.ascii {
            for start in 0..self.buffer.content.len() {
                let symbol = self.buffer.content[start].symbol();
                if symbol.is_ascii() {
                    continue;
                }
                // What is drawn as one may be of several characters. Each has a cell of its own: one that is overdrawn
                // later takes no other with it, as the halves of a wide one do.
                let width = symbol.width();
                let plain = format!("{:?<width$.width$}", to_ascii(symbol));
                for (cell, character) in self.buffer.content[start..].iter_mut().zip(plain.chars()) {
                    cell.set_char(character);
                }
            }
        }
    }

    /// Draws a widget.
    pub(super) fn render(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area.intersection(self.buffer.area), self.buffer);
    }

    /// A symbol and its word or sentence.
    pub(super) fn marked(&mut self, x: u16, y: u16, width: u16, mark: StatusSymbol, text: &str, style: Style) -> u16 {
        let symbol = self.appearance.symbols.mark(mark);
        let mark_style = self.bold(mark.into());
        self.line(x, y, width, &[(symbol, mark_style), (" ", Style::new()), (text, style)]) - x
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
    use crate::testing::{screen, settings};
    use crate::tui::charset::Charset;
    use crate::tui::screen::{Screen, ScreenSettings};

    #[test]
    fn nothing_is_painted_outside_of_the_buffer() {
        let area = Rect::new(2, 2, 4, 2);
        let mut buffer = Buffer::empty(area);
        let mut painter = Painter::new(&mut buffer, screen().appearance);
        for (x, y) in [(0, 2), (2, 0), (9, 2), (2, 9), (u16::MAX, 3)] {
            assert_eq!(painter.text(x, y, 9, "text", Style::new()), 0);
            painter.fill(x, y, 9, "█", Style::new());
        }
        assert_eq!(painter.text(4, 3, 9, "text", Style::new()), 2);
        painter.fill(5, 2, 9, "█", Style::new());
        let symbols: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, "   █  t…");
    }

    #[test]
    fn each_character_of_ascii_has_a_cell_of_its_own() {
        let area = Rect::new(0, 0, 12, 1);
        let mut buffer = Buffer::empty(area);
        let screen = Screen::new(ScreenSettings { charset: Charset::Ascii, ..settings() });
        let mut painter = Painter::new(&mut buffer, screen.appearance);
        painter.text(0, 0, 12, "\u{6f22}\u{5b57} e\u{301} \u{1f600}\u{2026}", Style::new());
        painter.finish();
        let symbols: Vec<_> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, ["?", "?", "?", "?", " ", "e", " ", "?", "?", "~", " ", " "]);
    }
}
