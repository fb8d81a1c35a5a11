//! Dimmed cells: what lies behind something else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use crate::tui::theme::{Role, Theme};

/// What was drawn before, without colour and dimmed, so that it can be read but draws no eye.
#[derive(Debug)]
pub(in crate::tui) struct Dim<'a>(pub &'a Theme);

impl Widget for &Dim<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let colour = self.0.style(Role::Muted).fg.unwrap_or_default();
        for position in area.intersection(buf.area).positions() {
            let cell = &mut buf[position];
            (cell.fg, cell.bg) = (colour, Color::Reset);
            // Terminals draw what is both bold and dim as bold, and a reversed cell is a bright block.
            cell.modifier = cell.modifier.difference(Modifier::BOLD | Modifier::REVERSED).union(Modifier::DIM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ColourDepth;

    #[test]
    fn what_lies_behind_keeps_its_text_and_loses_its_colour() {
        for depth in [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix] {
            let theme = Theme::new(depth);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
            let loud = theme
                .style(Role::Critical)
                .bg(Color::Yellow)
                .add_modifier(Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED);
            buffer.set_string(0, 0, "abc", loud);
            (&Dim(&theme)).render(Rect::new(0, 0, 2, 9), &mut buffer);
            let muted = theme.style(Role::Muted).fg.unwrap_or_default();
            for (cell, symbol) in buffer.content[..2].iter().zip(["a", "b"]) {
                assert_eq!((cell.symbol(), cell.fg, cell.bg), (symbol, muted, Color::Reset));
                assert_eq!(cell.modifier, Modifier::DIM | Modifier::UNDERLINED);
            }
            let beside = &buffer[(2, 0)];
            assert_eq!(
                (beside.fg, beside.bg, beside.modifier),
                (loud.fg.unwrap_or_default(), Color::Yellow, loud.add_modifier)
            );
        }
    }
}
