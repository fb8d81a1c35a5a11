//! Amounts of equal stretches of time as bars upwards, on the time axis of a chart above them.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::area_chart::axis_labels::AxisLabels;
use super::area_chart::filled_column::fill;
use super::area_chart::time_axis::TimeAxis;
use super::area_chart::value_scale::ValueScale;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;

/// From so many columns on, a bar leaves the last of its own free.
const APART_FROM: usize = 3;

/// The amount of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::tui) struct TimeBar {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// The amount; `None` where it is not known.
    pub amount: Option<f64>,
}

/// Bars from the past up to now, with the number of the highest at the left.
#[derive(Clone, Debug)]
pub(in crate::tui) struct TimeBars<'a> {
    /// The bars, oldest first.
    pub bars: &'a [TimeBar],
    /// Time from left to right, of as many columns as are left of the labels.
    pub axis: TimeAxis,
    /// Role of the bars.
    pub role: Role,
    pub appearance: Appearance,
}

impl Widget for &TimeBars<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let labels = AxisLabels::of(area.width);
        let most = self.bars.iter().filter_map(|bar| bar.amount).fold(0.0, f64::max);
        let plot = Rect { x: area.x + labels.width, width: area.width.saturating_sub(labels.width), ..area };
        if plot.is_empty() {
            return;
        }
        let scale = ValueScale::new(most, plot.height);
        labels.render(area, buf, &scale, self.appearance);
        let symbols = self.appearance.symbols;
        let columns = usize::from(self.axis.past()).checked_div(self.bars.len()).unwrap_or(0);
        let gap = u16::from(columns >= APART_FROM);
        for bar in self.bars {
            let (Some(first), Some(last)) = (self.axis.column(bar.from), self.axis.column(bar.until)) else { continue };
            // The last column of the past ends with now, and is no other bar's.
            let end = if bar.until >= self.axis.now() { self.axis.past() } else { last };
            let width = end.saturating_sub(first + gap).max(1).min(plot.width.saturating_sub(first));
            let place = Rect { x: plot.x + first, width, ..plot };
            let style = |role| Style::reset().patch(self.appearance.style(role));
            match bar.amount {
                Some(amount) => fill(buf, place, scale.eighths(amount), style(self.role), &symbols.levels),
                None => {
                    for x in place.left()..place.right() {
                        buf[(x, plot.bottom() - 1)].set_symbol(symbols.hatch).set_style(style(Role::Track));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::testing::{screen, text};
    use crate::tui::chart_range::ChartRange;

    fn drawn(amounts: &[Option<f64>], width: u16, height: u16) -> String {
        let start = Timestamp::UNIX_EPOCH;
        let at = |bar: usize| start + SignedDuration::from_hours(24 * i64::try_from(bar).unwrap());
        let bar =
            |(index, amount): (usize, &Option<f64>)| TimeBar { from: at(index), until: at(index + 1), amount: *amount };
        let bars: Vec<_> = amounts.iter().enumerate().map(bar).collect();
        let labels = AxisLabels::of(width).width;
        let axis = TimeAxis::new(ChartRange::Week, start + ChartRange::Week.past(), false, width - labels);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        (&TimeBars { bars: &bars, axis, role: Role::Bar, appearance: screen().appearance })
            .render(buffer.area, &mut buffer);
        text(&buffer)
    }

    #[test]
    fn bars_stand_on_the_foot_apart_from_each_other_and_what_is_unknown_is_hatched() {
        let amounts = [Some(100.0), Some(50.0), None, Some(0.0), Some(1.0), Some(25.0), Some(75.0)];
        assert_eq!(drawn(&amounts, 34, 2), "  100┤███                     ▄▄▄\n     │███ ███ ╱╱╱     ▁▁▁ ▄▄▄ ███");
    }

    #[test]
    fn bars_of_a_column_each_stand_side_by_side() {
        assert_eq!(drawn(&[Some(2.0), Some(1.0), None, None, None, None, Some(2.0)], 13, 1), "    2┤█▄╱╱╱╱█");
    }

    #[test]
    fn where_there_is_no_room_nothing_is_drawn() {
        assert_eq!(drawn(&[Some(2.0)], 6, 1), "");
    }
}
