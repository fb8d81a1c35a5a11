//! The credits of the last 7 days: dots in Braille characters, gaps where nothing is known.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::paint::{Painter, columns};
use crate::domain::format;
use crate::domain::sample::CreditsPoint;
use crate::monitor::report::Report;
use crate::tui::theme::Role;
use crate::tui::times;
use crate::tui::world::World;

const SPAN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Two samples that lie further apart than this many usual intervals have a gap between them.
const GAP_INTERVALS: i32 = 4;
/// A shorter time without a sample is never a gap.
const GAP_MIN: SignedDuration = SignedDuration::from_mins(30);
/// Room for `38.7k`, a blank and the axis.
const AXIS_WIDTH: u16 = 7;

/// Dots that are set, for each character from left to right, row by row.
struct Dots {
    columns: u16,
    rows: u16,
    cells: Vec<u8>,
}

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, report: &Report, world: &World<'_>) {
    painter.text(area.x, area.y, area.width, "credits, 7 days", painter.style(Role::Label));
    let plot = Rect {
        x: area.x + AXIS_WIDTH,
        y: area.y + 1,
        width: area.width.saturating_sub(AXIS_WIDTH),
        height: area.height.saturating_sub(3),
    };
    if plot.width < 14 || plot.height == 0 {
        return;
    }
    if world.credits.is_empty() {
        painter.text(area.x, area.y + 1, area.width, "no samples yet", painter.style(Role::Muted));
        return;
    }
    let start = world.now.saturating_sub(SPAN).unwrap_or(Timestamp::MIN);
    let top = top(report, world.credits);
    paint_axes(painter, plot, start, top, world);
    paint_dots(painter, plot, &dots(world.credits, start, top, plot.width, plot.height));
}

/// What the upper end of the axis stands for: the allowance, or the most there was.
fn top(report: &Report, points: &[CreditsPoint]) -> f64 {
    let allowance = report.account.as_ref().and_then(|account| account.monthly_allowance).unwrap_or(0.0);
    points.iter().map(|point| point.credits).fold(allowance, f64::max).max(1.0)
}

fn paint_axes(painter: &mut Painter<'_>, plot: Rect, start: Timestamp, top: f64, world: &World<'_>) {
    let [up, up_mark, corner, side, side_mark] = painter.look().symbols.axis;
    let muted = painter.style(Role::Muted);
    let axis = plot.x - 1;
    for y in plot.y..plot.bottom() {
        painter.fill(axis, y, 1, up, muted);
    }
    let mut labels = vec![(plot.y, format::short(top), up_mark), (plot.bottom(), "0".to_owned(), corner)];
    if plot.height >= 7 {
        labels.push((plot.y + plot.height / 2, format::short(top / 2.0), up_mark));
    }
    for (y, label, mark) in labels {
        painter.line_right(axis.saturating_sub(1), y, AXIS_WIDTH - 2, &[(&label, muted)]);
        painter.fill(axis, y, 1, mark, muted);
    }
    painter.fill(plot.x, plot.bottom(), plot.width, side, muted);
    for (midnight, name) in times::midnights(start, world.now, world.zone) {
        let x = plot.x + dot_column(midnight, start, plot.width) / 2;
        painter.fill(x, plot.bottom(), 1, side_mark, muted);
        if x + columns(&name) <= plot.right() {
            painter.text(x, plot.bottom() + 1, columns(&name), &name, muted);
        }
    }
}

fn paint_dots(painter: &mut Painter<'_>, plot: Rect, dots: &Dots) {
    let style = painter.bold(Role::Bar);
    let ascii = painter.look().symbols.ascii;
    for (cell, dots_set) in dots.cells.iter().enumerate().filter(|(_, dots_set)| **dots_set != 0) {
        let (Ok(column), Ok(row)) =
            (u16::try_from(cell % usize::from(dots.columns)), u16::try_from(cell / usize::from(dots.columns)))
        else {
            return;
        };
        let symbol = if ascii { plain(*dots_set) } else { braille(*dots_set) };
        let mut bytes = [0; 4];
        painter.fill(plot.x + column, plot.y + row, 1, symbol.encode_utf8(&mut bytes), style);
    }
}

/// The dots of a line through the points, interrupted where samples are missing.
fn dots(points: &[CreditsPoint], start: Timestamp, top: f64, columns: u16, rows: u16) -> Dots {
    let mut dots = Dots { columns, rows, cells: vec![0; usize::from(columns) * usize::from(rows)] };
    let gap = gap(points);
    let mut last: Option<(Timestamp, u16, u16)> = None;
    for point in points.iter().filter(|point| point.at >= start) {
        let (x, y) = (dot_column(point.at, start, columns), dot_row(point.credits, top, rows));
        match last {
            Some((at, last_x, last_y)) if point.at.duration_since(at) <= gap => dots.line(last_x, last_y, x, y),
            _ => dots.set(x, y),
        }
        last = Some((point.at, x, y));
    }
    dots
}

/// From which distance on two samples have a gap between them.
fn gap(points: &[CreditsPoint]) -> SignedDuration {
    let mut intervals: Vec<_> = points.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).collect();
    let middle = intervals.len() / 2;
    if intervals.is_empty() {
        return GAP_MIN;
    }
    let (_, usual, _) = intervals.select_nth_unstable(middle);
    usual.saturating_mul(GAP_INTERVALS).max(GAP_MIN)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last dot")]
fn dot_column(at: Timestamp, start: Timestamp, columns: u16) -> u16 {
    let last = f64::from(columns) * 2.0 - 1.0;
    let ratio = at.duration_since(start).as_secs_f64() / SPAN.as_secs_f64();
    (ratio.clamp(0.0, 1.0) * last).round() as u16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last dot")]
fn dot_row(credits: f64, top: f64, rows: u16) -> u16 {
    let last = f64::from(rows) * 4.0 - 1.0;
    ((1.0 - (credits / top).clamp(0.0, 1.0)) * last).round() as u16
}

impl Dots {
    fn set(&mut self, x: u16, y: u16) {
        /// The bit of each dot, by its column and row in the character.
        const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        let (column, row) = (x / 2, y / 4);
        if column < self.columns && row < self.rows {
            let cell = usize::from(row) * usize::from(self.columns) + usize::from(column);
            self.cells[cell] |= BITS[usize::from(x % 2)][usize::from(y % 4)];
        }
    }

    /// Sets the dots from one point to a later one, both included.
    fn line(&mut self, x1: u16, y1: u16, x2: u16, y2: u16) {
        let (width, height) = (i32::from(x2) - i32::from(x1), i32::from(y2) - i32::from(y1));
        let steps = width.abs().max(height.abs());
        for step in 0..=steps {
            let along = |start: u16, length: i32| {
                let way = if steps == 0 { 0 } else { (2 * length * step + steps * length.signum()) / (2 * steps) };
                u16::try_from(i32::from(start) + way).unwrap_or(0)
            };
            self.set(along(x1, width), along(y1, height));
        }
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

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn point(hours: i64, credits: f64) -> CreditsPoint {
        CreditsPoint { at: START + SignedDuration::from_hours(hours), credits }
    }

    fn drawn(points: &[CreditsPoint], columns: u16, rows: u16) -> Vec<String> {
        let dots = dots(points, START, 100.0, columns, rows);
        let line = |cells: &[u8]| cells.iter().map(|cell| braille(*cell)).collect();
        dots.cells.chunks(usize::from(columns)).map(line).collect()
    }

    #[test]
    fn a_line_falls_from_the_upper_left_to_the_lower_right() {
        let points: Vec<_> =
            (0..=7).map(|day| point(day * 24, 100.0 - 100.0 / 7.0 * f64::from(i32::try_from(day).unwrap()))).collect();
        assert_eq!(drawn(&points, 4, 2), ["⠑⢄⠀⠀", "⠀⠀⠑⢄"]);
    }

    #[test]
    fn a_time_without_samples_stays_empty() {
        let points: Vec<_> =
            (0..=168).filter(|hour| !(48..=120).contains(hour)).map(|hour| point(hour, 100.0)).collect();
        assert_eq!(drawn(&points, 7, 1), ["⠉⠉⠁⠀⠈⠉⠉"]);
    }

    #[test]
    fn samples_that_are_always_seldom_have_no_gap() {
        assert_eq!(drawn(&[point(0, 0.0), point(84, 0.0), point(168, 0.0)], 3, 1), ["⣀⣀⣀"]);
    }

    #[test]
    fn what_lies_beyond_the_axis_is_drawn_at_its_end() {
        assert_eq!(drawn(&[point(0, -5.0), point(168, 900.0)], 1, 1), ["⡜"]);
        assert_eq!(drawn(&[], 2, 1), ["⠀⠀"]);
    }

    #[test]
    fn ascii_tells_the_upper_half_from_the_lower() {
        assert_eq!([plain(0x01), plain(0x80), plain(0x02 | 0x04)], ['\'', '.', ':']);
    }
}
