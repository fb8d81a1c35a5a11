//! Who uses a key for what: the calls that `GET /usage` lists, summed up by hour and endpoint.

mod anomaly;
mod own_calls;
mod page;
mod pager;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use anomaly::{UsageAnomaly, UsageBaseline, detect_anomalies};
pub use own_calls::match_own_calls;
pub use page::{ParseUsagePageError, UsagePage};
pub use pager::{PAGE_LENGTH, PAGES_MAX, UsagePager};

use super::error::PollError;

/// The longest name of an endpoint that is kept, in characters.
pub const ENDPOINT_LENGTH_MAX: usize = 32;
/// What stands for the name of an endpoint that the service did not tell.
pub const UNKNOWN_ENDPOINT: &str = "not told";

/// What stands for all endpoints beyond [`ENDPOINTS_MAX`].
pub const FURTHER_ENDPOINTS: &str = "further endpoints";
/// The most endpoints of a key that are told apart.
pub const ENDPOINTS_MAX: usize = 32;

/// A call of a key, by whomever.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageCall {
    /// When, on the service's clock.
    pub at: Timestamp,
    /// The path after the base URL, safe to show; [`UNKNOWN_ENDPOINT`] where it was not told.
    pub endpoint: String,
    /// The status of the answer; `None` where it was not told.
    pub status_code: Option<u16>,
    /// Credits that it cost; finite and not negative, 0 where it was not told.
    pub credits: f64,
    /// How long the answer took, at most an hour; `None` where it was not told.
    pub response_time: Option<SignedDuration>,
}

impl UsageCall {
    /// Whether the answer was an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status_code.is_some_and(|status| status >= 400)
    }

    /// The number of its hour since 1970.
    #[must_use]
    pub fn hour(&self) -> i64 {
        hour(self.at)
    }
}

/// The number of an hour since 1970.
#[must_use]
pub fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3_600)
}

/// Whether the monitor itself calls an endpoint.
#[must_use]
pub fn is_own_endpoint(endpoint: &str) -> bool {
    matches!(endpoint, "/me" | "/usage")
}

/// Calls, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UsageTotal {
    /// How many there were.
    pub calls: u64,
    /// How many of them were answered with a status of 400 or above.
    pub errors: u64,
    /// What they cost, in credits.
    pub credits: f64,
    /// How many of them tell how long the answer took.
    pub timed: u64,
    /// How long these took, together.
    pub response_time: SignedDuration,
    /// How long the slowest of them took.
    pub slowest: SignedDuration,
}

impl UsageTotal {
    /// Adds a call.
    pub fn add(&mut self, call: &UsageCall) {
        self.merge(&Self {
            calls: 1,
            errors: u64::from(call.is_error()),
            credits: call.credits,
            timed: u64::from(call.response_time.is_some()),
            response_time: call.response_time.unwrap_or_default(),
            slowest: call.response_time.unwrap_or_default(),
        });
    }

    /// Adds the calls of another total.
    pub fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.errors = self.errors.saturating_add(other.errors);
        self.credits += other.credits;
        self.timed = self.timed.saturating_add(other.timed);
        self.response_time = self.response_time.saturating_add(other.response_time);
        self.slowest = self.slowest.max(other.slowest);
    }

    /// How long an answer took on average, where it was told of any.
    #[must_use]
    pub fn mean(&self) -> Option<SignedDuration> {
        let mean = self.response_time.as_millis().checked_div(i128::from(self.timed))?;
        i64::try_from(mean).ok().map(SignedDuration::from_millis)
    }
}

/// How much of the past a summary covers, up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummarySpan {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
}

impl SummarySpan {
    /// Every span, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// How many hours it covers, the present one included.
    #[must_use]
    pub fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        }
    }
}

/// The calls of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointTotal {
    /// Which.
    pub endpoint: String,
    /// Its calls.
    pub total: UsageTotal,
}

/// The calls of a span, most frequent endpoints first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageSummary {
    /// Calls by others.
    pub others: Vec<EndpointTotal>,
    /// Calls of this product.
    pub own: Vec<EndpointTotal>,
}

impl UsageSummary {
    /// Sums up totals of endpoints, each with whether the calls are this product's own.
    pub fn new(totals: impl IntoIterator<Item = (String, bool, UsageTotal)>) -> Self {
        let mut sums: [BTreeMap<String, UsageTotal>; 2] = Default::default();
        for (endpoint, own, total) in totals {
            sums[usize::from(own)].entry(endpoint).or_default().merge(&total);
        }
        let [others, own] = sums.map(|sums| {
            let mut totals: Vec<_> =
                sums.into_iter().map(|(endpoint, total)| EndpointTotal { endpoint, total }).collect();
            totals.sort_by_key(|of| std::cmp::Reverse(of.total.calls));
            totals
        });
        Self { others, own }
    }

    /// All calls by others.
    #[must_use]
    pub fn by_others(&self) -> UsageTotal {
        self.others.iter().fold(UsageTotal::default(), |mut sum, of| {
            sum.merge(&of.total);
            sum
        })
    }
}

/// What is known of the activity of a key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivityRecord {
    /// When the service was last asked for it, by this machine's clock.
    pub read_at: Option<Timestamp>,
    /// All calls up to here were read, on the service's clock.
    pub read_until: Option<Timestamp>,
    /// From here on no call is missing, on the service's clock; `None` before the first reading.
    pub known_from: Option<Timestamp>,
    /// The last call by others, on the service's clock.
    pub last_other: Option<Timestamp>,
    /// The calls of each of [`SummarySpan::ALL`].
    pub summaries: [UsageSummary; 3],
}

impl ActivityRecord {
    /// The calls of a span.
    #[must_use]
    pub fn summary(&self, span: SummarySpan) -> &UsageSummary {
        &self.summaries[span as usize]
    }
}

/// What came of looking through `/usage`, to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedUsage {
    /// The calls, newest first.
    pub calls: Vec<UsageCall>,
    /// Whether the service lists no older calls.
    pub exhausted: bool,
    /// How far the service's clock stands ahead of this machine's.
    pub skew: SignedDuration,
}

/// What came of keeping a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageUpdate {
    /// What is unusual in the calls that were not known before.
    pub anomalies: Vec<UsageAnomaly>,
    /// What is known now.
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

/// Why `/usage` did not answer.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageError {
    /// The service has no such endpoint, or not for this key (403, 404, 405).
    NotAvailable(PollError),
    /// It may answer another time.
    Failed(PollError),
}

impl UsageError {
    /// What went wrong.
    #[must_use]
    pub fn failure(&self) -> &PollError {
        match self {
            Self::NotAvailable(failure) | Self::Failed(failure) => failure,
        }
    }
}
