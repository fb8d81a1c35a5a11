//! Schedule of the deletion of old samples.

use jiff::SignedDuration;

use crate::domain::time::{DAY, Elapsed};

/// Schedule of the deletion of samples beyond the retention.
pub(super) struct PruneSchedule {
    /// Age from which samples are deleted; `None` keeps all.
    retention: Option<SignedDuration>,
    /// Last deletion, on the elapsed clock.
    last: Option<Elapsed>,
}

impl PruneSchedule {
    pub(super) fn new(retention: Option<SignedDuration>) -> Self {
        Self { retention, last: None }
    }

    /// Age from which samples are deleted now, if that is due: at most once a day, and only where the service's clock,
    /// `skew` ahead of this machine's, is known and less than a day off.
    pub(super) fn take_due(&mut self, now: Elapsed, skew: Option<SignedDuration>) -> Option<SignedDuration> {
        let is_clock_right = skew.is_some_and(|skew| skew.unsigned_abs() < DAY.unsigned_abs());
        let is_due = is_clock_right && self.last.is_none_or(|last| now - last >= DAY);
        let retention = self.retention.filter(|_| is_due)?;
        self.last = Some(now);
        Some(retention)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    fn at(hour: i64) -> Elapsed {
        Elapsed::ZERO + hours(hour)
    }

    #[test]
    fn old_samples_go_once_a_day_and_only_while_the_clock_is_right() {
        let right = Some(hours(0));
        let mut pruning = PruneSchedule::new(Some(hours(24 * 400)));
        for skew in [None, Some(hours(24)), Some(hours(-24))] {
            assert_eq!(pruning.take_due(at(1), skew), None, "{skew:?}");
        }
        assert_eq!(pruning.take_due(at(1), Some(hours(-23))), Some(hours(24 * 400)));
        assert_eq!(pruning.take_due(at(24), right), None);
        assert_eq!(pruning.take_due(at(25), right), Some(hours(24 * 400)));
        assert_eq!(PruneSchedule::new(None).take_due(at(0), right), None, "all are kept");
    }
}
