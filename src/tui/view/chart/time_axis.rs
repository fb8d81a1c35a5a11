//! Time axis of the chart.

use jiff::{SignedDuration, Timestamp};

use crate::tui::chart_range::ChartRange;

/// Columns left of the chart: room for `38.7k`, a blank and the upright axis.
pub(super) const LABEL_WIDTH: u16 = 7;

/// The axis from left to right.
#[derive(Clone, Copy)]
pub(super) struct TimeAxis {
    range: ChartRange,
    start: Timestamp,
    span: SignedDuration,
    columns: u16,
}

impl TimeAxis {
    /// The range up to `now`, with some of the future if asked for.
    pub(super) fn new(range: ChartRange, now: Timestamp, with_future: bool, columns: u16) -> Self {
        let start = now.saturating_sub(range.past()).unwrap_or(Timestamp::MIN);
        let future = if with_future { range.future() } else { SignedDuration::ZERO };
        Self { range, start, span: range.past() + future, columns }
    }

    pub(super) fn range(&self) -> ChartRange {
        self.range
    }

    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    pub(super) fn end(&self) -> Timestamp {
        self.start.saturating_add(self.span).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn has_future(&self) -> bool {
        self.span > self.range.past()
    }

    /// The dot of a moment, two to a column; those beyond the ends stand there.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last dot")]
    pub(super) fn dot(&self, at: Timestamp) -> u16 {
        let last = f64::from(self.columns) * 2.0 - 1.0;
        let ratio = at.duration_since(self.start).as_secs_f64() / self.span.as_secs_f64();
        (ratio.clamp(0.0, 1.0) * last).round() as u16
    }

    /// The column of a moment; `None` beyond the ends.
    pub(super) fn column(&self, at: Timestamp) -> Option<u16> {
        (self.start..=self.end()).contains(&at).then(|| self.dot(at) / 2)
    }
}
