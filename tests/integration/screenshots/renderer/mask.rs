//! How much of each pixel of a cell a character covers.

/// Samples along each side of a pixel where an edge is not straight.
const SAMPLES: usize = 8;
/// Units along each side of a pixel in which [`Mask::shape`] tells its places. Samples lie at odd ones.
pub const UNITS: i32 = 16;

/// Coverage of the pixels of a cell, 0 to 255 each.
#[derive(Debug, Clone)]
pub struct Mask {
    width: usize,
    coverage: Vec<u8>,
}

impl Mask {
    /// A mask that covers nothing.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, coverage: vec![0; width * height] }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.coverage.len() / self.width
    }

    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.coverage[y * self.width + x]
    }

    /// Covers a pixel at least this much. A place outside is ignored.
    pub fn cover(&mut self, x: usize, y: usize, coverage: u8) {
        if x < self.width && y < self.height() {
            let covered = &mut self.coverage[y * self.width + x];
            *covered = coverage.max(*covered);
        }
    }

    /// Covers a rectangle: from the left and upper edge to before the right and lower one.
    pub fn rectangle(mut self, [left, top, right, bottom]: [usize; 4], coverage: u8) -> Self {
        for y in top..bottom {
            for x in left..right {
                self.cover(x, y, coverage);
            }
        }
        self
    }

    /// Covers what lies inside a shape, with smooth edges. The places it is asked for are in [`UNITS`] of a pixel.
    pub fn shape(mut self, is_inside: impl Fn(i32, i32) -> bool) -> Self {
        let sample = |pixel: usize, number: usize| i32::try_from((pixel * SAMPLES + number) * 2 + 1).unwrap();
        for y in 0..self.height() {
            for x in 0..self.width {
                let inside = (0..SAMPLES * SAMPLES)
                    .filter(|number| is_inside(sample(x, number % SAMPLES), sample(y, number / SAMPLES)))
                    .count();
                self.cover(x, y, u8::try_from(inside * 255 / (SAMPLES * SAMPLES)).unwrap());
            }
        }
        self
    }
}
