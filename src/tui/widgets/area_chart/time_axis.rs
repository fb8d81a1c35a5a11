//! Time axis: columns of the past, one of now, and columns of what is to come.

use std::cmp::Ordering;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use crate::tui::chart_range::ChartRange;

/// The axis from left to right.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct TimeAxis {
    range: ChartRange,
    start: Timestamp,
    now: Timestamp,
    end: Timestamp,
    past: u16,
    future: u16,
}

impl TimeAxis {
    /// The range up to the minute of `now`, with some of the future if asked for.
    pub(in crate::tui) fn new(range: ChartRange, now: Timestamp, with_future: bool, columns: u16) -> Self {
        // A finer axis would move the columns with each frame.
        let minute = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Floor);
        let now = now.round(minute).unwrap_or(now);
        let ahead = if with_future { range.future() } else { SignedDuration::ZERO };
        let start = now.saturating_sub(range.past()).unwrap_or(Timestamp::MIN);
        let end = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
        let past = if with_future {
            let part = range.past().as_secs_f64() / (range.past() + ahead).as_secs_f64();
            whole(f64::from(columns.saturating_sub(1)) * part)
        } else {
            columns
        };
        Self { range, start, now, end, past, future: columns.saturating_sub(past + 1) }
    }

    pub(in crate::tui) fn range(&self) -> ChartRange {
        self.range
    }

    pub(in crate::tui) fn start(&self) -> Timestamp {
        self.start
    }

    pub(in crate::tui) fn now(&self) -> Timestamp {
        self.now
    }

    pub(in crate::tui) fn end(&self) -> Timestamp {
        self.end
    }

    /// Number of columns before now.
    pub(in crate::tui) fn past(&self) -> u16 {
        self.past
    }

    /// Column of the line between past and future; `None` on an axis that ends with now.
    pub(in crate::tui) fn now_column(&self) -> Option<u16> {
        (self.now < self.end).then_some(self.past)
    }

    /// Columns after that line.
    pub(in crate::tui) fn future(&self) -> std::ops::Range<u16> {
        if self.now < self.end { self.past + 1..self.past + 1 + self.future } else { 0..0 }
    }

    /// The column of a moment; `None` beyond the ends. What is of now is in the last column of the past.
    pub(in crate::tui) fn column(&self, at: Timestamp) -> Option<u16> {
        let within = |from: Timestamp, to: Timestamp, columns: u16| {
            let part = at.duration_since(from).as_secs_f64() / to.duration_since(from).as_secs_f64();
            Some(whole((part * f64::from(columns)).floor()).min(columns.checked_sub(1)?))
        };
        if at < self.start || at > self.end.max(self.now) {
            None
        } else if at <= self.now {
            within(self.start, self.now, self.past)
        } else {
            Some(self.past + 1 + within(self.now, self.end, self.future)?)
        }
    }

    /// The moment in the middle of a column.
    pub(in crate::tui) fn moment(&self, column: u16) -> Timestamp {
        let (from, to, columns, column) = match column.cmp(&self.past) {
            Ordering::Less => (self.start, self.now, self.past, column),
            Ordering::Equal => return self.now,
            Ordering::Greater => (self.now, self.end, self.future, column - self.past - 1),
        };
        let part = (f64::from(column) + 0.5) / f64::from(columns.max(1));
        let ahead = SignedDuration::try_from_secs_f64(to.duration_since(from).as_secs_f64() * part);
        from.saturating_add(ahead.unwrap_or_default()).unwrap_or(to)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the columns of a terminal")]
fn whole(columns: f64) -> u16 {
    columns.round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn past_now_and_future_have_columns_of_their_own() {
        let axis = TimeAxis::new(ChartRange::Day, START + ChartRange::Day.past(), true, 33);
        let column = |hours| axis.column(START + SignedDuration::from_hours(hours));
        assert_eq!([column(-1), column(0), column(23), column(24)], [None, Some(0), Some(23), Some(23)]);
        assert_eq!((axis.now_column(), axis.future()), (Some(24), 25..33));
        assert_eq!([column(25), column(32), column(33)], [Some(26), Some(32), None]);
        let past = TimeAxis::new(ChartRange::Day, START + ChartRange::Day.past(), false, 24);
        assert_eq!((past.now_column(), past.future(), past.past()), (None, 0..0, 24));
    }

    #[test]
    fn the_ends_of_time_have_an_axis() {
        let axis = TimeAxis::new(ChartRange::Quarter, Timestamp::MIN, true, 1);
        assert_eq!(axis.column(Timestamp::MAX), None);
        assert_eq!(axis.column(Timestamp::MIN), None, "there is no past before the first moment");
        let axis = TimeAxis::new(ChartRange::Quarter, Timestamp::MAX, true, 20);
        assert!(axis.column(axis.now()).is_some());
    }

    proptest! {
        #[test]
        fn the_middle_of_each_column_is_in_it(columns in 1u16..300, ahead: bool, range in 0usize..4) {
            let range = ChartRange::ALL[range];
            let axis = TimeAxis::new(range, START + range.past(), ahead, columns);
            for column in (0..axis.past()).chain(axis.future()) {
                prop_assert_eq!(axis.column(axis.moment(column)), Some(column));
                prop_assert!(column < columns);
            }
        }
    }
}
