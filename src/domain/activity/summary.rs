//! Calls of a key, summed up by endpoint and span.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::call::UsageCall;

/// Calls, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct UsageTotal {
    /// Number of calls.
    pub calls: u64,
    /// Number of those that were answered with a status of 400 or above.
    pub errors: u64,
    /// Credits that they cost, 0 or more.
    pub credits: f64,
    /// Number of those that tell how long the answer took.
    pub timed: u64,
    /// Time that the answers of these took, together.
    pub response_time: SignedDuration,
    /// Time that the slowest of these answers took.
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

    /// Mean time of an answer, where it was told of any.
    #[must_use]
    pub fn mean(&self) -> Option<SignedDuration> {
        let mean = self.response_time.as_millis().checked_div(i128::from(self.timed))?;
        i64::try_from(mean).ok().map(SignedDuration::from_millis)
    }
}

/// Span of a summary, which ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummarySpan {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl SummarySpan {
    /// Every span, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Hours of the span, the present one included.
    #[must_use]
    pub fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Quarter => 90 * 24,
        }
    }
}

/// The calls of one endpoint.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct EndpointTotal {
    /// Endpoint, as in [`UsageCall::endpoint`].
    pub endpoint: String,
    /// Its calls.
    pub total: UsageTotal,
}

/// The calls of a span, most frequent endpoints first.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
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
