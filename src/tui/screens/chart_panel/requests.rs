//! Requests an hour, by others and by this monitor, as far as the list of calls tells.

use jiff::Timestamp;

use crate::domain::activity::{HourlyCalls, hour};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::widgets::area_chart::time_axis::TimeAxis;
use crate::tui::widgets::time_bars::TimeBar;

/// Numbers of hours of a bar.
const STEPS: [i64; 8] = [1, 2, 3, 4, 6, 8, 12, 24];
const SECONDS: i64 = 3_600;

/// The bars of others and those of this monitor; `None` where the list of calls was never read. A bar of several hours
/// is their mean.
pub(super) fn bars(environment: &EnvironmentSnapshot, axis: &TimeAxis) -> Option<[Vec<TimeBar>; 2]> {
    let record = environment.activity.record.as_ref()?;
    let (known_from, read_until) = (record.known_from?, record.read_until?);
    let known_until = environment.activity_known_until()?;
    let others = stretches(axis, &record.hours, [known_from, known_until], |hour| hour.others);
    Some([others, stretches(axis, &record.hours, [known_from, read_until], |hour| hour.own)])
}

/// The bars of the past, each at least a column wide, which are known between two moments.
fn stretches(
    axis: &TimeAxis,
    calls: &[HourlyCalls],
    [known_from, known_until]: [Timestamp; 2],
    count: impl Fn(&HourlyCalls) -> u64,
) -> Vec<TimeBar> {
    let (start, now) = (axis.start(), axis.now());
    let wanted = (hour(now) - hour(start)).checked_div(i64::from(axis.past())).unwrap_or(0);
    let step = STEPS.into_iter().find(|step| *step > wanted).unwrap_or(24);
    let first = hour(start).div_euclid(step);
    let bar = |number: i64| {
        let hours = number * step..(number + 1) * step;
        let moment = |hour: i64| Timestamp::from_second(hour.saturating_mul(SECONDS)).unwrap_or(Timestamp::MAX);
        let (from, until) = (moment(hours.start).max(start), moment(hours.end).min(now));
        let known = until.min(known_until).duration_since(from.max(known_from)).as_secs_f64();
        let is_known = known * 2.0 >= until.duration_since(from).as_secs_f64();
        let of_bar = &calls[calls.partition_point(|one| one.hour < hours.start)..];
        #[expect(clippy::cast_precision_loss, reason = "a bar has few eighths")]
        let sum: f64 = of_bar.iter().take_while(|one| hours.contains(&one.hour)).map(|one| count(one) as f64).sum();
        let amount = sum / (known / 3_600.0).max(1.0);
        TimeBar { from, until, amount: is_known.then_some(amount) }
    };
    (first..=hour(now).div_euclid(step)).map(bar).filter(|bar| bar.from < bar.until).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::testing;
    use crate::tui::chart_range::ChartRange;

    fn amounts(columns: u16, known: [i64; 2], calls: &[(i64, u64)]) -> Vec<Option<f64>> {
        let now = testing::now();
        let axis = TimeAxis::new(ChartRange::Day, now, false, columns);
        let hours = calls.iter().map(|(ago, others)| HourlyCalls { hour: hour(now) - ago, others: *others, own: 0 });
        let known = known.map(|hours| now - SignedDuration::from_hours(hours));
        let calls: Vec<_> = hours.collect();
        stretches(&axis, &calls, known, |hour| hour.others).into_iter().map(|bar| bar.amount).collect()
    }

    #[test]
    fn hours_without_a_call_are_none_and_those_that_were_not_read_unknown() {
        let bars = amounts(60, [4, 1], &[(3, 7), (2, 1)]);
        assert_eq!(bars.len(), 25, "the first and the last hour in part");
        assert_eq!(bars[19..], [None, None, Some(7.0), Some(1.0), Some(0.0), None]);
    }

    #[test]
    fn a_narrow_chart_shows_the_mean_of_several_hours() {
        let bars = amounts(12, [48, 0], &[(4, 30), (3, 6)]);
        assert_eq!(bars.len(), 9);
        assert_eq!(bars[6..], [Some(0.0), Some(12.0), Some(0.0)]);
    }
}
