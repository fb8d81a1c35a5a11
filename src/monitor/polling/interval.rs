//! The poll interval of a key: what is configured, stretched where the share of the key's own limits asks for it.

use jiff::SignedDuration;

use super::budget::{Polling, USAGE_PART, interval_for_limit, share_of};
use super::request_log::{MINUTE, RequestLog};
use crate::domain::quota::RequestLimits;
use crate::domain::time::{DAY, Elapsed};

/// Regular interval for a key, and the limit that sets it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PollInterval {
    /// Time from one timed poll to the next.
    pub interval: SignedDuration,
    /// Limit that sets it.
    pub limit: IntervalLimit,
}

/// The rule that sets the regular interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalLimit {
    /// The interval that the operator aims at.
    Target,
    /// The share of the requests of a minute: the share (0 to 1), and the key's limit.
    Minute(f64, u64),
    /// The share of the requests of a day: the share (0 to 1), and the key's limit.
    Day(f64, u64),
    /// Earlier calls of this day; what is left is spread evenly.
    EarlierCalls,
}

impl PollInterval {
    /// Interval as configured, for a key of which nothing else is known.
    #[must_use]
    pub fn target(polling: &Polling) -> Self {
        Self { interval: polling.interval, limit: IntervalLimit::Target }
    }
}

/// Regular interval for a key, by its limits and the calls of this product so far.
#[must_use]
pub fn poll_interval(
    limits: Option<RequestLimits>,
    request_log: &RequestLog,
    polling: &Polling,
    now: Elapsed,
) -> PollInterval {
    let share = polling.share;
    let mut poll_interval = PollInterval::target(polling);
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
        let even = request_log.even_interval(share_of(limit, share), now);
        // An even interval within a second of the regular one is the regular one.
        if even > interval + SignedDuration::from_secs(1) {
            stretch(even, IntervalLimit::EarlierCalls);
        }
    }
    poll_interval
}

/// Regular interval that leaves usage scans their part of the day's share.
#[must_use]
pub fn poll_interval_beside_usage(
    limits: Option<RequestLimits>,
    request_log: &RequestLog,
    polling: &Polling,
    now: Elapsed,
) -> PollInterval {
    let alone = poll_interval(limits, request_log, polling, now);
    if limits.is_none_or(|limits| limits.per_day.is_none()) {
        return alone;
    }
    let left = Polling { share: polling.share * (1.0 - 1.0 / f64::from(USAGE_PART)), ..*polling };
    let slower = poll_interval(limits, &RequestLog::default(), &left, now);
    if slower.interval > alone.interval { slower } else { alone }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_minute: Option<u64>, per_day: Option<u64>) -> RequestLimits {
        RequestLimits { per_minute, per_day, ..RequestLimits::default() }
    }

    fn interval(per_minute: Option<u64>, per_day: Option<u64>) -> (SignedDuration, IntervalLimit) {
        let limits = limits(per_minute, per_day);
        let regular = poll_interval(Some(limits), &RequestLog::default(), &Polling::default(), Elapsed::ZERO);
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
    fn earlier_calls_stretch_the_interval() {
        let mut request_log = RequestLog::default();
        for minute in 0..8 {
            request_log.record(Elapsed::ZERO + SignedDuration::from_mins(minute));
        }
        let now = Elapsed::ZERO + SignedDuration::from_mins(8);
        let interval = poll_interval(Some(limits(None, Some(50))), &request_log, &Polling::default(), now);
        assert_eq!(interval.limit, IntervalLimit::EarlierCalls);
        assert!(interval.interval > SignedDuration::from_hours(7), "{:?}", interval.interval);
    }
}
