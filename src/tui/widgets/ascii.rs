//! ASCII for terminals and fonts without more, in the place of whatever was drawn.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr as _;

use crate::tui::charset::to_ascii;

/// Brings all cells to ASCII, each character in a cell of its own.
pub(in crate::tui) fn bring_to_ascii(buf: &mut Buffer) {
    for start in 0..buf.content.len() {
        let symbol = buf.content[start].symbol();
        if symbol.is_ascii() {
            continue;
        }
        // What is drawn as one may be of several characters. Each has a cell of its own: one that is overdrawn later
        // takes no other with it, as the halves of a wide one do.
        let width = symbol.width();
        let plain = format!("{:?<width$.width$}", to_ascii(symbol));
        for (cell, character) in buf.content[start..].iter_mut().zip(plain.chars()) {
            cell.set_char(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_of_ascii_has_a_cell_of_its_own() {
        let mut buffer = Buffer::with_lines(["\u{6f22}\u{5b57} e\u{301} \u{1f600}\u{2026}  "]);
        bring_to_ascii(&mut buffer);
        let symbols: Vec<_> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, ["?", "?", "?", "?", " ", "e", " ", "?", "?", "~", " ", " "]);
    }
}
