//! The pause of timed polls while few requests of the day are left: the applications come first.

use jiff::{SignedDuration, Timestamp};

use super::request_log::MINUTE;
use crate::domain::time::DAY;

/// Interval at which recovery is looked for, beside midnight UTC.
const RESERVE: SignedDuration = SignedDuration::from_hours(6);

/// Pause of timed polls: to midnight UTC, at most 6 h, with up to a minute of jitter; never less than the poll interval.
#[must_use]
pub fn reserve_backoff(interval: SignedDuration, wall: Timestamp, random: &mut fastrand::Rng) -> SignedDuration {
    let second_of_day = wall.as_second().rem_euclid(DAY.as_secs());
    let midnight = SignedDuration::from_secs(DAY.as_secs() - second_of_day);
    (midnight.min(RESERVE) + MINUTE.mul_f64(random.f64())).max(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_is_looked_for_at_midnight_and_every_six_hours() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut wait = |wall: &str, interval| {
            reserve_backoff(SignedDuration::from_mins(interval), wall.parse().unwrap(), &mut random).as_mins()
        };
        assert_eq!(wait("2026-11-21T23:50:00Z", 1), 10);
        assert_eq!(wait("2026-11-21T09:00:00Z", 1), 360);
        assert_eq!(wait("2026-11-21T23:50:00Z", 144), 144);
    }
}
