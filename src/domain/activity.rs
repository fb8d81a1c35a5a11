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
