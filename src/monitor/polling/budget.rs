//! This product's share of a key's own limits: 20 % unless configured, never more than half.

use jiff::SignedDuration;

use super::request_log::RequestLog;
use crate::domain::quota::RequestLimits;
use crate::domain::time::{DAY, Elapsed};

/// Usage scans take at most one in so many of the day's calls.
pub const USAGE_PART: u32 = 4;

/// Poll interval and share, as configured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polling {
    /// The interval to aim at; stretched where the key's own limits ask for it.
    pub interval: SignedDuration,
    /// The part of a key's own limits that all calls of this product may take, above 0 and at most 0.5.
    pub share: f64,
}

impl Polling {
    /// Greatest share that can be configured, and the share for what a person asks for.
    pub const SHARE_MAX: f64 = 0.5;
}

impl Default for Polling {
    fn default() -> Self {
        Self { interval: SignedDuration::from_secs(60), share: 0.2 }
    }
}

/// Calls that a share (0 to 1) of a limit allows; at least one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits are far below 2^52, and the share is between 0 and 1"
)]
pub(super) fn share_of(limit: u64, share: f64) -> u64 {
    ((limit as f64 * share).floor() as u64).max(1)
}

/// Interval at which calls take a share (0 to 1) of a limit: the `window` over the calls that it allows, at most a day.
pub(super) fn interval_for_limit(window: SignedDuration, limit: u64, share: f64) -> SignedDuration {
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
    let calls = limit as f64 * share;
    if calls > 0.0 { SignedDuration::try_from_secs_f64(window.as_secs_f64() / calls).unwrap_or(DAY) } else { DAY }
}

/// Greatest number of timed calls in a day that the share of a key's limit allows; at least one. `None` where no limit of
/// the day is known.
#[must_use]
pub fn calls_per_day(limits: Option<RequestLimits>, polling: &Polling) -> Option<u64> {
    limits?.per_day.map(|limit| share_of(limit, polling.share))
}

/// Shortest wait before a retry: once half of the share of the day is used, the rest must last.
#[must_use]
pub fn budget_backoff(
    limits: Option<RequestLimits>,
    request_log: &RequestLog,
    polling: &Polling,
    now: Elapsed,
) -> SignedDuration {
    match calls_per_day(limits, polling) {
        Some(calls_max) if request_log.count(DAY, now) * 2 > calls_max => request_log.even_interval(calls_max, now),
        _ => SignedDuration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_day: Option<u64>) -> RequestLimits {
        RequestLimits { per_day, ..RequestLimits::default() }
    }

    #[test]
    fn even_the_smallest_limit_allows_one_call() {
        let polling = Polling::default();
        assert_eq!(calls_per_day(Some(limits(Some(1))), &polling), Some(1));
        assert_eq!(calls_per_day(Some(limits(Some(1_000))), &polling), Some(200));
        assert_eq!(calls_per_day(Some(limits(None)), &polling), None);
    }

    #[test]
    fn retries_are_spread_over_the_day_once_half_of_the_share_is_used() {
        let mut request_log = RequestLog::default();
        let mut wait = || {
            request_log.record(Elapsed::ZERO);
            budget_backoff(Some(limits(Some(50))), &request_log, &Polling::default(), Elapsed::ZERO)
        };
        let waits: Vec<_> = (0..6).map(|_| wait()).collect();
        assert!(waits[..5].iter().all(SignedDuration::is_zero));
        assert_eq!(waits[5], SignedDuration::from_hours(24) / 5);
    }
}
