//! Activity of a key: the calls that `GET /usage` lists, summed up by hour and endpoint.

mod anomaly;
mod call;
mod hourly;
mod own_calls;
mod page;
mod pager;
mod summary;

use jiff::Timestamp;

pub use anomaly::{UsageAnomaly, UsageBaseline, detect_anomalies};
pub use call::{
    ENDPOINT_LENGTH_MAX, ENDPOINTS_MAX, FURTHER_ENDPOINTS, UNKNOWN_ENDPOINT, UsageCall, hour, is_own_endpoint,
};
pub use hourly::HourlyCalls;
pub use own_calls::match_own_calls;
pub use page::UsagePage;
pub use pager::{PAGE_LENGTH, PAGES_MAX, ScannedUsage, UsagePager};
pub use summary::{EndpointTotal, SummarySpan, UsageSummary, UsageTotal};

use super::error::PollError;

/// Activity of a key, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ActivityRecord {
    /// Last request to the service for it, by this machine's clock.
    pub read_at: Option<Timestamp>,
    /// All calls up to here were read, on the service's clock.
    pub read_until: Option<Timestamp>,
    /// Moment from which on no call is missing, on the service's clock; `None` before the first reading.
    pub known_from: Option<Timestamp>,
    /// The last call by others, on the service's clock.
    pub last_other: Option<Timestamp>,
    /// The calls of each of [`SummarySpan::ALL`].
    pub summaries: [UsageSummary; 4],
    /// The hours with a call, as far back as the longest span reaches, oldest first.
    pub hours: Vec<HourlyCalls>,
}

impl ActivityRecord {
    /// The first call by others with a key that was made then, to the hour, on the service's clock; `None` where there was
    /// none, or calls since then may be missing.
    #[must_use]
    pub fn first_use(&self, created_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let is_known = self.known_from? <= created_at;
        let reaches_back = hour(created_at) > hour(now).saturating_sub(SummarySpan::Quarter.hours());
        let first = self.hours.iter().find(|one| one.others > 0 && one.hour >= hour(created_at));
        let first = first.filter(|_| is_known && reaches_back)?;
        Timestamp::from_second(first.hour.saturating_mul(3_600)).ok().map(|at| at.max(created_at))
    }

    /// The calls of a span.
    #[must_use]
    pub fn summary(&self, span: SummarySpan) -> &UsageSummary {
        &self.summaries[span as usize]
    }
}

/// Outcome of keeping a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageUpdate {
    /// Anomalies in the calls that were not known before.
    pub anomalies: Vec<UsageAnomaly>,
    /// Activity of the key by now.
    pub record: ActivityRecord,
}

/// A good answer of `/usage`.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageResponse {
    /// The page.
    pub page: UsagePage,
    /// The service's own clock (the `Date` header, whole seconds).
    pub server_clock: Option<Timestamp>,
}

/// Reason for which `/usage` did not answer.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageError {
    /// The service has no such endpoint, or not for this key (403, 404, 405).
    NotAvailable(PollError),
    /// It may answer another time.
    Failed(PollError),
}

impl UsageError {
    /// Failure of the request.
    #[must_use]
    pub fn failure(&self) -> &PollError {
        match self {
            Self::NotAvailable(failure) | Self::Failed(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    /// A key whose calls are known from a moment on, with a call by others and one of ours in such hours.
    fn record(known_from: &str, others: &str, own: &str) -> ActivityRecord {
        let call = |text: &str, others, own| HourlyCalls { hour: hour(at(text)), others, own };
        let mut hours = vec![call(others, 1, 0), call(own, 0, 1)];
        hours.sort_by_key(|one| one.hour);
        ActivityRecord { known_from: Some(at(known_from)), hours, ..ActivityRecord::default() }
    }

    #[test]
    fn the_first_use_is_the_first_call_by_others_of_those_that_are_all_known() {
        let (created, now) = (at("10T09:40"), at("29T12:00"));
        let first_use = |known_from, others| record(known_from, others, "10T10:00").first_use(created, now);
        assert_eq!(first_use("10T09:40", "12T08:15"), Some(at("12T08:00")));
        assert_eq!(first_use("10T09:40", "10T09:50"), Some(created), "in the hour of the creation");
        assert_eq!(first_use("10T09:41", "12T08:15"), None, "calls may be missing");
        assert_eq!(first_use("10T09:40", "09T08:15"), None, "a call from before the creation");
        let long_after = created + SignedDuration::from_hours(90 * 24);
        assert_eq!(record("10T09:40", "12T08:15", "10T10:00").first_use(created, long_after), None);
    }
}
