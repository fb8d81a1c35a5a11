//! Safe cells: no invisible or bidirectional character reaches the terminal, whoever wrote the text.

use ratatui::buffer::Buffer;

use unicode_width::UnicodeWidthChar as _;

use crate::domain::text::{is_unsafe, sanitise};

/// Takes what must not be shown out of all cells. Ratatui appends characters without a width to the one before.
pub(in crate::tui) fn make_safe(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let symbol = cell.symbol();
        if !symbol.is_ascii() && !is_shown(symbol) {
            let safe = sanitise(symbol, symbol.len());
            if safe != symbol {
                cell.set_symbol(if safe.is_empty() { " " } else { &safe });
            }
        }
    }
}

/// True for one character that takes room and may be shown. Others may be in order too, and are looked at closely.
fn is_shown(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    let (first, rest) = (characters.next(), characters.next());
    rest.is_none() && first.is_some_and(|first| first.width() > Some(0) && !is_unsafe(first))
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::text::Line;
    use ratatui::widgets::Widget as _;

    use super::*;

    #[test]
    fn what_has_no_width_is_taken_out_and_marks_of_letters_stay() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        Line::raw("a\u{202e}b\u{200b}e\u{301}漢\u{2066}").render(buffer.area, &mut buffer);
        make_safe(&mut buffer);
        let symbols: Vec<_> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, ["a", "b", "e\u{301}", "漢", " ", " "]);
    }
}
