//! One call of a key, as `GET /usage` lists it.

use jiff::{SignedDuration, Timestamp};

/// The longest name of an endpoint that is kept, in characters.
pub const ENDPOINT_LENGTH_MAX: usize = 32;
/// Name for an endpoint that the service did not tell.
pub const UNKNOWN_ENDPOINT: &str = "not told";

/// Name for all endpoints beyond [`ENDPOINTS_MAX`].
pub const FURTHER_ENDPOINTS: &str = "further endpoints";
/// The most endpoints of a key that are told apart.
pub const ENDPOINTS_MAX: usize = 32;

/// A call of a key, by whomever.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageCall {
    /// Moment of the call, on the service's clock.
    pub at: Timestamp,
    /// The path after the base URL, safe to show; [`UNKNOWN_ENDPOINT`] where it was not told.
    pub endpoint: String,
    /// The status of the answer; `None` where it was not told.
    pub status_code: Option<u16>,
    /// Credits that it cost; finite and not negative, 0 where it was not told.
    pub credits: f64,
    /// Time that the answer took, at most an hour; `None` where it was not told.
    pub response_time: Option<SignedDuration>,
}

impl UsageCall {
    /// True when the answer was an error: a status of 400 or above.
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

/// True for an endpoint that this monitor itself calls.
#[must_use]
pub fn is_own_endpoint(endpoint: &str) -> bool {
    matches!(endpoint, "/me" | "/usage")
}
