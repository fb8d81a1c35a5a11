//! Characters that are geometry: lines, blocks, braille and the status symbols. Drawn to the pixel, so that what
//! belongs together meets between neighbouring cells.

use super::mask::{Mask, UNITS};
use super::{CELL_HEIGHT, CELL_WIDTH};

/// The middle of a cell.
const MIDDLE: (usize, usize) = (CELL_WIDTH / 2, CELL_HEIGHT / 2);
/// Runs of box-drawing characters from the first on: for each the weight of its arm up, right, down and left, which
/// is 0 for none, 1 for light and 2 for heavy. The weight is half the thickness in pixels, too.
const LINES: [(char, &str); 3] = [
    ('─', "0101 0202 1010 2020"),
    (
        '┌',
        "0110 0210 0120 0220 0011 0012 0021 0022 1100 1200 2100 2200 1001 1002 2001 2002 \
         1110 1210 2110 1120 2120 2210 1220 2220 1011 1012 2011 1021 2021 2012 1022 2022 \
         0111 0112 0211 0212 0121 0122 0221 0222 1101 1102 1201 1202 2101 2102 2201 2202 \
         1111 1112 1211 1212 2111 1121 2121 2112 2211 1122 1221 2212 1222 2122 2221 2222",
    ),
    ('╴', "0001 1000 0100 0010 0002 2000 0200 0020 0201 1020 0102 2010"),
];
/// Dashed lines, light and heavy across, light and heavy down, with the number of dashes.
const DASHES: [(&str, usize); 3] = [("╌╍╎╏", 2), ("┄┅┆┇", 3), ("┈┉┊┋", 4)];
/// Quarters of the characters from U+2596 on; the bits are upper left, upper right, lower left and lower right.
const QUADRANTS: [u8; 10] = [0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111];

/// Half the thickness of a curved or sloping line, in units.
const HALF_LINE: i32 = UNITS;
const DOT_RADIUS: i32 = 42;
/// The middle of the status symbols and of capital letters, in units.
const SYMBOL_MIDDLE: (i32, i32) = (8 * UNITS, 19 * UNITS);

/// The mask of a character for one cell, if it is one that is drawn.
pub fn mask(character: char) -> Option<Mask> {
    line(character)
        .or_else(|| dashed_line(character))
        .or_else(|| curve(character))
        .or_else(|| diagonal(character))
        .or_else(|| block(character))
        .or_else(|| quadrants(character))
        .or_else(|| braille(character))
        .or_else(|| symbol(character))
}

fn empty() -> Mask {
    Mask::new(CELL_WIDTH, CELL_HEIGHT)
}

/// Distance of a character from the first of its run.
fn offset(character: char, first: char) -> Option<usize> {
    usize::try_from(u32::from(character).checked_sub(u32::from(first))?).ok()
}

fn line(character: char) -> Option<Mask> {
    let weights = LINES.iter().find_map(|(first, run)| run.split_whitespace().nth(offset(character, *first)?))?;
    let mut arms = weights.bytes().map(|digit| usize::from(digit - b'0'));
    let [up, right, down, left] = std::array::from_fn(|_| arms.next().unwrap());
    let ((x, y), upright) = (MIDDLE, up.max(down));
    let mask = empty()
        .rectangle([x - upright, y - right, CELL_WIDTH, y + right], 255 * u8::from(right > 0))
        .rectangle([0, y - left, x + upright, y + left], 255 * u8::from(left > 0))
        .rectangle([x - down, y, x + down, CELL_HEIGHT], 255 * u8::from(down > 0))
        .rectangle([x - up, 0, x + up, y], 255 * u8::from(up > 0));
    Some(mask)
}

fn dashed_line(character: char) -> Option<Mask> {
    let place = |set: &str| set.chars().position(|member| member == character);
    let (kind, count) = DASHES.iter().find_map(|(set, count)| Some((place(set)?, *count)))?;
    let ((x, y), weight) = (MIDDLE, 1 + kind % 2);
    let mask = (0..count).fold(empty(), |mask, dash| {
        let ends = |length: usize| (length * dash / count + 1, length * (dash + 1) / count - 1);
        if kind < 2 {
            let (left, right) = ends(CELL_WIDTH);
            mask.rectangle([left, y - weight, right, y + weight], 255)
        } else {
            let (top, bottom) = ends(CELL_HEIGHT);
            mask.rectangle([x - weight, top, x + weight, bottom], 255)
        }
    });
    Some(mask)
}

/// A rounded corner: a quarter of a circle, and a straight leg where the cell is higher than wide.
fn curve(character: char) -> Option<Mask> {
    let (to_right, to_bottom) = match character {
        '╭' => (true, true),
        '╮' => (false, true),
        '╯' => (false, false),
        '╰' => (true, false),
        _ => return None,
    };
    let (width, height) = size_in_units();
    let radius = width / 2;
    let mask = empty().shape(|x, y| {
        let from_left = if to_right { x } else { width - x };
        let from_top = if to_bottom { y } else { height - y };
        let (across, down) = (from_left - width, from_top - height / 2 - radius);
        if down > 0 {
            (across + radius).abs() <= HALF_LINE
        } else {
            let distance = across * across + down * down;
            ((radius - HALF_LINE).pow(2)..=(radius + HALF_LINE).pow(2)).contains(&distance)
        }
    });
    Some(mask)
}

fn diagonal(character: char) -> Option<Mask> {
    let (rising, falling) = match character {
        '╱' => (true, false),
        '╲' => (false, true),
        '╳' => (true, true),
        _ => return None,
    };
    let (width, height) = size_in_units();
    let (columns, rows) = (width / UNITS, height / UNITS);
    let reach = HALF_LINE.pow(2) * (columns.pow(2) + rows.pow(2));
    let is_near = |x: i32, y: i32| (x * rows + y * columns - width * rows).pow(2) <= reach;
    Some(empty().shape(|x, y| (rising && is_near(x, y)) || (falling && is_near(width - x, y))))
}

fn block(character: char) -> Option<Mask> {
    let (width, height) = (CELL_WIDTH, CELL_HEIGHT);
    let (edges, coverage) = match character {
        '▀' => ([0, 0, width, height / 2], 255),
        '▁'..='█' => ([0, height - eighths(height, offset(character, '▀')?), width, height], 255),
        '▉'..='▏' => ([0, 0, eighths(width, 8 - offset(character, '█')?), height], 255),
        '▐' => ([width / 2, 0, width, height], 255),
        '░' => ([0, 0, width, height], 64),
        '▒' => ([0, 0, width, height], 128),
        '▓' => ([0, 0, width, height], 191),
        '▔' => ([0, 0, width, eighths(height, 1)], 255),
        '▕' => ([width - eighths(width, 1), 0, width, height], 255),
        _ => return None,
    };
    Some(empty().rectangle(edges, coverage))
}

fn eighths(length: usize, count: usize) -> usize {
    (length * count + 4) / 8
}

fn quadrants(character: char) -> Option<Mask> {
    let bits = QUADRANTS.get(offset(character, '▖')?)?;
    let (x, y) = MIDDLE;
    let quarters = [[0, 0, x, y], [x, 0, CELL_WIDTH, y], [0, y, x, CELL_HEIGHT], [x, y, CELL_WIDTH, CELL_HEIGHT]];
    let parts = (0..4).filter(|place| bits & (0b1000 >> place) != 0);
    Some(parts.fold(empty(), |mask, place| mask.rectangle(quarters[place], 255)))
}

fn braille(character: char) -> Option<Mask> {
    let bits = offset(character, '\u{2800}').filter(|bits| *bits < 256)?;
    let (width, height) = size_in_units();
    let dots: Vec<(i32, i32)> = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| bits & (1 << bit) != 0)
        .map(|(_, (column, row))| (width * (2 * column + 1) / 4, height * (2 * row + 1) / 8))
        .collect();
    Some(empty().shape(|x, y| dots.iter().any(|(column, row)| is_in_disc(x - column, y - row, DOT_RADIUS))))
}

fn symbol(character: char) -> Option<Mask> {
    let around = |is_inside: fn(i32, i32) -> bool| {
        let (column, row) = SYMBOL_MIDDLE;
        Some(empty().shape(|x, y| is_inside(x - column, y - row)))
    };
    match character {
        '●' => around(|x, y| is_in_disc(x, y, 104)),
        '○' => around(|x, y| is_in_disc(x, y, 104) && !is_in_disc(x, y, 72)),
        '▲' => around(|x, y| (-104..=96).contains(&y) && 25 * x.abs() <= 14 * (y + 104)),
        '✖' => around(|x, y| x.abs().max(y.abs()) <= 104 && x.abs().abs_diff(y.abs()) <= 40),
        _ => None,
    }
}

fn is_in_disc(x: i32, y: i32, radius: i32) -> bool {
    x * x + y * y <= radius * radius
}

fn size_in_units() -> (i32, i32) {
    let units = |pixels: usize| i32::try_from(pixels).unwrap() * UNITS;
    (units(CELL_WIDTH), units(CELL_HEIGHT))
}
