//! Number, or a word, in characters of several rows: to be read from across a room.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_big_text::{BigText, PixelSize};

use super::text::{columns, cut};
use crate::tui::screen::Appearance;

/// Rows and columns of a character in pixels.
const GLYPH: u16 = 8;

/// Number or word, as large as its area has room for; in one plain row where no large form fits.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct BigNumber<'a> {
    /// The text.
    pub text: &'a str,
    /// Style of its characters.
    pub style: Style,
    /// Theme and symbols.
    pub appearance: Appearance,
}

/// A way to draw pixels, with the pixels of a cell sideways and downwards.
type Scale = (PixelSize, u16, u16);

/// The ways, the largest first. Others need characters that few fonts have.
const SCALES: [Scale; 3] = [(PixelSize::Full, 1, 1), (PixelSize::HalfHeight, 1, 2), (PixelSize::Quadrant, 2, 2)];
/// Those that are legible with one character for all cells.
const ASCII_SCALES: [Scale; 2] = [(PixelSize::Full, 1, 1), (PixelSize::HalfWidth, 2, 1)];
/// A cell with pixels where all must be ASCII.
const ASCII_CELL: char = '#';

impl BigNumber<'_> {
    /// The cells that it takes of a room.
    pub(in crate::tui) fn size_within(&self, room: Size) -> Size {
        self.scale(room)
            .map_or_else(|| Size::new(columns(self.text).min(room.width), room.height.min(1)), |scale| self.size(scale))
    }

    /// The largest way that fits; `None` where none does.
    fn scale(&self, room: Size) -> Option<Scale> {
        let scales: &[Scale] = if self.appearance.symbols.ascii { &ASCII_SCALES } else { &SCALES };
        let is_known = !self.text.is_empty() && self.text.chars().all(|character| glyph(character).is_some());
        let fits = |size: Size| size.width <= room.width && size.height <= room.height;
        scales.iter().copied().find(|scale| is_known && fits(self.size(*scale)))
    }

    fn size(&self, (_, sideways, downwards): Scale) -> Size {
        let widths = self.text.chars().map(|character| advance(character).div_ceil(sideways));
        Size::new(widths.fold(0, u16::saturating_add), GLYPH.div_ceil(downwards))
    }
}

/// The pixels that a character takes sideways.
fn advance(character: char) -> u16 {
    if matches!(character, ',' | '.' | ' ') { GLYPH / 2 } else { GLYPH }
}

/// The character that the font has for one; `None` where it has none.
fn glyph(character: char) -> Option<char> {
    match character {
        '–' => Some('-'),
        character => (character.is_ascii_graphic() || character == ' ').then_some(character),
    }
}

impl Widget for &BigNumber<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let style = Style::reset().patch(self.style);
        let Some(scale) = self.scale(area.as_size()) else {
            if !area.is_empty() {
                let text = cut(self.text, area.width, self.appearance.symbols.ellipsis);
                buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
            }
            return;
        };
        let (pixel_size, sideways, _) = scale;
        let Size { height, .. } = self.size(scale);
        let mut x = area.x;
        for character in self.text.chars() {
            let cell = Rect { x, y: area.y, width: advance(character).div_ceil(sideways), height };
            let text = glyph(character).unwrap_or(' ').to_string();
            BigText::builder().pixel_size(pixel_size).style(style).lines([text.into()]).build().render(cell, buf);
            if self.appearance.symbols.ascii {
                to_ascii(cell, buf);
            }
            x += cell.width;
        }
    }
}

fn to_ascii(area: Rect, buf: &mut Buffer) {
    for position in area.positions() {
        if !buf[position].symbol().is_ascii() {
            buf[position].set_char(ASCII_CELL);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{screen, settings, text};
    use crate::tui::charset::Charset;
    use crate::tui::screen::{Screen, ScreenSettings};

    fn appearance(charset: Charset) -> Appearance {
        Screen::new(ScreenSettings { charset, ..settings() }).appearance
    }

    fn drawn(number: &str, charset: Charset, width: u16, height: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let number = BigNumber { text: number, style: Style::new(), appearance: appearance(charset) };
        (&number).render(buffer.area, &mut buffer);
        text(&buffer).trim_end().to_owned()
    }

    #[test]
    fn a_number_is_as_large_as_its_room() {
        let number = BigNumber { text: "34,736", style: Style::new(), appearance: screen().appearance };
        let size = |width, height| number.size_within(Size::new(width, height));
        assert_eq!(size(44, 8), Size::new(44, 8));
        assert_eq!(size(44, 7), Size::new(44, 4));
        assert_eq!(size(43, 8), Size::new(22, 4));
        assert_eq!([size(21, 8), size(80, 3), size(4, 1)], [Size::new(6, 1), Size::new(6, 1), Size::new(4, 1)]);
        assert_eq!(size(80, 0), Size::new(6, 0));
    }

    #[test]
    fn digits_are_drawn_in_quadrants() {
        let expected = "▟▀▙ ▗▛▘\n ▄▛ █▄▖\n▄ █ █ █\n▝▀▘ ▝▀▘";
        assert_eq!(drawn("36", Charset::Unicode, 8, 4), expected);
    }

    #[test]
    fn digits_of_ascii_are_drawn_with_one_character() {
        assert_eq!(drawn("3", Charset::Ascii, 4, 8), "###\n# #\n  #\n ##\n  #\n# #\n###");
    }

    #[test]
    fn what_does_not_fit_is_plain_and_cut_with_a_mark() {
        assert_eq!(drawn("34,736", Charset::Unicode, 6, 1), "34,736");
        assert_eq!(drawn("staging", Charset::Unicode, 5, 3), "stag…");
        assert_eq!(drawn("größe", Charset::Unicode, 80, 8), "größe");
        assert_eq!(drawn("–", Charset::Unicode, 8, 8), "\n\n\n██████");
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_beyond_the_size_that_is_told(
            number in "[ -~–…é漢]{0,9}", width in 0u16..60, height in 0u16..12, ascii in any::<bool>(),
        ) {
            let charset = if ascii { Charset::Ascii } else { Charset::Unicode };
            let number = BigNumber { text: &number, style: Style::new(), appearance: appearance(charset) };
            let mut buffer = Buffer::empty(Rect::new(0, 0, 70, 14));
            let area = Rect::new(3, 2, width, height);
            (&number).render(area, &mut buffer);
            let Size { width, height } = number.size_within(area.as_size());
            let taken = Rect { width, height, ..area };
            for position in buffer.area.positions() {
                prop_assert!(taken.contains(position) || buffer[position].symbol() == " ");
            }
        }
    }
}
