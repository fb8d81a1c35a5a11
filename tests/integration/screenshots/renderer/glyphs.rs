//! The mask of any character: drawn exactly where neighbours must meet, from the bundled font otherwise.

use std::collections::{BTreeSet, HashMap};

use ab_glyph::{Font as _, FontRef, Glyph, OutlinedGlyph, PxScale, point};

use super::mask::Mask;
use super::{CELL_HEIGHT, CELL_WIDTH, shapes};

const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular-subset.ttf");
const BOLD: &[u8] = include_bytes!("../../../../assets/fonts/JetBrainsMono-Bold-subset.ttf");

/// Height of the font from the deepest descent to the highest ascent, in pixels, at which its characters are
/// exactly as wide as a cell.
const FONT_HEIGHT: f32 = 35.2;
/// Where the text stands, in pixels from the top of the cell.
const BASELINE: f32 = 28.0;
/// Steps from bare to covered. Few enough for a picture of many colours to keep within a palette of 256.
const STEPS: f32 = 15.0;

/// Masks of the characters met so far.
pub struct Glyphs {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
    masks: HashMap<(char, usize, bool), Mask>,
    missing: BTreeSet<char>,
}

impl Glyphs {
    pub fn new() -> Self {
        Self {
            regular: FontRef::try_from_slice(REGULAR).unwrap(),
            bold: FontRef::try_from_slice(BOLD).unwrap(),
            masks: HashMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// The mask of a character for one cell, or for two.
    pub fn mask(&mut self, character: char, width: usize, bold: bool) -> &Mask {
        let font = if bold { &self.bold } else { &self.regular };
        self.masks.entry((character, width, bold)).or_insert_with(|| {
            let drawn = (width == CELL_WIDTH).then(|| shapes::mask(character)).flatten();
            drawn.or_else(|| from_font(font, character, width)).unwrap_or_else(|| {
                self.missing.insert(character);
                empty_box(width)
            })
        })
    }

    /// Characters met that are neither drawn nor in the font.
    pub fn into_missing(self) -> BTreeSet<char> {
        self.missing
    }
}

fn from_font(font: &FontRef<'_>, character: char, width: usize) -> Option<Mask> {
    let id = font.glyph_id(character);
    if id.0 == 0 {
        return None;
    }
    let mask = Mask::new(width, CELL_HEIGHT);
    let glyph = Glyph { id, scale: PxScale::from(FONT_HEIGHT), position: point(0.0, BASELINE) };
    // Only blanks have no outline.
    Some(font.outline_glyph(glyph).map_or(mask.clone(), |outline| rasterise(&outline, mask)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are in range by construction")]
fn rasterise(outline: &OutlinedGlyph, mut mask: Mask) -> Mask {
    let corner = outline.px_bounds().min;
    let (left, top) = (corner.x as i32, corner.y as i32);
    let place = |edge: i32, pixel| usize::try_from(edge.saturating_add_unsigned(pixel));
    outline.draw(|x, y, coverage| {
        let level = (coverage.clamp(0.0, 1.0) * STEPS).round() * (255.0 / STEPS);
        if let (Ok(x), Ok(y)) = (place(left, x), place(top, y)) {
            mask.cover(x, y, level as u8);
        }
    });
    mask
}

fn empty_box(width: usize) -> Mask {
    let (left, top, right, bottom) = (3, 8, width - 3, 28);
    Mask::new(width, CELL_HEIGHT)
        .rectangle([left, top, right, top + 2], 255)
        .rectangle([left, bottom - 2, right, bottom], 255)
        .rectangle([left, top, left + 2, bottom], 255)
        .rectangle([right - 2, top, right, bottom], 255)
}
