//! Course of the balance to come: the likely one, and the ends of its range.

use jiff::Timestamp;

use super::time_axis::TimeAxis;
use super::value_scale::ValueScale;
use crate::domain::forecast::{Forecast, HORIZON};
use crate::domain::sample::CreditsPoint;

/// How certain it is that there are credits at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Certainty {
    /// Below the lower end of the range: nine times in ten.
    Sure,
    /// Between that and the middle.
    Likely,
    /// Between the middle and the upper end of the range.
    Possible,
}

/// Balances of a column to come: the lower end of the range, the middle and the upper end, each at most the next.
pub(super) type Spread = [f64; 3];

/// The balances of a forecast at a moment; `None` from the reset on, and before the forecast.
pub(super) fn spread(forecast: &Forecast, at: Timestamp) -> Option<Spread> {
    let exhaustion = forecast.exhaustion()?;
    let CreditsPoint { at: from, credits, .. } = forecast.from;
    let until = forecast.reset.map_or(Timestamp::MAX, |reset| reset.until());
    if at < from || at > until {
        return None;
    }
    let left = |end: Option<Timestamp>| {
        let end = end.or_else(|| from.checked_add(HORIZON).ok()).unwrap_or(Timestamp::MAX);
        let length = end.duration_since(from).as_secs_f64();
        let part = if length > 0.0 { at.duration_since(from).as_secs_f64() / length } else { 1.0 };
        credits * (1.0 - part).clamp(0.0, 1.0)
    };
    let middle = left(exhaustion.at);
    Some([left(exhaustion.earliest).min(middle), middle, left(exhaustion.latest).max(middle)])
}

/// The certainty of a row, counted from the axis, the lowest being 1; `None` above the range. A range of less than two
/// rows is not told from its middle.
pub(super) fn certainty(spread: Spread, scale: &ValueScale, row: u16) -> Option<Certainty> {
    let [sure, likely, possible] = spread.map(|value| scale.whole_rows(value));
    if possible - sure < 2 {
        return (row <= likely).then_some(Certainty::Sure);
    }
    [(sure, Certainty::Sure), (likely, Certainty::Likely), (possible, Certainty::Possible)]
        .into_iter()
        .find(|(rows, _)| row <= *rows)
        .map(|(_, certainty)| certainty)
}

/// The columns to come of which the forecast tells, with their balances.
pub(super) fn columns(forecast: &Forecast, axis: &TimeAxis) -> Vec<(u16, Spread)> {
    axis.future().filter_map(|column| Some((column, spread(forecast, axis.moment(column))?))).collect()
}

#[cfg(test)]
mod tests {
    use super::Certainty::{Likely, Possible, Sure};
    use super::*;
    use crate::testing;
    use jiff::SignedDuration;

    fn days(days: i64) -> Timestamp {
        testing::now() + SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn the_range_opens_from_the_newest_balance_and_ends_at_the_reset() {
        let forecast = testing::forecast(100.0, 1_000.0, Some(1));
        assert_eq!(spread(&forecast, testing::now()), Some([1_000.0; 3]));
        let [sure, likely, possible] = spread(&forecast, days(5)).unwrap();
        assert!(sure < likely && likely < possible, "{sure} {likely} {possible}");
        assert_eq!(spread(&forecast, days(11)), None, "filled up on 1 Dec");
        assert_eq!(spread(&forecast, days(-1)), None);
        let endless = testing::forecast(100.0, 1_000.0, None);
        assert_eq!(spread(&endless, days(300)).map(|spread| spread[1]), Some(0.0));
    }

    #[test]
    fn what_is_sure_lies_below_what_is_possible() {
        let scale = ValueScale::new(100.0, 10);
        let rows = |spread| (1..=10).map_while(|row| certainty(spread, &scale, row)).collect::<Vec<_>>();
        assert_eq!(rows([20.0, 40.0, 50.0]), [Sure, Sure, Likely, Likely, Possible]);
        assert_eq!(rows([0.0, 0.0, 20.0]), [Possible, Possible]);
        assert_eq!(rows([40.0, 50.0, 54.0]), [Sure; 5]);
        assert_eq!(rows([0.0; 3]), []);
    }
}
