//! This product's own calls with one key, and what they leave of its share.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::{DAY, Elapsed, Now};

/// The window of the per-minute limit.
pub const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The calls of the last two days, by all processes of this user, on the elapsed clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestLog {
    calls: VecDeque<Elapsed>,
}

impl RequestLog {
    /// Age up to which calls are known.
    pub const KEPT: SignedDuration = SignedDuration::from_hours(48);

    /// The calls that were made so long ago at `now`.
    #[must_use]
    pub fn of_ages(ages: impl Iterator<Item = SignedDuration>, now: Elapsed) -> Self {
        let mut request_log = Self { calls: ages.map(|age| now - age).collect() };
        request_log.calls.make_contiguous().sort_unstable();
        request_log
    }

    /// Takes over what the history knows; calls dated in the future count as made now.
    pub fn replace(&mut self, calls: &[Timestamp], now: &Now) {
        self.calls = calls.iter().map(|call| now.elapsed_at(*call)).collect();
        self.calls.make_contiguous().sort_unstable();
        self.forget_before(now.elapsed - Self::KEPT);
    }

    /// Enters a call made now.
    pub fn record(&mut self, now: Elapsed) {
        self.forget_before(now - Self::KEPT);
        self.calls.push_back(now);
    }

    /// Takes the last call back: it never reached the service.
    pub fn remove_last(&mut self) {
        self.calls.pop_back();
    }

    /// The last call.
    #[must_use]
    pub fn last(&self) -> Option<Elapsed> {
        self.calls.back().copied()
    }

    /// The calls, oldest first.
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl Iterator<Item = Elapsed> + '_ {
        self.calls.iter().copied()
    }

    /// Number of calls made in the `window` that ends at `end`.
    #[must_use]
    pub fn count(&self, window: SignedDuration, end: Elapsed) -> u64 {
        self.calls.iter().filter(|call| **call > end - window && **call <= end).count() as u64
    }

    /// Moment from which on one more call keeps every `window` at `calls_max` calls or fewer.
    #[must_use]
    pub fn allowed_from(&self, window: SignedDuration, calls_max: u64, now: Elapsed) -> Elapsed {
        let calls_max = usize::try_from(calls_max.max(1)).unwrap_or(usize::MAX);
        match self.calls.len().checked_sub(calls_max) {
            Some(index) => (self.calls[index] + window).max(now),
            None => now,
        }
    }

    /// The shortest even interval at which calls may go on from now without ever exceeding
    /// `calls_max` in a day: what is left must last until earlier calls leave the window.
    #[must_use]
    pub fn even_interval(&self, calls_max: u64, now: Elapsed) -> SignedDuration {
        let recent: Vec<_> = self.calls.iter().filter(|call| **call > now - DAY).collect();
        let calls_max = usize::try_from(calls_max.max(1)).unwrap_or(usize::MAX);
        let excess = recent.len().saturating_sub(calls_max);
        let free = calls_max.saturating_sub(recent.len());
        recent
            .into_iter()
            .skip(excess)
            .enumerate()
            .map(|(index, call)| {
                let divisor = i32::try_from(free + index + 1).unwrap_or(i32::MAX);
                (*call + DAY - now) / divisor
            })
            .max()
            .unwrap_or(SignedDuration::ZERO)
    }

    fn forget_before(&mut self, oldest: Elapsed) {
        while self.calls.front().is_some_and(|call| *call <= oldest) {
            self.calls.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(minutes: i64) -> SignedDuration {
        SignedDuration::from_mins(minutes)
    }

    fn at(minute: i64) -> Elapsed {
        Elapsed::ZERO + minutes(minute)
    }

    fn request_log(calls: &[i64]) -> RequestLog {
        RequestLog { calls: calls.iter().map(|call| at(*call)).collect() }
    }

    #[test]
    fn a_window_holds_its_end_and_not_its_start() {
        let request_log = request_log(&[0, 1, 2]);
        assert_eq!(request_log.count(MINUTE, at(2)), 1);
        assert_eq!(request_log.count(minutes(2), at(2)), 2);
        assert_eq!(request_log.count(DAY, at(1)), 2);
    }

    #[test]
    fn a_further_call_waits_until_the_oldest_leaves_the_window() {
        let now = at(10);
        assert_eq!(request_log(&[]).allowed_from(DAY, 1, now), now);
        assert_eq!(request_log(&[0, 5]).allowed_from(DAY, 3, now), now);
        assert_eq!(request_log(&[0, 5]).allowed_from(DAY, 2, now), Elapsed::ZERO + DAY);
        assert_eq!(request_log(&[0, 5, 7]).allowed_from(DAY, 2, now), at(5) + DAY);
    }

    #[test]
    fn an_unused_share_asks_for_no_interval_and_a_steady_pace_keeps_itself() {
        assert_eq!(request_log(&[]).even_interval(10, at(0)), SignedDuration::ZERO);
        let steady: Vec<i64> = (0..10).map(|call| call * 144).collect();
        assert_eq!(request_log(&steady).even_interval(10, at(9 * 144)), minutes(144));
    }

    #[test]
    fn calls_dated_in_the_future_count_as_made_now() {
        let now = Now { elapsed: at(5), wall: "2026-11-21T12:00:00Z".parse().unwrap() };
        let mut request_log = RequestLog::default();
        request_log.replace(&["2027-11-21T12:00:00Z".parse().unwrap(), "2026-11-21T11:58:00Z".parse().unwrap()], &now);
        assert_eq!(request_log.iter().collect::<Vec<_>>(), [at(3), at(5)]);
    }

    proptest! {
        #[test]
        fn the_even_interval_never_exceeds_the_share(
            mut calls in proptest::collection::vec(0i64..1_440, 0..40),
            calls_max in 1u64..40,
        ) {
            calls.sort_unstable();
            calls.truncate(usize::try_from(calls_max).unwrap());
            let mut request_log = request_log(&calls);
            let mut now = at(1_440);
            for _ in 0..100 {
                let interval = request_log.even_interval(calls_max, now);
                now = now + interval.max(SignedDuration::from_secs(1));
                now = request_log.allowed_from(DAY, calls_max, now).min(now + SignedDuration::from_nanos(100));
                request_log.record(now);
                prop_assert!(request_log.count(DAY, now) <= calls_max);
            }
        }
    }
}
