//! Draws the screen of a terminal as a picture: the same bytes on every machine, with no window and no display.

pub mod file;
mod glyphs;
mod mask;
pub mod palette;
mod shapes;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use vt100::{Cell, Screen};

use glyphs::Glyphs;
use mask::Mask;
use palette::{Colour, Theme};

/// Width of a cell in pixels, at twice the size of a usual screen.
pub const CELL_WIDTH: usize = 16;
/// Height of a cell in pixels.
pub const CELL_HEIGHT: usize = 36;
/// Blank margin on each side, in pixels.
pub const MARGIN: usize = 32;

/// Upper and lower edge of an underline, from the top of the cell.
const UNDERLINE: (usize, usize) = (31, 33);
/// How much of its own colour dimmed text keeps, of 255.
const DIM: u8 = 150;

/// A finished picture.
#[derive(Debug, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
    missing: BTreeSet<char>,
}

impl Picture {
    /// The colour at a place, counted from the upper left corner.
    pub fn pixel(&self, x: usize, y: usize) -> Colour {
        self.pixels[y * self.width + x]
    }

    /// Characters that no bundled font has. An empty box stands in their place.
    pub fn missing(&self) -> &BTreeSet<char> {
        &self.missing
    }

    /// The picture as a PNG file. Equal pictures give equal files.
    pub fn to_png(&self) -> Vec<u8> {
        file::to_png(std::slice::from_ref(self))
    }

    fn fill(&mut self, place: (usize, usize), size: (usize, usize), colour: Colour) {
        for y in place.1..place.1 + size.1 {
            self.pixels[y * self.width + place.0..][..size.0].fill(colour);
        }
    }

    fn paint(&mut self, place: (usize, usize), mask: &Mask, colour: Colour) {
        for y in 0..mask.height() {
            for x in 0..mask.width() {
                let pixel = &mut self.pixels[(place.1 + y) * self.width + place.0 + x];
                match mask.at(x, y) {
                    0 => {}
                    u8::MAX => *pixel = colour,
                    coverage => *pixel = palette::blend(*pixel, colour, coverage),
                }
            }
        }
    }
}

/// Draws the whole screen; the cursor too, as a block, where the program shows one.
pub fn render(screen: &Screen, theme: &Theme) -> Picture {
    let (rows, columns) = screen.size();
    let width = usize::from(columns.get()) * CELL_WIDTH + 2 * MARGIN;
    let height = usize::from(rows.get()) * CELL_HEIGHT + 2 * MARGIN;
    // The margin has the ground of the first cell, as with most terminals.
    let (_, ground) = colours(screen.cell(0, 0).unwrap(), false, theme);
    let pixels = vec![ground; width * height];
    let mut picture = Picture { width, height, pixels, missing: BTreeSet::new() };
    let mut glyphs = Glyphs::new();
    let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
    for row in 0..rows.get() {
        for column in 0..columns.get() {
            let cell = screen.cell(row, column).unwrap();
            if cell.is_wide_continuation() {
                continue;
            }
            let place = (MARGIN + usize::from(column) * CELL_WIDTH, MARGIN + usize::from(row) * CELL_HEIGHT);
            draw_cell(&mut picture, &mut glyphs, theme, (cell, cursor == Some((row, column))), place);
        }
    }
    picture.missing = glyphs.into_missing();
    picture
}

fn draw_cell(
    picture: &mut Picture,
    glyphs: &mut Glyphs,
    theme: &Theme,
    (cell, has_cursor): (&Cell, bool),
    place: (usize, usize),
) {
    let width = if cell.is_wide() { 2 * CELL_WIDTH } else { CELL_WIDTH };
    let (foreground, background) = colours(cell, has_cursor, theme);
    picture.fill(place, (width, CELL_HEIGHT), background);
    for character in cell.contents().chars().filter(|character| *character != ' ') {
        picture.paint(place, glyphs.mask(character, width, cell.bold()), foreground);
    }
    if cell.underline() {
        let (top, bottom) = UNDERLINE;
        picture.fill((place.0, place.1 + top), (width, bottom - top), foreground);
    }
}

/// Colours of the text and of what is behind it, after all attributes.
fn colours(cell: &Cell, has_cursor: bool, theme: &Theme) -> (Colour, Colour) {
    let own = (theme.resolve(cell.fgcolor(), theme.foreground), theme.resolve(cell.bgcolor(), theme.background));
    let (foreground, background) = if cell.inverse() == has_cursor { own } else { (own.1, own.0) };
    if cell.dim() { (palette::blend(background, foreground, DIM), background) } else { (foreground, background) }
}
