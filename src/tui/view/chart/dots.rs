//! Dots in Braille characters, eight to a cell, or the nearest there is in ASCII.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::view::painter::Painter;

/// Dots that are set, for each character from left to right, row by row.
pub(super) struct Dots {
    columns: u16,
    rows: u16,
    cells: Vec<u8>,
}

impl Dots {
    /// No dot at all.
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        Self { columns, rows, cells: vec![0; usize::from(columns) * usize::from(rows)] }
    }

    /// Sets a dot; one beyond the edge is left out.
    pub(super) fn set(&mut self, x: u16, y: u16) {
        /// The bit of each dot, by its column and row in the character.
        const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        let (column, row) = (x / 2, y / 4);
        if column < self.columns && row < self.rows {
            let cell = usize::from(row) * usize::from(self.columns) + usize::from(column);
            self.cells[cell] |= BITS[usize::from(x % 2)][usize::from(y % 4)];
        }
    }

    /// Sets every so many dots from one point to another, the first included.
    pub(super) fn line(&mut self, (x1, y1): (u16, u16), (x2, y2): (u16, u16), every: u16) {
        let (width, height) = (i32::from(x2) - i32::from(x1), i32::from(y2) - i32::from(y1));
        let steps = width.abs().max(height.abs());
        for step in (0..=steps).step_by(usize::from(every.max(1))) {
            let along = |start: u16, length: i32| {
                let way = if steps == 0 { 0 } else { (2 * length * step + steps * length.signum()) / (2 * steps) };
                u16::try_from(i32::from(start) + way).unwrap_or(0)
            };
            self.set(along(x1, width), along(y1, height));
        }
    }

    /// Paints the characters of all dots that are set.
    pub(super) fn paint(&self, painter: &mut Painter<'_>, plot: Rect, style: Style) {
        let ascii = painter.appearance().symbols.ascii;
        for (cell, dots) in self.cells.iter().enumerate().filter(|(_, dots)| **dots != 0) {
            let (Ok(column), Ok(row)) =
                (u16::try_from(cell % usize::from(self.columns)), u16::try_from(cell / usize::from(self.columns)))
            else {
                return;
            };
            let symbol = if ascii { plain(*dots) } else { braille(*dots) };
            let mut bytes = [0; 4];
            painter.fill(plot.x + column, plot.y + row, 1, symbol.encode_utf8(&mut bytes), style);
        }
    }

    /// The characters row by row.
    #[cfg(test)]
    pub(super) fn rows(&self) -> Vec<String> {
        let line = |cells: &[u8]| cells.iter().map(|cell| braille(*cell)).collect();
        self.cells.chunks(usize::from(self.columns)).map(line).collect()
    }
}

fn braille(dots: u8) -> char {
    char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ')
}

/// The nearest there is in ASCII: dots in the upper half, in the lower, in both.
fn plain(dots: u8) -> char {
    const UPPER: u8 = 0x01 | 0x02 | 0x08 | 0x10;
    match (dots & UPPER != 0, dots & !UPPER != 0) {
        (true, true) => ':',
        (true, false) => '\'',
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_tells_the_upper_half_from_the_lower() {
        assert_eq!([plain(0x01), plain(0x80), plain(0x02 | 0x04)], ['\'', '.', ':']);
    }

    #[test]
    fn a_line_is_whole_or_dotted_and_ends_at_the_edge() {
        let drawn = |every| {
            let mut dots = Dots::new(4, 1);
            dots.line((0, 3), (99, 3), every);
            dots.rows().concat()
        };
        assert_eq!([drawn(1), drawn(2), drawn(4), drawn(0)], ["⣀⣀⣀⣀", "⡀⡀⡀⡀", "⡀⠀⡀⠀", "⣀⣀⣀⣀"]);
    }
}
