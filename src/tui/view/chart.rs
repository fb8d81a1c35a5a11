//! The credits over time: what they were, with gaps where nothing is known, and what they will be.

mod bars;
mod dots;
mod ticks;
mod time_axis;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::next_redraw::minute_of;
use super::painter::Painter;
use super::range_hint;
use crate::domain::account::Account;
use crate::domain::forecast::{Forecast, HORIZON, Outlook};
use crate::domain::sample::CreditsPoint;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::chart_range::ChartRange;
use crate::tui::hit_map::HitMap;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::{format, times};
use dots::Dots;
use time_axis::{LABEL_WIDTH, TimeAxis};

/// Two samples that lie further apart than this many usual intervals have a gap between them.
const GAP_INTERVALS: i32 = 4;
/// A shorter time without a sample is never a gap.
const GAP_MIN: SignedDuration = SignedDuration::from_mins(30);
/// A smaller rise, as a part of the axis, is not marked.
const RISE_MIN: f64 = 0.05;
/// From this height on there is room for the burn.
const BARS_FROM: u16 = 17;
/// The forecast is a line of every so many dots, and so are the ends of its range.
const FORECAST_DOTS: u16 = 4;
const RANGE_DOTS: u16 = 8;

/// Scales: time from left to right, credits from the bottom to `top`.
#[derive(Clone, Copy)]
struct Scales {
    time: TimeAxis,
    top: f64,
    plot: Rect,
}

pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    environment: &EnvironmentSnapshot,
    screen: &Screen,
    context: &ViewContext<'_>,
    hits: &mut HitMap,
) {
    paint_title(painter, area, screen, hits);
    let bars = if area.height >= BARS_FROM { bars::HEIGHT } else { 0 };
    let plot = Rect {
        x: area.x + LABEL_WIDTH,
        y: area.y + 1,
        width: area.width.saturating_sub(LABEL_WIDTH),
        height: area.height.saturating_sub(3 + bars),
    };
    if plot.width < 14 || plot.height == 0 {
        return;
    }
    let range = screen.chart_range();
    if let Some(nothing) = nothing(environment, range, context) {
        painter.text(area.x, area.y + 1, area.width, &nothing, painter.style(Role::Muted));
        return;
    }
    let forecast = environment.forecast.as_deref().filter(|_| environment.outdated_forecast().is_none());
    let forecast = forecast.filter(|forecast| forecast.exhaustion().is_some());
    // A finer axis would move dots with each frame.
    let time = TimeAxis::new(range, minute_of(context.now), forecast.is_some(), plot.width);
    let scales = Scales { time, top: top(environment, context.credits), plot };
    paint_axes(painter, &scales, context);
    paint_resets(painter, &scales, context.credits, forecast);
    if let Some(forecast) = forecast {
        paint_forecast(painter, &scales, forecast);
    }
    past(context.credits, &scales).paint(painter, plot, painter.bold(Role::Bar));
    if bars > 0 {
        bars::paint(painter, Rect { y: plot.bottom() + 2, height: bars, ..plot }, &time, range, context);
    }
}

/// `credits, 7 days`, and the keys for other ranges.
fn paint_title(painter: &mut Painter<'_>, area: Rect, screen: &Screen, hits: &mut HitMap) {
    let title = format!("credits, {}", screen.chart_range().as_str());
    let taken = painter.text(area.x, area.y, area.width, &title, painter.style(Role::Label));
    range_hint::paint(painter, Rect { x: area.x + taken, width: area.width - taken, ..area }, screen, hits);
}

/// Text in the place of a chart without a sample: `no samples in 7 days; the last is of 28 Oct`.
fn nothing(environment: &EnvironmentSnapshot, range: ChartRange, context: &ViewContext<'_>) -> Option<String> {
    let start = minute_of(context.now).saturating_sub(range.past()).unwrap_or(Timestamp::MIN);
    if context.credits.last().is_some_and(|point| point.at >= start) {
        return None;
    }
    let last = context.credits.last().map(|point| point.at).max(environment.polled_at);
    Some(match last {
        Some(at) if at < start => {
            let date = times::date(at, context.now, context.zone);
            format!("no samples in {}; the last is of {date}", range.as_str())
        }
        Some(_) => "no history yet".to_owned(),
        None => "no samples yet".to_owned(),
    })
}

/// Credits at the upper end of the axis: the allowance, or the most there was.
fn top(environment: &EnvironmentSnapshot, points: &[CreditsPoint]) -> f64 {
    let allowance = environment.account.as_ref().and_then(Account::allowance).unwrap_or(0.0);
    points.iter().map(|point| point.credits).fold(allowance, f64::max).max(1.0)
}

fn paint_axes(painter: &mut Painter<'_>, scales: &Scales, context: &ViewContext<'_>) {
    let Scales { time, top, plot } = *scales;
    let [up, up_mark, corner, side, side_mark] = painter.appearance().symbols.axis;
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
        painter.line_right(axis.saturating_sub(1), y, LABEL_WIDTH - 2, &[(&label, muted)]);
        painter.fill(axis, y, 1, mark, muted);
    }
    painter.fill(plot.x, plot.bottom(), plot.width, side, muted);
    if let Some(now) = time.column(minute_of(context.now)).filter(|_| time.has_future()) {
        let future = painter.appearance().symbols.future;
        painter.fill(plot.x + now + 1, plot.bottom(), plot.width.saturating_sub(now + 1), future, muted);
    }
    let mut free = plot.x;
    for (moment, name) in ticks::ticks(time.range(), time.start(), time.end(), context.zone) {
        let Some(column) = time.column(moment) else { continue };
        let x = plot.x + column;
        painter.fill(x, plot.bottom(), 1, side_mark, muted);
        if x >= free && x + columns(&name) <= plot.right() {
            free = x + painter.text(x, plot.bottom() + 1, columns(&name), &name, muted) + 1;
        }
    }
}

/// Marks on the axis the rises that were, and the reset to come.
fn paint_resets(painter: &mut Painter<'_>, scales: &Scales, points: &[CreditsPoint], forecast: Option<&Forecast>) {
    let rises = points.windows(2).filter(|pair| pair[1].credits - pair[0].credits >= RISE_MIN * scales.top);
    let next = forecast.and_then(|forecast| forecast.reset).map(|reset| reset.next);
    for column in rises.map(|pair| pair[1].at).chain(next).filter_map(|moment| scales.time.column(moment)) {
        let (symbol, style) = (painter.appearance().symbols.reset, painter.style(Role::Text));
        painter.fill(scales.plot.x + column, scales.plot.bottom(), 1, symbol, style);
    }
}

/// The course of the balance until it is filled up, and the ends of the typical range.
fn paint_forecast(painter: &mut Painter<'_>, scales: &Scales, forecast: &Forecast) {
    let Some(exhaustion) = forecast.exhaustion() else { return };
    let mut range = Dots::new(scales.plot.width, scales.plot.height);
    for end in [exhaustion.earliest, exhaustion.latest] {
        future_line(&mut range, scales, forecast, end, RANGE_DOTS);
    }
    range.paint(painter, scales.plot, painter.style(Role::Muted));
    let mut middle = Dots::new(scales.plot.width, scales.plot.height);
    future_line(&mut middle, scales, forecast, exhaustion.at, FORECAST_DOTS);
    let role = if matches!(forecast.outlook, Outlook::RunsOut(_)) { Role::Warning } else { Role::Text };
    middle.paint(painter, scales.plot, painter.style(role));
}

/// A line from the newest balance to nothing at `end`, or as far as the axis and the reset let it go.
fn future_line(dots: &mut Dots, scales: &Scales, forecast: &Forecast, end: Option<Timestamp>, every: u16) {
    let CreditsPoint { at, credits, .. } = forecast.from;
    let end = end.or_else(|| at.checked_add(HORIZON).ok()).unwrap_or(Timestamp::MAX);
    let reset = forecast.reset.map_or(Timestamp::MAX, |reset| reset.until());
    let last = end.min(scales.time.end()).min(reset);
    if last <= at || at < scales.time.start() {
        return;
    }
    let part = last.duration_since(at).as_secs_f64() / end.duration_since(at).as_secs_f64();
    dots.line(scales.dot(at, credits), scales.dot(last, credits * (1.0 - part)), every);
}

/// The dots of a line through the points, interrupted where samples are missing.
fn past(points: &[CreditsPoint], scales: &Scales) -> Dots {
    let mut dots = Dots::new(scales.plot.width, scales.plot.height);
    let seen = &points[points.partition_point(|point| point.at < scales.time.start())..];
    let gap = gap(seen);
    let mut last: Option<(Timestamp, (u16, u16))> = None;
    for point in seen {
        let dot = scales.dot(point.at, point.credits);
        match last {
            Some((at, last_dot)) if point.at.duration_since(at) <= gap => dots.line(last_dot, dot, 1),
            _ => dots.set(dot.0, dot.1),
        }
        last = Some((point.at, dot));
    }
    dots
}

/// Least distance in time at which two samples have a gap between them.
fn gap(points: &[CreditsPoint]) -> SignedDuration {
    let mut intervals: Vec<_> = points.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).collect();
    let middle = intervals.len() / 2;
    if intervals.is_empty() {
        return GAP_MIN;
    }
    let (_, usual, _) = intervals.select_nth_unstable(middle);
    usual.saturating_mul(GAP_INTERVALS).max(GAP_MIN)
}

impl Scales {
    /// The dot of a balance, counted from the upper left.
    fn dot(&self, at: Timestamp, credits: f64) -> (u16, u16) {
        let last = f64::from(self.plot.height) * 4.0 - 1.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last dot")]
        let y = ((1.0 - (credits / self.top).clamp(0.0, 1.0)) * last).round() as u16;
        (self.time.dot(at), y)
    }
}

#[cfg(test)]
mod tests;
