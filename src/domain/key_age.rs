//! The 90-day clock of a key.

use jiff::Timestamp;

use super::status::Flag;
use super::thresholds::Thresholds;
use super::time::{DAY, Distance};

/// Age of a key against its time. All counts of days come from one: the whole days of 24 hours since it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyAge {
    /// Moment at which the key was created, as the service tells it.
    pub created_at: Timestamp,
    /// Moment from which on it must be rotated soon.
    pub soon_from: Timestamp,
    /// Moment by which it must be replaced.
    pub rotate_by: Timestamp,
    /// Whole days since it was created; `None` for a key of the future: this clock or the service's is wrong.
    pub days: Option<u32>,
    /// The days it may live.
    pub days_max: u32,
    /// Phase of its time: rotation is not due, due soon or overdue.
    pub phase: RotationPhase,
}

/// Place of a key in its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
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
        let days_max = thresholds.rotation_days;
        let days = match Distance::between(created_at, now) {
            Distance::Ahead(_) => None,
            Distance::Ago(age) => Some(u32::try_from(age.as_hours() / 24).unwrap_or(u32::MAX)),
        };
        let soon_after = days_max.saturating_sub(thresholds.rotation_soon_days);
        let phase = match days {
            Some(days) if days >= days_max => RotationPhase::Overdue,
            Some(days) if days >= soon_after => RotationPhase::Soon,
            _ => RotationPhase::Young,
        };
        Self {
            created_at,
            soon_from: later(created_at, soon_after),
            rotate_by: later(created_at, days_max),
            days,
            days_max,
            phase,
        }
    }

    /// Whole days until rotation is due; negative by the days that it is overdue. `None` where the age is not known.
    #[must_use]
    pub fn days_left(&self) -> Option<i64> {
        Some(i64::from(self.days_max) - i64::from(self.days?))
    }

    /// Moment from which on a flag holds that its age raises.
    #[must_use]
    pub fn since(&self, flag: Flag) -> Option<Timestamp> {
        match flag {
            Flag::RotateSoon => Some(self.soon_from),
            Flag::RotateOverdue => Some(self.rotate_by),
            _ => None,
        }
    }

    /// Moment at which the count of days changes next.
    #[must_use]
    pub fn changes_at(&self) -> Timestamp {
        let created_at = Timestamp::from_second(self.created_at.as_second()).unwrap_or(self.created_at);
        self.days.map_or(created_at, |days| later(created_at, days.saturating_add(1)))
    }

    /// The part of its time that the key has lived, 0 to 1; `None` where its age is not known.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let days = f64::from(self.days?);
        Some(if self.days_max == 0 { 1.0 } else { (days / f64::from(self.days_max)).clamp(0.0, 1.0) })
    }
}

fn later(start: Timestamp, days: u32) -> Timestamp {
    start.saturating_add(DAY * i32::try_from(days).unwrap_or(i32::MAX)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use proptest::prelude::*;

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
    fn days_lived_and_days_left_are_one_count() {
        let days = |now| {
            let key = age("2026-01-01T00:00:00Z", now);
            (key.days, key.days_left(), key.phase)
        };
        assert_eq!(days("2026-03-22T12:00:00Z"), (Some(80), Some(10), RotationPhase::Soon));
        assert_eq!(days("2026-04-01T00:00:00Z"), (Some(90), Some(0), RotationPhase::Overdue));
        assert_eq!(days("2026-04-05T23:59:59.9Z"), (Some(94), Some(-4), RotationPhase::Overdue));
        assert_eq!(days("2026-04-06T00:00:00Z"), (Some(95), Some(-5), RotationPhase::Overdue));
    }

    #[test]
    fn a_key_of_the_future_has_no_age() {
        let key = age("2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert_eq!((key.days, key.days_left(), key.ratio(), key.phase), (None, None, None, RotationPhase::Young));
        let just_made = age("2026-01-01T00:00:02Z", "2026-01-01T00:00:00Z");
        assert_eq!(just_made.days, Some(0), "clocks differ by seconds");
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let key = KeyAge::at(Timestamp::MAX, &Thresholds::default(), Timestamp::MIN);
        assert_eq!((key.days, key.phase), (None, RotationPhase::Young));
        let key = KeyAge::at(
            Timestamp::MIN,
            &Thresholds { rotation_days: u32::MAX, ..Thresholds::default() },
            Timestamp::MAX,
        );
        assert!(key.ratio().is_some_and(|ratio| ratio <= 1.0));
    }

    proptest! {
        #[test]
        fn the_count_of_days_changes_when_it_says(age in 0i64..200 * 86_400, days in 0u32..120, soon in 0u32..120) {
            let thresholds = Thresholds { rotation_days: days, rotation_soon_days: soon, ..Thresholds::default() };
            let created: Timestamp = "2026-01-01T10:20:30Z".parse().unwrap();
            let at = |now| KeyAge::at(created, &thresholds, now);
            let now = created + SignedDuration::from_secs(age);
            let (key, second) = (at(now), SignedDuration::from_secs(1));
            prop_assert_eq!(at(key.changes_at() - second).days, key.days);
            prop_assert_eq!(at(key.changes_at()).days, key.days.map(|days| days + 1));
            prop_assert_eq!(key.phase == RotationPhase::Overdue, now >= key.rotate_by);
            prop_assert_eq!(key.phase != RotationPhase::Young, now >= key.soon_from);
        }
    }
}
