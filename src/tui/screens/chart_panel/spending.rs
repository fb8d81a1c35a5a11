//! Credits spent in each day, or in each hour.

use jiff::{SignedDuration, Timestamp};

use crate::domain::forecast::used;
use crate::domain::sample::CreditsPoint;
use crate::domain::time::DAY;
use crate::tui::chart_range::ChartRange;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::area_chart::balances::gap;
use crate::tui::widgets::area_chart::ticks::midnights;
use crate::tui::widgets::area_chart::time_axis::TimeAxis;
use crate::tui::widgets::time_bars::TimeBar;

/// The hours up to now, or the days that the axis shows whole, and today. Where a day is narrower than a column, those
/// of several days are their mean.
pub(super) fn bars(axis: &TimeAxis, context: &ViewContext<'_>) -> Vec<TimeBar> {
    let (start, now) = (axis.start(), axis.now());
    let ends: Vec<Timestamp> = if axis.range() == ChartRange::Day {
        (0..=24).filter_map(|hour| start.checked_add(SignedDuration::from_hours(hour)).ok()).collect()
    } else {
        let midnights = midnights(start, now, context.zone);
        let days = usize::from(u16::try_from(midnights.len()).unwrap_or(u16::MAX).div_ceil(axis.past().max(1)));
        // Counted from today, so that it is a bar of its own.
        let mut ends: Vec<_> = midnights.into_iter().rev().step_by(days).collect();
        ends.reverse();
        ends.into_iter().chain([now]).collect()
    };
    let gap = gap(context.credits);
    let bar = |pair: &[Timestamp]| {
        let (from, until) = (pair[0], pair[1]);
        let length = until.duration_since(from).as_secs_f64();
        let is_known = sampled(context.credits, gap, from, until) * 2.0 >= length;
        let days = (length / DAY.as_secs_f64()).round().max(1.0);
        let amount = is_known.then(|| used(context.credits, from, until) / days);
        TimeBar { from, until, amount }
    };
    ends.windows(2).map(bar).collect()
}

/// Seconds of a stretch of time that lie between two samples without a gap.
fn sampled(points: &[CreditsPoint], gap: SignedDuration, from: Timestamp, until: Timestamp) -> f64 {
    let first = points.partition_point(|point| point.at <= from).saturating_sub(1);
    let steps = points[first..].windows(2).take_while(|pair| pair[0].at < until);
    let known = steps.filter(|pair| pair[1].at.duration_since(pair[0].at) <= gap);
    known.map(|pair| pair[1].at.min(until).duration_since(pair[0].at.max(from)).as_secs_f64().max(0.0)).sum()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::testing::{OwnedViewContext, now, usual};

    /// The amounts of a week of a sample each so many hours up to now, except some hours ago, of a balance that falls by 1
    /// an hour.
    fn amounts(range: ChartRange, columns: u16, every: usize, without: std::ops::Range<i32>) -> Vec<Option<f64>> {
        let hours = (0..=24 * 7).rev().step_by(every).filter(|hour| !without.contains(hour));
        let point = |hours: i32| CreditsPoint {
            at: now() - SignedDuration::from_hours(hours.into()),
            credits: 100.0 + f64::from(hours),
            allowance: Some(1_000.0),
        };
        let owned = OwnedViewContext { credits: hours.map(point).collect(), ..OwnedViewContext::new(usual()) };
        let axis = TimeAxis::new(range, now(), false, columns);
        let rounded = |bar: TimeBar| bar.amount.map(|amount| (amount * 100.0).round() / 100.0);
        bars(&axis, &ViewContext { zone: &TimeZone::UTC, ..owned.context() }).into_iter().map(rounded).collect()
    }

    #[test]
    fn each_whole_day_and_today_so_far_has_a_bar() {
        let whole = Some(24.0);
        let today = Some(14.53);
        assert_eq!(amounts(ChartRange::Week, 70, 1, 0..0), [whole, whole, whole, whole, whole, whole, today]);
    }

    #[test]
    fn days_without_samples_are_not_known() {
        let bars = amounts(ChartRange::Week, 70, 1, 30..90);
        assert_eq!(bars, [Some(24.0), Some(24.0), Some(24.0), None, None, Some(24.0), Some(14.53)].map(|bar| bar));
    }

    #[test]
    fn hours_between_samples_that_are_always_seldom_are_known() {
        assert_eq!(amounts(ChartRange::Day, 70, 3, 0..0), [Some(1.0); 24]);
    }

    #[test]
    fn days_narrower_than_a_column_are_told_as_their_mean() {
        let bars = amounts(ChartRange::Quarter, 30, 1, 0..0);
        assert_eq!((bars.len(), bars[0], bars[29]), (30, None, Some(14.53)));
        assert_eq!(bars[28], Some(24.0), "three days of 24 each");
    }
}
