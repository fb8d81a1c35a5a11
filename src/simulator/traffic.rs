//! The calls of the applications behind a key: a pure function of a seed and the time.
//!
//! Time is cut into hours, and each hour's calls are drawn from the seed and the hour's number alone. So the
//! same hours bring the same calls, whenever and however often anyone looks.

use fastrand::Rng;
use jiff::Timestamp;

use super::calendar::HOUR;
use super::request::Endpoint;

/// Activity in each UTC hour of a working day, in percent of the busiest.
const DAY_CURVE: [u32; 24] =
    [10, 10, 10, 10, 10, 10, 20, 45, 75, 100, 100, 90, 70, 90, 100, 100, 90, 60, 35, 25, 20, 15, 10, 10];
/// Activity on weekends, in percent of a working day.
const WEEKEND_PERCENT: u32 = 25;
/// Time from one call of a batch to the next, in milliseconds.
const BATCH_STEP: i64 = 1_500;

/// The habits of the applications behind a key: each call does work, and costs a credit. What costs none, `/me` and
/// `/usage`, is for monitors; only a burst asks `/me`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Calls in the busiest hour, in thousandths.
    pub peak_milli: u32,
    /// Probability of a batch in an hour, in percent.
    pub batch_percent: u32,
    /// The calls of the largest batch.
    pub batch_calls_max: u32,
    /// Calls of `/me` in one burst at the start of every other minute.
    pub burst_calls: u32,
}

impl Traffic {
    /// No applications at all.
    pub const NONE: Self = Self { peak_milli: 0, batch_percent: 0, batch_calls_max: 0, burst_calls: 0 };

    /// The calls of an hour (its number since 1970), oldest first.
    #[must_use]
    pub fn calls_in(&self, seed: u64, hour: i64) -> Vec<ApplicationCall> {
        let mut random = Rng::with_seed(seed ^ hour.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut calls = Vec::new();
        self.add_single_calls(hour, &mut random, &mut calls);
        self.add_batch(&mut random, &mut calls);
        self.add_bursts(&mut calls);
        calls.sort_by_key(|(offset, _)| *offset);
        let at = |offset| Timestamp::from_millisecond(hour * HOUR * 1_000 + offset).ok();
        calls.into_iter().filter_map(|(offset, endpoint)| Some(ApplicationCall { at: at(offset)?, endpoint })).collect()
    }

    fn add_single_calls(&self, hour: i64, random: &mut Rng, calls: &mut Vec<(i64, Endpoint)>) {
        let percent = u64::from(activity_percent(hour));
        let expected_milli = u64::from(self.peak_milli) * percent / 100 * random.u64(500..1_500) / 1_000;
        let count = (expected_milli + random.u64(0..1_000)) / 1_000;
        for _ in 0..count {
            let endpoint = costing(random);
            calls.push((random.i64(0..HOUR * 1_000), endpoint));
        }
    }

    fn add_batch(&self, random: &mut Rng, calls: &mut Vec<(i64, Endpoint)>) {
        if random.u32(0..100) >= self.batch_percent {
            return;
        }
        let size = i64::from(random.u32(1..=self.batch_calls_max.max(1)));
        let start = random.i64(0..(HOUR * 1_000 - size * BATCH_STEP).max(1));
        for index in 0..size {
            calls.push((start + index * BATCH_STEP, costing(random)));
        }
    }

    fn add_bursts(&self, calls: &mut Vec<(i64, Endpoint)>) {
        for minute in (0..60).step_by(2) {
            for _ in 0..self.burst_calls {
                calls.push((minute * 60_000, Endpoint::Me));
            }
        }
    }
}

/// A call that an application makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationCall {
    /// Moment of the call.
    pub at: Timestamp,
    /// Endpoint of the call.
    pub endpoint: Endpoint,
}

fn costing(random: &mut Rng) -> Endpoint {
    if random.bool() { Endpoint::Search } else { Endpoint::DownloadTrack }
}

/// Activity in an hour, in percent of the busiest.
fn activity_percent(hour: i64) -> u32 {
    let hour_of_day = usize::try_from(hour.rem_euclid(24)).unwrap_or(0);
    // The first day of 1970 was a Thursday, so Saturday and Sunday leave 2 and 3.
    let weekend = matches!(hour.div_euclid(24).rem_euclid(7), 2 | 3);
    DAY_CURVE[hour_of_day] * if weekend { WEEKEND_PERCENT } else { 100 } / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::calendar::hour;

    const BUSY: Traffic = Traffic { peak_milli: 90_000, batch_percent: 20, batch_calls_max: 40, burst_calls: 0 };

    fn number(text: &str) -> i64 {
        hour(text.parse().unwrap())
    }

    #[test]
    fn an_hour_holds_its_own_calls_in_order() {
        let noon = number("2026-11-20T09:00:00Z");
        let calls = BUSY.calls_in(7, noon);
        assert!(calls.len() > 40, "{}", calls.len());
        assert!(calls.iter().all(|call| hour(call.at) == noon));
        assert!(calls.is_sorted_by_key(|call| call.at));
    }

    #[test]
    fn the_same_hour_is_the_same_and_others_differ() {
        let noon = number("2026-11-20T12:00:00Z");
        assert_eq!(BUSY.calls_in(7, noon), BUSY.calls_in(7, noon));
        assert_ne!(BUSY.calls_in(7, noon), BUSY.calls_in(8, noon));
    }

    #[test]
    fn offices_are_busy_by_day_and_quiet_at_weekends() {
        assert_eq!(activity_percent(number("2026-11-20T09:00:00Z")), 100);
        assert_eq!(activity_percent(number("2026-11-20T03:00:00Z")), 10);
        assert_eq!(activity_percent(number("2026-11-21T09:00:00Z")), 25);
        assert_eq!(activity_percent(number("2026-11-22T09:00:00Z")), 25);
        assert_eq!(activity_percent(number("2026-11-23T09:00:00Z")), 100);
    }

    #[test]
    fn seldom_calls_add_up_to_their_rate() {
        let seldom = Traffic { peak_milli: 100, ..Traffic::NONE };
        let first = number("2026-11-02T00:00:00Z");
        let calls: usize = (first..first + 24 * 70).map(|hour| seldom.calls_in(1, hour).len()).sum();
        // Ten weeks of 61.3 busiest hours, a tenth of a call in each.
        assert!((45..=78).contains(&calls), "{calls}");
    }

    #[test]
    fn bursts_fall_on_every_other_minute() {
        let calls = Traffic { burst_calls: 3, ..Traffic::NONE }.calls_in(1, 0);
        assert_eq!(calls.len(), 90);
        assert!(calls.iter().all(|call| call.at.as_second() % 120 == 0 && call.endpoint == Endpoint::Me));
    }
}
