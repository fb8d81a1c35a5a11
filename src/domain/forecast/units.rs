//! Lengths of time in days, and counts as numbers to calculate with.

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::DAY;

/// A length of time, in days.
pub(super) fn in_days(duration: SignedDuration) -> f64 {
    duration.as_secs_f64() / DAY.as_secs_f64()
}

/// The moment so long before another, no earlier than there are moments.
pub(super) fn earlier(moment: Timestamp, length: SignedDuration) -> Timestamp {
    moment.saturating_sub(length).unwrap_or(Timestamp::MIN)
}

/// A count, to be multiplied and divided.
#[expect(clippy::cast_precision_loss, reason = "a few days")]
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

/// A count, to be subtracted from.
pub(super) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
