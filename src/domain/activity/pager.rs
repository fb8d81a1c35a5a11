//! Looks through the pages of `/usage` for calls that are not known yet.
//!
//! While pages are read, calls go on, so that the rows move on by some from one page to the next. Each page begins with
//! the last rows of the one before, which tell by how many. The newest calls come first in the documented example; a
//! service that lists the oldest first is read from the end.

use jiff::{SignedDuration, Timestamp};

use super::call::UsageCall;
use super::page::UsagePage;

/// Calls on a page, as they are asked for.
pub const PAGE_LENGTH: u64 = 100;
/// The most pages that are read in one go.
pub const PAGES_MAX: usize = 5;
/// Rows of a page that repeat the end of the one before.
const OVERLAP: u64 = 5;

/// Calls that a look through `/usage` found, to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedUsage {
    /// The calls, newest first.
    pub calls: Vec<UsageCall>,
    /// True when the service lists no older calls.
    pub exhausted: bool,
    /// Lead of the service's clock over this machine's; negative where it lags.
    pub skew: SignedDuration,
}

/// Pages that are being read.
#[derive(Clone, Debug, PartialEq)]
pub struct UsagePager {
    until: Option<Timestamp>,
    /// Newest first.
    rows: Vec<Option<UsageCall>>,
    pages: usize,
    offset: u64,
    overlap: u64,
    oldest_first: bool,
    exhausted: bool,
}

impl UsagePager {
    /// Will read until calls are reached that were made by `until`.
    #[must_use]
    pub fn new(until: Option<Timestamp>) -> Self {
        Self { until, rows: Vec::new(), pages: 0, offset: 0, overlap: 0, oldest_first: false, exhausted: false }
    }

    /// The number of the row with which the next page is to begin.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// True when no call of the key was known before.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.until.is_none()
    }

    /// True when a page was read.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.pages > 0
    }

    /// Takes in a page, and tells whether a further one is needed.
    pub fn add_page(&mut self, page: &UsagePage) -> bool {
        let mut rows = page.rows.clone();
        let length = rows.len() as u64;
        let end = self.offset.saturating_add(length);
        let is_whole = length >= page.limit.unwrap_or(PAGE_LENGTH).min(PAGE_LENGTH);
        let has_more = length > 0 && page.total_count.map_or(is_whole, |total| end < total);
        self.pages += 1;
        if self.pages == 1 && has_more && is_ascending(page) {
            let Some(total) = page.total_count.filter(|total| *total > 0) else { return false };
            self.oldest_first = true;
            self.offset = total.saturating_sub(PAGE_LENGTH);
            return true;
        }
        if self.oldest_first || is_ascending(page) {
            rows.reverse();
        }
        if !self.join(rows) {
            return false;
        }
        self.exhausted = if self.oldest_first { self.offset == 0 } else { !has_more };
        if self.exhausted || self.has_reached_known() || self.pages >= PAGES_MAX {
            return false;
        }
        self.move_on(length);
        true
    }

    fn move_on(&mut self, length: u64) {
        let offset = if self.oldest_first {
            self.offset.saturating_sub(PAGE_LENGTH - OVERLAP)
        } else {
            self.offset + length.saturating_sub(OVERLAP).max(1)
        };
        let moved = offset.abs_diff(self.offset);
        self.overlap = if self.oldest_first { PAGE_LENGTH } else { length }.saturating_sub(moved);
        self.offset = offset;
    }

    /// Adds what is new on a page; `false` where it does not follow on the one before.
    fn join(&mut self, rows: Vec<Option<UsageCall>>) -> bool {
        let overlap = usize::try_from(self.overlap).unwrap_or(usize::MAX).min(self.rows.len());
        let follows = |shared: &usize| rows.get(..*shared).is_some_and(|start| self.rows.ends_with(start));
        let Some(shared) = (overlap..=rows.len().min(self.rows.len())).find(follows) else { return false };
        self.rows.extend(rows.into_iter().skip(shared));
        true
    }

    fn has_reached_known(&self) -> bool {
        self.rows.iter().flatten().any(|call| self.until.is_some_and(|until| call.at <= until))
    }

    /// Calls that were read; `skew` is the lead of the service's clock over this machine's.
    #[must_use]
    pub fn finish(self, skew: SignedDuration) -> ScannedUsage {
        ScannedUsage { calls: self.rows.into_iter().flatten().collect(), exhausted: self.exhausted, skew }
    }
}

fn is_ascending(page: &UsagePage) -> bool {
    let mut calls = page.calls();
    let (first, last) = (calls.next(), calls.next_back());
    first.zip(last).is_some_and(|(first, last)| first.at < last.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(number: i64) -> UsageCall {
        let at = Timestamp::from_second(number / 3).unwrap();
        let response_time = Some(SignedDuration::from_millis(number % 50));
        UsageCall { at, endpoint: "/search".to_owned(), status_code: Some(200), credits: 1.0, response_time }
    }

    /// A service with calls numbered from 0, of which more are made between two pages.
    struct PagedService {
        calls: i64,
        more: i64,
        oldest_first: bool,
        tells_total: bool,
        page_max: u64,
    }

    impl PagedService {
        fn page(&mut self, offset: u64) -> UsagePage {
            let mut numbers: Vec<i64> = (0..self.calls).collect();
            if !self.oldest_first {
                numbers.reverse();
            }
            let (skipped, taken) = (usize::try_from(offset).unwrap(), usize::try_from(self.page_max).unwrap());
            let rows = numbers.into_iter().skip(skipped).take(taken).map(|number| Some(call(number))).collect();
            let total_count = self.tells_total.then_some(self.calls.unsigned_abs());
            self.calls += self.more;
            UsagePage { rows, total_count, limit: Some(self.page_max) }
        }

        fn read(&mut self, until: Option<i64>) -> (ScannedUsage, usize) {
            let mut reading = UsagePager::new(until.map(|second| Timestamp::from_second(second).unwrap()));
            while reading.add_page(&self.page(reading.offset())) {}
            let pages = reading.pages;
            (reading.finish(SignedDuration::ZERO), pages)
        }
    }

    fn service(calls: i64) -> PagedService {
        PagedService { calls, more: 0, oldest_first: false, tells_total: true, page_max: PAGE_LENGTH }
    }

    fn expected(from: i64, to: i64) -> Vec<UsageCall> {
        (from..to).rev().map(call).collect()
    }

    #[test]
    fn a_short_list_is_read_with_one_page() {
        for calls in [0, 1, 99, 100] {
            let (reading, pages) = service(calls).read(None);
            assert_eq!((reading.calls, reading.exhausted, pages), (expected(0, calls), true, 1), "{calls}");
        }
    }

    #[test]
    fn pages_are_read_until_known_calls_are_reached() {
        let (reading, pages) = service(1_000).read(Some(280));
        assert_eq!((pages, reading.exhausted), (2, false));
        assert_eq!(reading.calls, expected(1_000 - 195, 1_000));
    }

    #[test]
    fn a_long_list_is_given_up() {
        let (reading, pages) = service(10_000).read(None);
        assert_eq!((pages, reading.exhausted), (PAGES_MAX, false));
        assert_eq!(reading.calls, expected(10_000 - 480, 10_000));
    }

    #[test]
    fn rows_that_do_not_follow_are_left_out() {
        let (reading, _) = PagedService { more: 200, ..service(1_000) }.read(None);
        assert_eq!((reading.calls, reading.exhausted), (expected(900, 1_000), false));
    }

    #[test]
    fn the_oldest_first_is_read_from_the_end() {
        let (reading, pages) = PagedService { oldest_first: true, ..service(1_000) }.read(Some(300));
        assert_eq!((pages, reading.exhausted), (2, false), "the first page tells the order");
        assert_eq!(reading.calls, expected(900, 1_000));
        let (reading, _) = PagedService { oldest_first: true, ..service(230) }.read(None);
        assert_eq!((reading.calls, reading.exhausted), (expected(0, 230), true));
    }

    proptest! {
        #[test]
        fn every_call_is_read_once_however_rows_move(
            calls in 0i64..460,
            more in 0i64..60,
            (oldest_first, tells_total) in prop_oneof![Just((false, true)), Just((false, false)), Just((true, true))],
            page_max in 30u64..=100,
        ) {
            let page_max = if oldest_first { PAGE_LENGTH } else { page_max };
            let (reading, _) = PagedService { calls, more, oldest_first, tells_total, page_max }.read(None);
            let length = i64::try_from(reading.calls.len()).unwrap();
            let sorted = |mut calls: Vec<UsageCall>| {
                calls.sort_by_key(|call| (call.at, call.response_time));
                calls
            };
            prop_assert_eq!(sorted(reading.calls), sorted(expected(calls - length, calls)));
            prop_assert!(!reading.exhausted || length == calls);
        }
    }
}
