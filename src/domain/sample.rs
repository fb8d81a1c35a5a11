//! Samples: what a poll brought back.

use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::limit::{Contradiction, Limit};
use super::quota::{Quota, QuotaWindow, RequestLimits};
use super::time::day_of;

/// A good answer of `/me`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Arrival of the answer, by this machine's clock.
    pub at: Timestamp,
    /// From the request to the whole answer.
    pub latency: SignedDuration,
    /// The service's own clock (the `Date` header, whole seconds).
    pub server_clock: Option<Timestamp>,
    /// The body.
    pub account: Account,
    /// The headers.
    pub quota: Quota,
}

impl Sample {
    /// The limits of the key. Body and headers may disagree; the smaller figure is the safe one.
    #[must_use]
    pub fn limits(&self) -> RequestLimits {
        let Account { requests_per_minute, requests_per_day, .. } = self.account;
        RequestLimits {
            per_minute: requests_per_minute.stricter(self.quota.minute_limit).cap(),
            per_day: requests_per_day.stricter(self.quota.day_limit).cap(),
            is_day_used_up: self.windows(0, 0).1.is_used_up(),
        }
    }

    /// Requests of the minute and of the day, of which `own_minute` and `own_day` are this product's. What is left
    /// counts against the limit that the headers name with it, and against that of the body only where they name none.
    #[must_use]
    pub fn windows(&self, own_minute: u64, own_day: u64) -> (QuotaWindow, QuotaWindow) {
        let Quota { minute_limit, minute_remaining, day_limit, day_remaining } = self.quota;
        let window = |me: Limit, headers: Limit, remaining: Option<i64>, own: u64| {
            let is_counted = remaining.is_some() && headers.cap().is_some();
            let limit = if is_counted { headers } else { me.stricter(headers) };
            let remaining = remaining.filter(|_| headers == Limit::Unknown || headers == limit);
            let contradiction = Contradiction::between(me, headers);
            let window = QuotaWindow { limit, remaining, own, contradiction, is_over: false };
            QuotaWindow { own: window.used().map_or(own, |used| own.min(used)), ..window }
        };
        let Account { requests_per_minute, requests_per_day, .. } = self.account;
        let minute = window(requests_per_minute, minute_limit, minute_remaining, own_minute);
        (minute, window(requests_per_day, day_limit, day_remaining, own_day))
    }

    /// True for a sample of the requests of the UTC day of `now`, by the service's clock.
    #[must_use]
    pub fn is_of_day(&self, now: Timestamp) -> bool {
        let skew = self.clock_skew().unwrap_or_default();
        let day = |moment: Timestamp| day_of(moment.saturating_add(skew).unwrap_or(moment));
        day(self.at) == day(now)
    }

    /// Lead of the service's clock over this machine's; negative where it lags.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.server_clock.map(|server| server.duration_since(self.at))
    }
}

/// A balance at a moment.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct CreditsPoint {
    /// Moment of the balance.
    pub at: Timestamp,
    /// The balance, in credits; finite.
    pub credits: f64,
    /// Credits a month that were allowed then; `None` where that was not told.
    pub allowance: Option<f64>,
}

impl From<&Sample> for CreditsPoint {
    fn from(sample: &Sample) -> Self {
        let Account { credits_remaining, monthly_allowance, .. } = sample.account;
        Self { at: sample.at, credits: credits_remaining, allowance: monthly_allowance }
    }
}
