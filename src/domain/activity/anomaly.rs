//! Anomalies: unusual calls among new ones by others, beside what is known of a key. Few false alarms matter more than
//! catching all: nothing is said of a key that is hardly known, and each thing is said once.
//!
//! Calls of the monitor's own endpoints are free and common, so they are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::call::{UsageCall, is_own_endpoint};

/// Hours in a day.
const DAY: i64 = 24;
/// Past that an hour is compared with, in days.
const COMPARED: i64 = 30;
/// A first call is told once a key is known for so many days.
const KNOWN_FOR_FIRST_CALL: i64 = 3;
/// An unusual hour is told once a key is known for so many days.
const KNOWN_FOR_HOUR: i64 = 14;
/// Fewer calls in an hour in which there were none before are chance.
const UNUSED_HOUR_CALLS: u64 = 10;
/// An hour is busy with more calls than these, ...
const BUSY_HOUR_CALLS: u64 = 20;
/// ... and with more than so many times the highest of its time of day.
const BUSY_HOUR_FACTOR: u64 = 5;

/// Use of a key that is known before new calls are added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageBaseline {
    /// The endpoints that others have ever called.
    pub endpoints: BTreeSet<String>,
    /// Calls by others of endpoints that are not the monitor's own, by the number of the hour since 1970; may begin
    /// 30 days ago.
    pub hours: BTreeMap<i64, u64>,
    /// The UTC days since 1970 of which any call is known, the product's own included; may begin 30 days ago.
    pub days: BTreeSet<i64>,
}

/// Something unusual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsageAnomaly {
    /// An endpoint was called that others had never called with the key.
    FirstCall {
        /// Endpoint, as in [`UsageCall::endpoint`].
        endpoint: String,
    },
    /// Calls at a time of day at which there were none before.
    UnusedHour {
        /// The number of the hour since 1970.
        hour: i64,
        /// Calls in it so far.
        calls: u64,
    },
    /// Far more calls than ever at that time of day.
    BusyHour {
        /// The number of the hour since 1970.
        hour: i64,
        /// Calls in it so far.
        calls: u64,
        /// The most there were before.
        most: u64,
    },
}

/// Anomalies of `news`, which are calls by others that are not part of `past`.
#[must_use]
pub fn detect_anomalies(past: &UsageBaseline, news: &[UsageCall]) -> Vec<UsageAnomaly> {
    let mut news: Vec<_> = news.iter().filter(|call| !is_own_endpoint(&call.endpoint)).collect();
    news.sort_by_key(|call| call.at);
    let mut found = first_calls(past, &news);
    let mut added = BTreeMap::<i64, u64>::new();
    for call in &news {
        *added.entry(call.hour()).or_default() += 1;
    }
    let mut hours = past.hours.clone();
    for (hour, more) in added {
        let before = hours.get(&hour).copied().unwrap_or(0);
        if is_known_for(past, KNOWN_FOR_HOUR, hour) {
            found.extend(unusual_hour(&hours, hour, before, before + more));
        }
        hours.insert(hour, before + more);
    }
    found
}

fn first_calls(past: &UsageBaseline, news: &[&UsageCall]) -> Vec<UsageAnomaly> {
    let mut called = past.endpoints.clone();
    let mut found = Vec::new();
    for call in news {
        let is_named = call.endpoint.starts_with('/');
        let is_first = is_named && called.insert(call.endpoint.clone());
        if is_first && is_known_for(past, KNOWN_FOR_FIRST_CALL, call.hour()) {
            found.push(UsageAnomaly::FirstCall { endpoint: call.endpoint.clone() });
        }
    }
    found
}

/// True when calls are known of so many days before that of `hour`.
fn is_known_for(past: &UsageBaseline, days: i64, hour: i64) -> bool {
    let day = hour.div_euclid(DAY);
    let known = past.days.range(day - COMPARED..day).count();
    i64::try_from(known).is_ok_and(|known| known >= days)
}

/// Each threshold is told when it is crossed, and so once. The hours beside that of the same time count as well: a
/// change of the clocks moves habits by one.
fn unusual_hour(hours: &BTreeMap<i64, u64>, hour: i64, before: u64, calls: u64) -> Option<UsageAnomaly> {
    let is_near = |other: i64| matches!((other - hour).rem_euclid(DAY), 0 | 1 | 23);
    let compared = hours.range(hour - COMPARED * DAY..).filter(|(other, _)| **other != hour && is_near(**other));
    let most = compared.map(|(_, calls)| *calls).max().unwrap_or(0);
    if most == 0 {
        let is_crossed = before < UNUSED_HOUR_CALLS && calls >= UNUSED_HOUR_CALLS;
        return is_crossed.then_some(UsageAnomaly::UnusedHour { hour, calls });
    }
    let limit = BUSY_HOUR_CALLS.max(most.saturating_mul(BUSY_HOUR_FACTOR));
    (before <= limit && calls > limit).then_some(UsageAnomaly::BusyHour { hour, calls, most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::activity::{FURTHER_ENDPOINTS, UNKNOWN_ENDPOINT};
    use jiff::Timestamp;
    use proptest::prelude::*;

    /// Midnight of a day long after 1970.
    const TODAY: i64 = 20_000 * DAY;

    fn calls(endpoint: &str, hour: i64, count: usize) -> Vec<UsageCall> {
        let at = Timestamp::from_second(hour * 3_600 + 60).unwrap();
        let call =
            UsageCall { at, endpoint: endpoint.to_owned(), status_code: None, credits: 0.0, response_time: None };
        vec![call; count]
    }

    /// Past of so many days with 12 calls of `/search` at 9, 10 and 11 each.
    fn past(days: i64) -> UsageBaseline {
        let mut past = UsageBaseline::default();
        for day in 1..=days {
            past.days.insert(TODAY / DAY - day);
            past.hours.extend((9..12).map(|hour| (TODAY - day * DAY + hour, 12)));
            past.endpoints.insert("/search".to_owned());
        }
        past
    }

    fn told(past: &UsageBaseline, news: &[UsageCall]) -> Vec<UsageAnomaly> {
        detect_anomalies(past, news)
    }

    #[test]
    fn the_first_call_of_an_endpoint_is_told_once_the_key_is_known() {
        let news = [calls("/download-track", TODAY + 9, 2), calls("/search", TODAY + 9, 1)].concat();
        assert_eq!(told(&past(3), &news), [UsageAnomaly::FirstCall { endpoint: "/download-track".to_owned() }]);
        assert_eq!(told(&past(2), &news), []);
        let mut known = past(3);
        known.endpoints.insert("/download-track".to_owned());
        assert_eq!(told(&known, &news), []);
    }

    #[test]
    fn free_and_unnamed_endpoints_are_never_unusual() {
        let news = ["/me", "/usage", UNKNOWN_ENDPOINT, FURTHER_ENDPOINTS]
            .map(|endpoint| calls(endpoint, TODAY + 9, 4))
            .concat();
        assert_eq!(told(&past(20), &news), []);
        assert_eq!(told(&past(20), &calls("/usage", TODAY + 3, 90)), []);
    }

    #[test]
    fn calls_at_an_hour_without_any_are_told_once_after_two_weeks() {
        let night = calls("/search", TODAY + 3, 38);
        let found = UsageAnomaly::UnusedHour { hour: TODAY + 3, calls: 38 };
        assert_eq!(told(&past(14), &night), std::slice::from_ref(&found));
        assert_eq!(told(&past(13), &night), [], "too little is known");
        assert_eq!(told(&past(14), &night[..9]), [], "that may be chance");
        assert_eq!(told(&past(14), &calls("/search", TODAY + 8, 38)), [], "the clocks may have changed");
        let mut later = past(14);
        later.hours.insert(TODAY + 3, 38);
        assert_eq!(told(&later, &night), [], "the same night");
        let next_hour = calls("/search", TODAY + 4, 38);
        assert_eq!(told(&later, &next_hour), []);
        assert_eq!(told(&past(14), &[night, next_hour].concat()), [found], "one batch");
    }

    #[test]
    fn far_more_calls_than_ever_at_that_hour_are_told_when_they_are_reached() {
        let busy = calls("/search", TODAY + 10, 61);
        let found = UsageAnomaly::BusyHour { hour: TODAY + 10, calls: 61, most: 12 };
        assert_eq!(told(&past(14), &busy), std::slice::from_ref(&found));
        assert_eq!(told(&past(14), &busy[..60]), []);
        let mut later = past(14);
        later.hours.insert(TODAY + 10, 60);
        assert_eq!(told(&later, &busy[..1]), [found]);
        later.hours.insert(TODAY + 10, 61);
        assert_eq!(told(&later, &busy[..1]), []);
    }

    proptest! {
        #[test]
        fn an_hour_is_told_at_most_once_however_its_calls_come(parts in proptest::collection::vec(1usize..30, 1..12)) {
            let mut past = past(20);
            let mut told = 0;
            for part in parts {
                told += detect_anomalies(&past, &calls("/search", TODAY + 3, part)).len();
                *past.hours.entry(TODAY + 3).or_default() += part as u64;
            }
            prop_assert!(told <= 1);
        }
    }
}
