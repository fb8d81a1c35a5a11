//! The one place that reads the clocks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::stamp::{Stamp, Uptime};
use crate::domain::time::{Elapsed, Now};

/// Source of the time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The elapsed time at which the clock was made.
    origin: Duration,
    /// Wall time at that moment, for a clock that does not follow the machine's.
    start: Option<Timestamp>,
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self { origin: elapsed_since_boot(), start: None }
    }

    /// A clock that shows `start` now and goes on from there, whatever the machine's says: for
    /// demonstrations that look the same each time.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { origin: elapsed_since_boot(), start: Some(start) }
    }

    /// Both clocks, now.
    #[must_use]
    pub fn now(&self) -> Now {
        let elapsed = elapsed_since_boot().saturating_sub(self.origin);
        let elapsed = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX);
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let wall = match self.start {
            Some(start) => start.saturating_add(elapsed).unwrap_or(Timestamp::MAX),
            None => Timestamp::now(),
        };
        Now { elapsed: Elapsed::ZERO + elapsed, wall }
    }

    /// This moment, for other processes to compare theirs with.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let elapsed = SignedDuration::try_from(elapsed_since_boot()).unwrap_or(SignedDuration::MAX);
        Stamp { wall: self.now().wall, uptime: boot().map(|boot| Uptime { boot, elapsed }) }
    }
}

/// A number for this start of the machine, at most 63 bits long; `None` where the system tells none.
#[cfg(target_os = "linux")]
#[must_use]
pub fn boot() -> Option<u64> {
    static BOOT: std::sync::LazyLock<Option<u64>> = std::sync::LazyLock::new(|| {
        let name = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits: String = name.chars().filter(char::is_ascii_hexdigit).take(15).collect();
        u64::from_str_radix(&digits, 16).ok()
    });
    *BOOT
}

/// A number for this start of the machine; elsewhere the system tells none.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn boot() -> Option<u64> {
    None
}

/// The clock that tests of this crate give: it starts on 20 November 2026 at 14:32 UTC, whenever they run.
#[cfg(test)]
pub(crate) fn given() -> Clock {
    Clock::starting_at(Timestamp::constant(1_795_185_120, 0))
}

/// Time since the machine started, its sleep included, so that a poll that fell due in sleep is seen as due.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn elapsed_since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Time since the first call; elsewhere the standard clock goes on in sleep or is the best there is.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn elapsed_since_boot() -> Duration {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    ORIGIN.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_starts_elsewhere_goes_on_from_there() {
        let start: Timestamp = "2026-11-21T14:32:00Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        let (first, second) = (clock.now(), clock.now());
        assert!(first.wall >= start && second.wall >= first.wall);
        assert_eq!(second.wall.duration_since(start), second.elapsed - Elapsed::ZERO);
    }
}
