//! The two clocks that rules are told of, and how far moments lie apart.

use std::ops::{Add, Sub};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A day of 24 hours, whatever the calendar says of it.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Times that are told in whole seconds, by clocks that differ a little, may lie so far ahead of this clock.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// UTC day of a moment: the service counts requests by it, and roll-ups are of it.
#[must_use]
pub fn day_of(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// End of the UTC day of a moment, from which on the requests of the next can be used.
#[must_use]
pub fn end_of_day(moment: Timestamp) -> Option<Timestamp> {
    midnight(day_of(moment).tomorrow().ok()?)
}

/// Beginning of a UTC day.
#[must_use]
pub fn midnight(day: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(day.into()).ok()
}

/// Distance of a moment from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Time that has passed; never negative.
    Ago(SignedDuration),
    /// In the future by so much, which is more than [`TOLERANCE`]: where it is something that happened, two clocks
    /// differ, or this one was set, and its age is not known.
    Ahead(SignedDuration),
}

/// A time that was told, by the service or by the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedTime {
    /// The newest sample.
    Poll,
    /// The last use of the key.
    Use,
    /// The creation of the key.
    Creation,
}

/// Difference between this clock and another, by how it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockDifference {
    /// By the `Date` of an answer, which lies so far ahead of this clock; negative where it lies behind.
    Date(SignedDuration),
    /// By a time that lies in the future, and how far.
    Told(ReportedTime, SignedDuration),
}

impl Distance {
    /// Distance of `moment` from `now`. Whole seconds of both count, as they stand in JSON, so that whoever reads it
    /// there counts the same.
    #[must_use]
    pub fn between(moment: Timestamp, now: Timestamp) -> Self {
        let age = SignedDuration::from_secs(now.as_second() - moment.as_second());
        if age < -TOLERANCE { Self::Ahead(age.abs()) } else { Self::Ago(age.max(SignedDuration::ZERO)) }
    }

    /// By how much a moment lies ahead, if it does.
    #[must_use]
    pub fn ahead(self) -> Option<SignedDuration> {
        match self {
            Self::Ago(_) => None,
            Self::Ahead(by) => Some(by),
        }
    }

    /// Time that has passed, zero for what lies ahead.
    #[must_use]
    pub fn past(self) -> SignedDuration {
        match self {
            Self::Ago(age) => age,
            Self::Ahead(_) => SignedDuration::ZERO,
        }
    }
}

/// Moment on a clock that nobody can set, for schedules: time since an origin of the process, sleep of the machine
/// included. It never goes back; what happened before the origin lies below [`Self::ZERO`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Elapsed(SignedDuration);

impl Elapsed {
    /// The origin.
    pub const ZERO: Self = Self(SignedDuration::ZERO);
    /// Before all other moments.
    pub const MIN: Self = Self(SignedDuration::MIN);
}

impl Add<SignedDuration> for Elapsed {
    type Output = Self;

    fn add(self, duration: SignedDuration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl Sub<SignedDuration> for Elapsed {
    type Output = Self;

    fn sub(self, duration: SignedDuration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

/// The time from the other moment to this one; negative where the other is the later.
impl Sub for Elapsed {
    type Output = SignedDuration;

    fn sub(self, other: Self) -> SignedDuration {
        self.0.saturating_sub(other.0)
    }
}

/// One moment on two clocks, an argument of all that depends on time.
///
/// Schedules are kept on `elapsed`, so a clock that is put forward or back moves no poll; `wall` is for people and for
/// comparison with the service's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The clock that nobody can set.
    pub elapsed: Elapsed,
    /// The clock on the wall; may jump either way.
    pub wall: Timestamp,
}

impl Now {
    /// Wall time at a moment of the elapsed clock.
    #[must_use]
    pub fn wall_at(&self, moment: Elapsed) -> Timestamp {
        self.wall.saturating_add(moment - self.elapsed).unwrap_or(Timestamp::MAX)
    }

    /// Moment of a wall time on the elapsed clock; a future one counts as now.
    #[must_use]
    pub fn elapsed_at(&self, wall: Timestamp) -> Elapsed {
        self.elapsed - self.age(wall)
    }

    /// Time since a wall time; zero for one in the future.
    #[must_use]
    pub fn age(&self, wall: Timestamp) -> SignedDuration {
        self.wall.duration_since(wall).max(SignedDuration::ZERO)
    }

    /// Both clocks, so much later.
    #[must_use]
    pub fn after(&self, duration: SignedDuration) -> Self {
        let elapsed = self.elapsed + duration;
        Self { elapsed, wall: self.wall_at(elapsed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let end = |text: &str| end_of_day(text.parse().unwrap()).map(|end| end.to_string());
        assert_eq!(end("2026-11-28T23:59:59Z").as_deref(), Some("2026-11-29T00:00:00Z"));
        assert_eq!(end("2026-11-29T00:00:00Z").as_deref(), Some("2026-11-30T00:00:00Z"));
        assert_eq!(end_of_day(Timestamp::MAX), None);
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let of = |text: &str| day_of(text.parse().unwrap()).to_string();
        assert_eq!(of("2026-11-20T00:00:00Z"), "2026-11-20");
        assert_eq!(of("2026-11-20T00:59:59.999+01:00"), "2026-11-19");
        assert_eq!(of("1969-12-31T23:59:59.999Z"), "1969-12-31");
    }
}
