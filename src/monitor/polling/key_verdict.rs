//! The verdict on a key since its newest sample, as all processes are told it.

use jiff::Timestamp;

pub use super::backoff::Backoff;
use super::confirmation::RefusalStreak;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::quota::RequestLimits;

/// Outcome of the calls that brought no sample, and when the next may be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyVerdict {
    /// End of the newest call, whatever came of it.
    pub at: Option<Timestamp>,
    /// Reason for which that brought no sample.
    pub failure: Option<PastFailure>,
    /// Failures in a row.
    pub failures: u32,
    /// The service's verdict on the key or its account (401, 402, 403), which stands until a newer word of the service.
    pub refusal: Option<PastFailure>,
    /// The refusals since the key was accepted last, those among them that are not confirmed yet.
    pub refusals: Option<RefusalStreak<Timestamp>>,
    /// Time since which the service has not been reached.
    pub unreachable_since: Option<Timestamp>,
    /// Wait of the next timed poll.
    pub backoff: Option<Backoff>,
    /// The limits that the headers of answers without a sample told.
    pub header_limits: RequestLimits,
    /// Time until which no request is left, by those headers: the end of the day.
    pub day_used_up_until: Option<Timestamp>,
}

/// A failure that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PastFailure<T = Timestamp> {
    /// Cause of the failure.
    pub cause: RequestError,
    /// Time of the failure.
    pub at: T,
}

impl<T> PastFailure<T> {
    /// A failure at a moment.
    #[must_use]
    pub fn new(failure: &PollError, at: T) -> Self {
        Self { cause: (*failure.cause).clone(), at }
    }

    /// Kind of the failure.
    #[must_use]
    pub fn kind(&self) -> PollErrorKind {
        self.cause.kind()
    }

    /// The same by another clock.
    #[must_use]
    pub fn map<U>(&self, clock: impl FnOnce(&T) -> U) -> PastFailure<U> {
        PastFailure { cause: self.cause.clone(), at: clock(&self.at) }
    }

    /// The failure, as far as it is remembered.
    #[must_use]
    pub fn failure(&self) -> PollError {
        PollError::new(self.cause.clone(), true)
    }
}
