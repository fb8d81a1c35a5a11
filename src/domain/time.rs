//! The two clocks that rules are told of, and how far moments lie apart.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A day of 24 hours, whatever the calendar says of it.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Times that are told in whole seconds, by clocks that differ a little, may lie so far ahead of this clock.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Where a moment lies, seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// So long ago; never negative.
    Ago(SignedDuration),
    /// In the future by so much, which is more than [`TOLERANCE`]: where it is something that happened, two clocks differ,
    /// or this one was set, and its age is not known.
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

/// How it is seen that this clock and another differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockDifference {
    /// By the `Date` of an answer, which lies so far ahead of this clock; negative where it lies behind.
    Date(SignedDuration),
    /// By a time that lies in the future, and how far.
    Told(ReportedTime, SignedDuration),
}

impl Distance {
    /// Where `moment` lies, seen from `now`. Whole seconds of both count, as they stand in JSON, so that whoever reads it there
    /// counts the same.
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

    /// How long ago, zero for what lies ahead.
    #[must_use]
    pub fn past(self) -> SignedDuration {
        match self {
            Self::Ago(age) => age,
            Self::Ahead(_) => SignedDuration::ZERO,
        }
    }
}

/// Time since an arbitrary origin, sleep of the machine included; never goes back.
pub type Elapsed = SignedDuration;

/// A moment on both clocks, handed in with every message.
///
/// Schedules are kept on `elapsed`, which no one can set, so a clock that is put forward or back moves
/// no poll; `wall` is for people and for comparison with the service's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since an arbitrary origin, sleep of the machine included; never goes back.
    pub elapsed: SignedDuration,
    /// The clock on the wall; may jump either way.
    pub wall: Timestamp,
}

impl Now {
    /// The wall time at which `elapsed` will stand at `moment`.
    #[must_use]
    pub fn wall_at(&self, moment: SignedDuration) -> Timestamp {
        self.wall.saturating_add(moment - self.elapsed).unwrap_or(Timestamp::MAX)
    }

    /// Where a wall time lies on the elapsed clock; a future one counts as now.
    #[must_use]
    pub fn elapsed_at(&self, wall: Timestamp) -> SignedDuration {
        self.elapsed - self.age(wall)
    }

    /// How long ago a wall time was; zero for one in the future.
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
