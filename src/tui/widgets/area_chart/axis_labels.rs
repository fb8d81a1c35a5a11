//! The upright axis: its line, and the numbers left of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::value_scale::ValueScale;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::widgets::text::columns;
use crate::wording::format;

/// Columns of the widest number: `12.5k`.
const NUMBER_WIDTH: u16 = 5;
/// From this width on, a blank stands between number and axis.
const BLANK_FROM: u16 = 40;

/// The columns left of a chart; the last of them has the axis.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct AxisLabels {
    /// Number of columns.
    pub width: u16,
}

impl AxisLabels {
    /// Those of a chart so many columns wide, the labels included.
    pub(in crate::tui) fn of(width: u16) -> Self {
        Self { width: (NUMBER_WIDTH + 1 + u16::from(width >= BLANK_FROM)).min(width) }
    }

    /// Draws them for a plot of the scale's rows at the top of an area. The number of 0 stands in the row below it,
    /// where the area has one.
    pub(in crate::tui) fn render(self, area: Rect, buf: &mut Buffer, scale: &ValueScale, appearance: Appearance) {
        let [up, mark, corner, ..] = appearance.symbols.axis;
        let style = Style::reset().patch(appearance.style(Role::Muted));
        let Some(x) = (area.x + self.width).checked_sub(1) else { return };
        let foot = area.y + scale.row(scale.top());
        for y in area.y..foot.min(area.bottom()) {
            buf[(x, y)].set_symbol(up).set_style(style);
        }
        for tick in scale.ticks() {
            let (y, number) = (foot - scale.row(tick), format::short(tick));
            if y < area.bottom() && columns(&number) <= NUMBER_WIDTH.min(x - area.x) {
                buf.set_string(area.x + NUMBER_WIDTH - columns(&number), y, number, style);
                buf[(x, y)].set_symbol(if y == foot { corner } else { mark }).set_style(style);
            }
        }
    }
}
