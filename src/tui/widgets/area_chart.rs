//! Balances over time as a filled area, with the course that they are likely to take.
//!
//! The height of a column is its value: 0 stands on the axis, in eighths of a row.

pub(in crate::tui) mod axis_labels;
pub(in crate::tui) mod balances;
pub(in crate::tui) mod filled_column;
mod projection;
pub(in crate::tui) mod ticks;
pub(in crate::tui) mod time_axis;
pub(in crate::tui) mod value_scale;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use super::text::columns;
use crate::domain::forecast::Forecast;
use crate::domain::sample::CreditsPoint;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::wording::{format, times};
use axis_labels::AxisLabels;
use filled_column::fill;
use time_axis::TimeAxis;
use value_scale::ValueScale;

/// A smaller rise, as a part of the axis, is not marked.
const RISE_MIN: f64 = 0.05;
/// From this height on, the names of the time axis have a row of their own.
const NAMES_FROM: u16 = 7;
/// Beside the line between past and future.
const NOW: &str = "now";

/// A chart of balances.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct AreaChart<'a> {
    /// The balances, oldest first.
    pub points: &'a [CreditsPoint],
    /// Value that the axis covers, whatever the balances are.
    pub most: f64,
    /// Time from left to right, of as many columns as are left of the labels.
    pub axis: TimeAxis,
    /// Course of the balance after now; drawn where the axis has a future.
    pub forecast: Option<&'a Forecast>,
    /// Role of the past.
    pub role: Role,
    pub zone: &'a TimeZone,
    pub appearance: Appearance,
}

impl Widget for &AreaChart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let labels = AxisLabels::of(area.width);
        let rows = area.height.saturating_sub(if area.height < NAMES_FROM { 1 } else { 2 });
        let plot =
            Rect { x: area.x + labels.width, width: area.width.saturating_sub(labels.width), height: rows, ..area };
        if plot.is_empty() {
            return;
        }
        let most = self.points.iter().map(|point| point.credits).fold(self.most, f64::max);
        let scale = ValueScale::new(most, rows);
        labels.render(area, buf, &scale, self.appearance);
        self.render_time_axis(Rect { y: plot.bottom(), height: area.height - rows, ..plot }, buf);
        let filled = self.render_past(plot, buf, &scale);
        self.render_future(plot, buf, &scale);
        self.render_rises(plot, buf, &scale, &filled);
    }
}

impl AreaChart<'_> {
    /// Style of a role, whatever was drawn there before.
    fn style(&self, role: Role) -> Style {
        Style::reset().patch(self.appearance.style(role))
    }

    /// Style of a filled area: in full grey, a large one would be the loudest thing on a calm screen.
    fn area_style(&self, role: Role) -> Style {
        let is_calm = matches!(role, Role::Bar | Role::Muted);
        self.style(role).add_modifier(if is_calm { Modifier::DIM } else { Modifier::empty() })
    }

    /// The line under the plot with its marks, whose names are below it, or in it where there is one row alone.
    fn render_time_axis(&self, area: Rect, buf: &mut Buffer) {
        let [.., side, mark] = self.appearance.symbols.axis;
        let muted = self.style(Role::Muted);
        for column in 0..area.width {
            let is_future = self.axis.now_column().is_some_and(|now| column > now);
            let symbol = if is_future { self.appearance.symbols.future } else { side };
            buf[(area.x + column, area.y)].set_symbol(symbol).set_style(muted);
        }
        for (column, name) in ticks::ticks(&self.axis, area.width, self.zone) {
            buf[(area.x + column, area.y)].set_symbol(mark);
            buf.set_string(area.x + column, area.bottom() - 1, name, muted);
        }
    }

    /// Fills the past; answers with the rows that each column reaches into.
    fn render_past(&self, plot: Rect, buf: &mut Buffer, scale: &ValueScale) -> Vec<u16> {
        let style = self.area_style(self.role);
        let balances = balances::balances(self.points, &self.axis);
        let mut rows = Vec::with_capacity(balances.len());
        for (x, balance) in (plot.x..plot.right()).zip(balances) {
            let (eighths, row) = balance.map_or((0, 0), |balance| (scale.eighths(balance), scale.row(balance)));
            fill(buf, Rect { x, width: 1, ..plot }, eighths, style, &self.appearance.symbols.levels);
            rows.push(row);
        }
        rows
    }

    /// The forecast, the next reset and the line between past and future.
    fn render_future(&self, plot: Rect, buf: &mut Buffer, scale: &ValueScale) {
        let Some(now) = self.axis.now_column() else { return };
        let symbols = self.appearance.symbols;
        let muted = self.style(Role::Muted);
        if let Some(forecast) = self.forecast {
            let role = if forecast.runs_out_before_reset() { Role::Warning } else { Role::Bar };
            for (column, spread) in projection::columns(forecast, &self.axis) {
                for row in 1..=plot.height {
                    let Some(certainty) = projection::certainty(spread, scale, row) else { break };
                    let symbol = symbols.forecast[certainty as usize];
                    buf[(plot.x + column, plot.bottom() - row)].set_symbol(symbol).set_style(self.area_style(role));
                }
            }
        }
        line(plot, buf, now, symbols.axis[0], muted);
        let future = Rect { x: plot.x + now + 1, width: plot.width.saturating_sub(now + 1), ..plot };
        let reset = self.forecast.and_then(|forecast| forecast.reset).map(|reset| reset.next);
        let column = reset.and_then(|reset| self.axis.column(reset)).filter(|column| *column > now);
        let reset = reset.zip(column);
        if let Some((_, column)) = reset {
            line(plot, buf, column, symbols.moment, muted);
        }
        let mut taken = 0;
        if columns(NOW) <= future.width {
            buf.set_string(future.x, future.y, NOW, muted);
            taken = columns(NOW) + 1;
        }
        if let Some((reset, column)) = reset {
            self.render_reset(future, taken, plot.x + column, reset, buf);
        }
    }

    /// `↑ refill 1 Dec`, or as much of it as there is room for beside its line.
    fn render_reset(&self, future: Rect, taken: u16, x: u16, reset: Timestamp, buf: &mut Buffer) {
        let symbol = self.appearance.symbols.reset;
        let date = times::date(reset, self.axis.now(), self.zone);
        let right_of_now = Rect { x: future.x + taken, width: future.width.saturating_sub(taken), ..future };
        let below_now = Rect { y: future.y + 1, height: future.height.saturating_sub(1), ..future };
        for text in [format!("{symbol} refill {date}"), format!("{symbol} {date}"), symbol.to_owned()] {
            for room in [right_of_now, below_now].into_iter().filter(|room| !room.is_empty()) {
                if let Some(left) = at_column(x, columns(&text), room) {
                    buf.set_string(left, room.y, &text, self.style(Role::Text));
                    return;
                }
            }
        }
    }

    /// Marks the rises of the balance above the area, with their size where there is room, else on the axis.
    fn render_rises(&self, plot: Rect, buf: &mut Buffer, scale: &ValueScale, filled: &[u16]) {
        let symbol = self.appearance.symbols.reset;
        let style = self.style(Role::Text);
        let mut free = plot.x;
        for pair in self.points.windows(2) {
            let rise = pair[1].credits - pair[0].credits;
            let Some(column) = self.axis.column(pair[1].at).filter(|_| rise >= RISE_MIN * scale.top()) else {
                continue;
            };
            let past = Rect { width: self.axis.past(), ..plot };
            let size = format::short(rise);
            let [after, before] = [format!("{symbol} +{size}"), format!("+{size} {symbol}")];
            let width = columns(&after);
            let at = at_column(plot.x + column, width, past).map(|left| (left, after));
            let left_of = (plot.x + column).checked_sub(width).map(|left| (left, before));
            let place = [at, left_of].into_iter().flatten().find_map(|(left, text)| {
                let begin = usize::from(left.checked_sub(plot.x)?);
                let row = filled.get(begin..begin + usize::from(width))?.iter().max()? + 1;
                (left >= free && row <= plot.height).then(|| (left, plot.bottom() - row, text))
            });
            match place {
                Some((left, y, text)) => {
                    buf.set_string(left, y, text, style);
                    free = left + width + 1;
                }
                None => buf.set_string(plot.x + column, plot.bottom(), symbol, style),
            }
        }
    }
}

/// A line from the top of a plot to its foot.
fn line(plot: Rect, buf: &mut Buffer, column: u16, symbol: &str, style: Style) {
    for y in plot.top()..plot.bottom() {
        buf[(plot.x + column, y)].set_symbol(symbol).set_style(style);
    }
}

/// Left end of a text that begins at a column, or that much before it as an area has no room; `None` where the area is
/// too narrow.
fn at_column(x: u16, width: u16, area: Rect) -> Option<u16> {
    let left = x.min(area.right().checked_sub(width)?);
    (left >= area.x && x < area.right()).then_some(left)
}

#[cfg(test)]
mod tests;
