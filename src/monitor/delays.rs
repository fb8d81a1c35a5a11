//! When to ask again. Plain functions over plain values; all delays count from now.

use jiff::{SignedDuration, Timestamp};

use super::request_log::{MINUTE, RequestLog};
use super::settings::Polling;
use super::snapshot::{IntervalLimit, PollInterval};
use crate::domain::backoff::{BACKOFF_MIN, doubled};
pub use crate::domain::backoff::{RETRY_AFTER_MAX, backoff};
use crate::domain::quota::RequestLimits;
use crate::domain::time::DAY;

/// A refusal (401) is confirmed after this.
pub const CONFIRMATION: SignedDuration = SignedDuration::from_secs(5);
/// A refused key is asked again after these, and then after the last each time.
const REFUSED: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
];
/// A key whose permission is lacking is asked again after this.
pub const FORBIDDEN: SignedDuration = SignedDuration::from_mins(15);
/// A source without a key is asked again after this.
pub const RELOAD: SignedDuration = SignedDuration::from_secs(60);
/// A key command is run again after this while its key is refused, and once it has failed.
pub const RELOAD_COMMAND: SignedDuration = SignedDuration::from_mins(5);
/// The longest that a key command that fails is left alone.
const RELOAD_COMMAND_MAX: SignedDuration = SignedDuration::from_hours(1);
/// A locked key store is asked again after this: each time may put a prompt before the user.
pub const RELOAD_LOCKED: SignedDuration = SignedDuration::from_mins(5);
/// The sources of a key are asked again with each poll, but not more often than this.
pub const RELOAD_GAP: SignedDuration = SignedDuration::from_secs(5);
/// Two calls with one key are at least this far apart, however often the operator asks.
pub const REFRESH_GAP: SignedDuration = SignedDuration::from_secs(2);
/// First polls of several keys start this far apart,
const STAGGER: SignedDuration = SignedDuration::from_millis(250);
/// but all of them within this.
const STAGGER_MAX: SignedDuration = SignedDuration::from_secs(15);
/// Another process that polls a key has so much longer than its interval to bring the next answer.
pub const LEASE_SLACK: SignedDuration = SignedDuration::from_secs(15);
/// The answer of another process is looked for so long after it is due.
pub const FOLLOW_GAP: SignedDuration = SignedDuration::from_secs(5);
/// A forecast is made anew with a sample, but not before this.
pub const FORECAST_GAP: SignedDuration = SignedDuration::from_mins(5);

const RATE_LIMITED_FIRST: SignedDuration = SignedDuration::from_secs(60);
/// While few requests of the day are left, recovery is looked for this often, and at midnight UTC.
const RESERVE: SignedDuration = SignedDuration::from_hours(6);

/// How long the first poll of a key waits that is the `number`th (from 0) of at most `count`.
#[must_use]
pub fn stagger(number: usize, count: usize) -> SignedDuration {
    let times = |number| i32::try_from(number).unwrap_or(i32::MAX);
    STAGGER.min(STAGGER_MAX / times(count.max(1))) * times(number)
}

/// The most timed calls in a day that the share of a key's limit allows; at least one. `None` is no limit known.
#[must_use]
pub fn calls_per_day(limits: Option<RequestLimits>, polling: &Polling) -> Option<u64> {
    limits?.per_day.map(|limit| share_of(limit, polling.share))
}

/// The regular interval for a key.
#[must_use]
pub fn poll_interval(
    limits: Option<RequestLimits>,
    ledger: &RequestLog,
    polling: &Polling,
    now: SignedDuration,
) -> PollInterval {
    let share = polling.share;
    let mut poll_interval = PollInterval { interval: polling.interval, limit: IntervalLimit::Target };
    let mut stretch = |interval: SignedDuration, limit| {
        if interval > poll_interval.interval {
            poll_interval = PollInterval { interval, limit };
        }
    };
    let RequestLimits { per_minute, per_day, .. } = limits.unwrap_or_default();
    if let Some(limit) = per_minute {
        stretch(interval_for_limit(MINUTE, limit, share), IntervalLimit::Minute(share, limit));
    }
    if let Some(limit) = per_day {
        let interval = interval_for_limit(DAY, limit, share);
        stretch(interval, IntervalLimit::Day(share, limit));
        let even = ledger.even_interval(share_of(limit, share), now);
        // An even interval within a second of the regular one is the regular one.
        if even > interval + SignedDuration::from_secs(1) {
            stretch(even, IntervalLimit::EarlierCalls);
        }
    }
    poll_interval
}

/// What retries wait at least: once half of the share of the day is used, the rest must last.
#[must_use]
pub fn budget_backoff(
    limits: Option<RequestLimits>,
    ledger: &RequestLog,
    polling: &Polling,
    now: SignedDuration,
) -> SignedDuration {
    match calls_per_day(limits, polling) {
        Some(calls_max) if ledger.count(DAY, now) * 2 > calls_max => ledger.even_interval(calls_max, now),
        _ => SignedDuration::ZERO,
    }
}

/// How long a key command is left alone after failure number `failures` (from 1) in a row: 5 min, doubled up to 1 h.
#[must_use]
pub fn reload_command(failures: u32) -> SignedDuration {
    doubled(RELOAD_COMMAND, failures.saturating_sub(1)).min(RELOAD_COMMAND_MAX)
}

/// How long to wait after a 429: what the service asked, up to an hour; else at least 60 s, growing with
/// the 429s in a row, with equal jitter.
#[must_use]
pub fn retry_after(asked: Option<SignedDuration>, failures: u32, random: &mut fastrand::Rng) -> SignedDuration {
    asked.map_or_else(
        || {
            let half = doubled(RATE_LIMITED_FIRST, failures.saturating_sub(1)).min(RETRY_AFTER_MAX / 2);
            half + half.mul_f64(random.f64())
        },
        |asked| asked.clamp(BACKOFF_MIN, RETRY_AFTER_MAX),
    )
}

/// How long to wait after refusal number `refusals` (from 1) in a row.
#[must_use]
pub fn refusal_backoff(refusals: u32) -> SignedDuration {
    let confirmed = refusals.checked_sub(2).and_then(|number| usize::try_from(number).ok());
    confirmed.map_or(CONFIRMATION, |number| REFUSED[number.min(REFUSED.len() - 1)])
}

/// How long timed polls pause while few requests of the day are left.
#[must_use]
pub fn reserve_backoff(interval: SignedDuration, wall: Timestamp, random: &mut fastrand::Rng) -> SignedDuration {
    let second_of_day = wall.as_second().rem_euclid(DAY.as_secs());
    let midnight = SignedDuration::from_secs(DAY.as_secs() - second_of_day);
    (midnight.min(RESERVE) + MINUTE.mul_f64(random.f64())).max(interval)
}

pub(super) fn interval_for_limit(window: SignedDuration, limit: u64, share: f64) -> SignedDuration {
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
    let calls = limit as f64 * share;
    if calls > 0.0 { SignedDuration::try_from_secs_f64(window.as_secs_f64() / calls).unwrap_or(DAY) } else { DAY }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits are far below 2^52, and the share is between 0 and 1"
)]
pub(super) fn share_of(limit: u64, share: f64) -> u64 {
    ((limit as f64 * share).floor() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(per_minute: Option<u64>, per_day: Option<u64>) -> RequestLimits {
        RequestLimits { per_minute, per_day, ..RequestLimits::default() }
    }

    fn interval(per_minute: Option<u64>, per_day: Option<u64>) -> (SignedDuration, IntervalLimit) {
        let limits = limits(per_minute, per_day);
        let regular = poll_interval(Some(limits), &RequestLog::default(), &Polling::default(), SignedDuration::ZERO);
        (regular.interval, regular.limit)
    }

    #[test]
    fn the_interval_lives_within_the_share_of_the_keys_own_limits() {
        let seconds = SignedDuration::from_secs;
        assert_eq!(interval(Some(300), None), (seconds(60), IntervalLimit::Target));
        assert_eq!(interval(Some(10), Some(1_000)), (seconds(432), IntervalLimit::Day(0.2, 1_000)));
        assert_eq!(interval(Some(5), Some(50)), (seconds(8_640), IntervalLimit::Day(0.2, 50)));
        assert_eq!(interval(Some(1), None), (seconds(300), IntervalLimit::Minute(0.2, 1)));
        assert_eq!(interval(None, Some(1_000_000)), (seconds(60), IntervalLimit::Target));
    }

    #[test]
    fn first_polls_are_spread_out_but_those_of_many_keys_come_soon_too() {
        assert_eq!(stagger(2, 3), SignedDuration::from_millis(500));
        assert_eq!(stagger(1_000, 1_000), SignedDuration::from_secs(15));
    }

    #[test]
    fn earlier_calls_stretch_the_interval() {
        let mut ledger = RequestLog::default();
        for minute in 0..8 {
            ledger.record(SignedDuration::from_mins(minute));
        }
        let now = SignedDuration::from_mins(8);
        let pace = poll_interval(Some(limits(None, Some(50))), &ledger, &Polling::default(), now);
        assert_eq!(pace.limit, IntervalLimit::EarlierCalls);
        assert!(pace.interval > SignedDuration::from_hours(7), "{:?}", pace.interval);
    }

    #[test]
    fn even_the_smallest_limit_allows_one_call() {
        let polling = Polling::default();
        assert_eq!(calls_per_day(Some(limits(None, Some(1))), &polling), Some(1));
        assert_eq!(calls_per_day(Some(limits(None, Some(1_000))), &polling), Some(200));
        assert_eq!(calls_per_day(Some(limits(None, None)), &polling), None);
    }

    #[test]
    fn retries_are_spread_over_the_day_once_half_of_the_share_is_used() {
        let mut ledger = RequestLog::default();
        let mut wait = || {
            ledger.record(SignedDuration::ZERO);
            budget_backoff(Some(limits(None, Some(50))), &ledger, &Polling::default(), SignedDuration::ZERO)
        };
        let waits: Vec<_> = (0..6).map(|_| wait()).collect();
        assert!(waits[..5].iter().all(SignedDuration::is_zero));
        assert_eq!(waits[5], SignedDuration::from_hours(24) / 5);
    }

    #[test]
    fn retry_after_is_obeyed_up_to_an_hour() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut wait = |seconds| retry_after(Some(SignedDuration::from_secs(seconds)), 1, &mut random).as_secs();
        assert_eq!([wait(30), wait(86_400), wait(-5), wait(0)], [30, 3_600, 1, 1]);
    }

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

    proptest! {
        #[test]
        fn backoff_stays_between_a_second_and_its_growing_ceiling(failures in 1u32..100, seed: u64) {
            let wait = backoff(failures, &mut fastrand::Rng::with_seed(seed));
            let ceiling = (5_i64 << (failures - 1).min(20)).min(900);
            prop_assert!(wait >= BACKOFF_MIN && wait <= SignedDuration::from_secs(ceiling));
        }

        #[test]
        fn without_a_retry_after_the_wait_is_a_minute_to_an_hour(failures in 1u32..100, seed: u64) {
            let wait = retry_after(None, failures, &mut fastrand::Rng::with_seed(seed));
            prop_assert!(wait >= SignedDuration::from_secs(60) && wait <= RETRY_AFTER_MAX);
        }
    }
}
