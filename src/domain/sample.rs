//! What one poll brought back.

use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::quota::Quota;

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
