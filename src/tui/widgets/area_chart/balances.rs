//! The balance of each column of the past, with gaps where nothing is known.

use jiff::{SignedDuration, Timestamp};

use super::time_axis::TimeAxis;
use crate::domain::sample::CreditsPoint;

/// Two samples that lie further apart than this many usual intervals have a gap between them.
const GAP_INTERVALS: i32 = 4;
/// A shorter time without a sample is never a gap.
const GAP_MIN: SignedDuration = SignedDuration::from_mins(30);

/// The last balance in each column of the past; between samples that are close enough, what lies between them.
pub(in crate::tui) fn balances(points: &[CreditsPoint], axis: &TimeAxis) -> Vec<Option<f64>> {
    let mut columns = vec![None; usize::from(axis.past())];
    let first = points.partition_point(|point| point.at < axis.start());
    let seen = &points[first.saturating_sub(1)..];
    let gap = gap(&points[first..]);
    for (index, point) in seen.iter().enumerate() {
        let next = seen.get(index + 1);
        let until = next.map_or(axis.now(), |next| next.at);
        if until.duration_since(point.at) <= gap {
            for column in column_of(point.at, axis)..=column_of(until, axis) {
                if let Some(cell) = columns.get_mut(usize::from(column)) {
                    *cell = Some(between(point, next, axis.moment(column)));
                }
            }
        }
        if point.at >= axis.start()
            && let Some(cell) = columns.get_mut(usize::from(column_of(point.at, axis)))
        {
            *cell = Some(point.credits);
        }
    }
    columns
}

/// Column of a sample: one that this clock takes for later than now is of now.
fn column_of(at: Timestamp, axis: &TimeAxis) -> u16 {
    axis.column(at.clamp(axis.start(), axis.now())).unwrap_or(0)
}

/// Balance between two samples: it falls evenly, and rises with the later one.
fn between(point: &CreditsPoint, next: Option<&CreditsPoint>, at: Timestamp) -> f64 {
    let Some(next) = next.filter(|next| next.credits < point.credits && next.at > point.at) else {
        return point.credits;
    };
    let part = at.duration_since(point.at).as_secs_f64() / next.at.duration_since(point.at).as_secs_f64();
    point.credits + (next.credits - point.credits) * part.clamp(0.0, 1.0)
}

/// Least distance in time at which two samples have a gap between them.
pub(in crate::tui) fn gap(points: &[CreditsPoint]) -> SignedDuration {
    let mut intervals: Vec<_> = points.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).collect();
    let middle = intervals.len() / 2;
    if intervals.is_empty() {
        return GAP_MIN;
    }
    let (_, usual, _) = intervals.select_nth_unstable(middle);
    usual.saturating_mul(GAP_INTERVALS).max(GAP_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::chart_range::ChartRange;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn point(hours: i64, credits: f64) -> CreditsPoint {
        CreditsPoint { at: START + SignedDuration::from_hours(hours), credits, allowance: None }
    }

    fn drawn(points: &[CreditsPoint], columns: u16) -> Vec<Option<f64>> {
        balances(points, &TimeAxis::new(ChartRange::Week, START + ChartRange::Week.past(), false, columns))
    }

    #[test]
    fn a_time_without_samples_stays_empty() {
        let hours = (0..=168).filter(|hour| !(48..=120).contains(hour));
        let points: Vec<_> = hours.map(|hour| point(hour, 100.0)).collect();
        let full = Some(100.0);
        assert_eq!(drawn(&points, 7), [full, full, None, None, None, full, full]);
        assert_eq!(drawn(&[], 2), [None, None]);
    }

    #[test]
    fn samples_that_are_always_seldom_have_no_gap() {
        let columns = drawn(&[point(0, 100.0), point(84, 50.0), point(168, 0.0)], 4);
        assert_eq!(columns, [Some(100.0), Some(62.5), Some(50.0), Some(0.0)]);
    }

    #[test]
    fn a_balance_rises_with_the_sample_that_tells_of_it() {
        assert_eq!(drawn(&[point(1, 10.0), point(140, 90.0)], 3), [Some(10.0), Some(10.0), Some(90.0)]);
    }

    #[test]
    fn the_last_balance_holds_up_to_now_unless_that_is_a_gap() {
        let fresh: Vec<_> = (100..=165).map(|hour| point(hour, 7.0)).collect();
        assert_eq!(drawn(&fresh, 42)[40..], [Some(7.0); 2]);
        let old: Vec<_> = (100..=140).map(|hour| point(hour, 7.0)).collect();
        assert_eq!(drawn(&old, 21)[17..], [Some(7.0), None, None, None]);
    }

    #[test]
    fn a_sample_from_before_the_axis_reaches_into_it_and_one_from_ahead_is_of_now() {
        assert_eq!(drawn(&[point(-20, 9.0), point(40, 3.0), point(100, 3.0)], 7)[0], Some(5.8));
        assert_eq!(drawn(&[point(160, 9.0), point(169, 3.0)], 7)[6], Some(3.0));
    }
}
