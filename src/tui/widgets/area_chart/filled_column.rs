//! A column that is filled from its foot, in eighths of a row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Fills so many eighths of a row of an area, from its lowest row up; `levels` are the characters for one to eight of
/// them. What is beyond the area is left out.
pub(in crate::tui) fn fill(buf: &mut Buffer, area: Rect, eighths: u16, style: Style, levels: &[&str; 8]) {
    let (whole, rest) = (eighths / 8, eighths % 8);
    for (row, y) in (area.top()..area.bottom()).rev().enumerate() {
        let level = if row < usize::from(whole) { 8 } else { usize::from(rest) };
        if level == 0 || row > usize::from(whole) {
            break;
        }
        for x in area.left()..area.right() {
            buf[(x, y)].set_symbol(levels[level - 1]).set_style(style);
        }
    }
}
