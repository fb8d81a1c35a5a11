//! What one poll brought back.

use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::quota::{Limits, Quota, Window};

/// A good answer of `/me`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When the answer came, by this machine's clock.
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
    pub fn limits(&self) -> Limits {
        let smaller = |body: Option<u64>, header: Option<u64>| match (body, header) {
            (Some(body), Some(header)) => Some(body.min(header)),
            (body, header) => body.or(header),
        };
        Limits {
            per_minute: smaller(self.account.requests_per_minute, self.quota.minute_limit),
            per_day: smaller(self.account.requests_per_day, self.quota.day_limit),
        }
    }

    /// Requests of the minute and of the day, of which `own_minute` and `own_day` are this product's. What is left
    /// counts against the limit that the headers name with it.
    #[must_use]
    pub fn windows(&self, own_minute: u64, own_day: u64) -> (Window, Window) {
        let Quota { minute_limit, minute_remaining, day_limit, day_remaining } = self.quota;
        let limits = self.limits();
        let window = |limit, header_limit: Option<u64>, remaining: Option<u64>, own: u64| {
            let limit = if remaining.is_some() { header_limit.or(limit) } else { limit };
            let window = Window { limit, remaining, own };
            Window { own: window.used().map_or(own, |used| own.min(used)), ..window }
        };
        let minute = window(limits.per_minute, minute_limit, minute_remaining, own_minute);
        (minute, window(limits.per_day, day_limit, day_remaining, own_day))
    }

    /// How far the service's clock stands ahead of this machine's.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.server_clock.map(|server| server.duration_since(self.at))
    }
}

/// A balance at a moment, for a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CreditsPoint {
    /// When.
    pub at: Timestamp,
    /// The balance, in credits; finite.
    pub credits: f64,
}
