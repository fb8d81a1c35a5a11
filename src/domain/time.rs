//! The two clocks that rules are told of.

use jiff::{SignedDuration, Timestamp};

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
