//! The 90-day clock of a key.

use jiff::{SignedDuration, Timestamp};

use super::thresholds::Thresholds;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How old a key is against its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAge {
    /// When the key was made.
    pub created_at: Timestamp,
    /// When it must be replaced.
    pub rotate_by: Timestamp,
    /// Whole days since it was made; 0 for one made in the future.
    pub days: u32,
    /// The days it may live.
    pub days_max: u32,
    /// Whether rotation is due soon or overdue.
    pub phase: RotationPhase,
}

/// Where a key stands in its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationPhase {
    /// Nothing to do.
    Young,
    /// Due within the days of the reminder.
    Soon,
    /// Past its time.
    Overdue,
}

impl KeyAge {
    /// The age of a key at `now`.
    #[must_use]
    pub fn at(created_at: Timestamp, thresholds: &Thresholds, now: Timestamp) -> Self {
        let rotate_by = later(created_at, thresholds.rotation_days);
        let left = rotate_by.duration_since(now);
        let phase = if left <= SignedDuration::ZERO {
            RotationPhase::Overdue
        } else if left <= DAY * i32::try_from(thresholds.rotation_soon_days).unwrap_or(i32::MAX) {
            RotationPhase::Soon
        } else {
            RotationPhase::Young
        };
        let days = now.duration_since(created_at).as_hours().max(0) / 24;
        Self {
            created_at,
            rotate_by,
            days: u32::try_from(days).unwrap_or(u32::MAX),
            days_max: thresholds.rotation_days,
            phase,
        }
    }

    /// Whole days until rotation is due, rounded up; negative when overdue, rounded down to full days past.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        let seconds = self.rotate_by.duration_since(now).as_secs();
        if seconds >= 0 { (seconds + DAY.as_secs() - 1) / DAY.as_secs() } else { seconds / DAY.as_secs() }
    }

    /// The part of its time that the key has lived, 0 to 1.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.days_max == 0 { 1.0 } else { (f64::from(self.days) / f64::from(self.days_max)).clamp(0.0, 1.0) }
    }
}

fn later(start: Timestamp, days: u32) -> Timestamp {
    start.saturating_add(DAY * i32::try_from(days).unwrap_or(i32::MAX)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(created: &str, now: &str) -> KeyAge {
        KeyAge::at(created.parse().unwrap(), &Thresholds::default(), now.parse().unwrap())
    }

    #[test]
    fn a_key_is_soon_14_days_before_its_90_and_overdue_from_the_90th_on() {
        let phase = |now| age("2026-01-01T00:00:00Z", now).phase;
        assert_eq!(phase("2026-03-17T23:59:59Z"), RotationPhase::Young);
        assert_eq!(phase("2026-03-18T00:00:00Z"), RotationPhase::Soon);
        assert_eq!(phase("2026-03-31T23:59:59Z"), RotationPhase::Soon);
        assert_eq!(phase("2026-04-01T00:00:00Z"), RotationPhase::Overdue);
    }

    #[test]
    fn days_are_whole() {
        let now = "2026-03-22T12:00:00Z";
        let key = age("2026-01-01T00:00:00Z", now);
        assert_eq!((key.days, key.days_left(now.parse().unwrap())), (80, 10));
        let now = "2026-04-06T12:00:00Z";
        let key = age("2026-01-01T00:00:00Z", now);
        assert_eq!((key.days, key.days_left(now.parse().unwrap())), (95, -5));
    }

    #[test]
    fn a_key_made_in_the_future_is_new() {
        let key = age("2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert_eq!((key.days, key.phase), (0, RotationPhase::Young));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let key = KeyAge::at(Timestamp::MAX, &Thresholds::default(), Timestamp::MIN);
        assert_eq!((key.days, key.phase), (0, RotationPhase::Young));
        let key = KeyAge::at(
            Timestamp::MIN,
            &Thresholds { rotation_days: u32::MAX, ..Thresholds::default() },
            Timestamp::MAX,
        );
        assert!(key.ratio() <= 1.0);
    }
}
