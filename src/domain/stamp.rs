//! Moments that processes, and starts of the machine, have in common.

use jiff::{SignedDuration, Timestamp};

/// A moment by the clock on the wall, which may be set, and by that of the machine's start, which can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The clock on the wall.
    pub wall: Timestamp,
    /// The clock of the machine's start; `None` where the system has none.
    pub uptime: Option<Uptime>,
}

/// Time that the machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// Start of the machine, by a number that differs from start to start.
    pub boot: u64,
    /// Since then, the machine's sleep included.
    pub elapsed: SignedDuration,
}

impl From<Timestamp> for Stamp {
    fn from(wall: Timestamp) -> Self {
        Self { wall, uptime: None }
    }
}

impl Stamp {
    /// Time since `earlier`. Within one start of the machine no clock that is set changes it. Over several, the
    /// wall tells, but no less than the machine runs; what lies in the future was just now.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> SignedDuration {
        let by_wall = self.wall.duration_since(earlier.wall);
        let age = match (self.uptime, earlier.uptime) {
            (Some(now), Some(then)) if now.boot == then.boot => now.elapsed - then.elapsed,
            (Some(now), Some(_)) => by_wall.max(now.elapsed),
            _ => by_wall,
        };
        age.max(SignedDuration::ZERO)
    }

    /// The moment `age` before this one.
    #[must_use]
    pub fn before(&self, age: SignedDuration) -> Self {
        let wall = self.wall.saturating_sub(age).unwrap_or(Timestamp::MIN);
        let uptime = self.uptime.map(|uptime| Uptime { elapsed: uptime.elapsed.saturating_sub(age), ..uptime });
        Self { wall, uptime }
    }

    /// Moment of `earlier` by today's clock on the wall.
    #[must_use]
    pub fn wall_of(&self, earlier: &Self) -> Timestamp {
        self.before(self.since(earlier)).wall
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stamp(wall: i64, uptime: Option<(u64, i64)>) -> Stamp {
        let uptime = uptime.map(|(boot, seconds)| Uptime { boot, elapsed: SignedDuration::from_secs(seconds) });
        Stamp { wall: Timestamp::from_second(1_800_000_000 + wall).unwrap(), uptime }
    }

    fn age(now: Stamp, earlier: Stamp) -> i64 {
        now.since(&earlier).as_secs()
    }

    #[test]
    fn over_a_start_of_the_machine_the_wall_tells_and_the_future_was_just_now() {
        assert_eq!(age(stamp(100, Some((2, 30))), stamp(40, Some((1, 9_000)))), 60);
        assert_eq!(age(stamp(100, Some((2, 30))), stamp(500, Some((1, 9_000)))), 30, "it runs for so long already");
        assert_eq!(age(stamp(100, None), stamp(40, None)), 60);
        assert_eq!(age(stamp(100, None), stamp(500, Some((1, 9_000)))), 0);
    }

    proptest! {
        #[test]
        fn no_clock_that_is_set_changes_an_age(
            passed in 0i64..1_000_000, then in -1_000_000_000i64..1_000_000_000, now in -1_000_000_000i64..1_000_000_000,
        ) {
            let (earlier, now) = (stamp(then, Some((7, 50))), stamp(now, Some((7, 50 + passed))));
            prop_assert_eq!(age(now, earlier), passed);
            prop_assert_eq!(now.wall_of(&earlier), now.wall - SignedDuration::from_secs(passed));
            prop_assert_eq!(age(now, now.before(SignedDuration::from_secs(passed))), passed);
        }
    }
}
