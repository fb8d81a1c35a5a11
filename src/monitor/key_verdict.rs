//! How a key stands since its newest sample, as all processes are told it.

use jiff::Timestamp;

use super::refusals::streak::RefusalStreak;
use super::snapshot::PollReason;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::quota::RequestLimits;

/// What calls came to that brought no sample, and when the next may be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyVerdict {
    /// When the newest call ended, whatever came of it.
    pub at: Option<Timestamp>,
    /// Why that brought no sample.
    pub failure: Option<PastFailure>,
    /// Failures in a row.
    pub failures: u32,
    /// The service's verdict on the key or its account (401, 402, 403), which stands until a newer word of the service.
    pub refusal: Option<PastFailure>,
    /// The refusals since the key was accepted last, those among them that are not confirmed yet.
    pub refusals: Option<RefusalStreak<Timestamp>>,
    /// Since when the service has not been reached.
    pub unreachable_since: Option<Timestamp>,
    /// What the next timed poll waits for.
    pub backoff: Option<Backoff>,
    /// The limits that the headers of answers without a sample told.
    pub header_limits: RequestLimits,
    /// Until when no request is left, by those headers: the end of the day.
    pub day_used_up_until: Option<Timestamp>,
}

/// A failure that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastFailure<T = Timestamp> {
    /// What happened, and by whose doing.
    pub cause: RequestError,
    /// When.
    pub at: T,
}

impl<T> PastFailure<T> {
    /// A failure at a moment.
    #[must_use]
    pub fn new(failure: &PollError, at: T) -> Self {
        Self { cause: (*failure.cause).clone(), at }
    }

    /// What kind it is.
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

/// When a key is looked at again, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff<T = Timestamp> {
    /// Timed polls wait until then.
    pub until: T,
    /// What for.
    pub reason: PollReason,
    /// Whether a person has asked in spite of a pause that the service asked for.
    pub is_spent: bool,
}

impl<T: Copy + Ord> Backoff<T> {
    /// The same, not before a pause is over. A confirmation stays one, however late.
    #[must_use]
    pub fn not_before(self, pause: &Self) -> Self {
        let is_confirmation = self.reason == PollReason::Confirmation;
        let reason = if is_confirmation { self.reason } else { pause.reason };
        if pause.until > self.until { Self { until: pause.until, reason, ..self } } else { self }
    }
}

impl<T> Backoff<T> {
    /// The same by another clock.
    pub fn map<U>(self, clock: impl FnOnce(T) -> U) -> Backoff<U> {
        Backoff { until: clock(self.until), reason: self.reason, is_spent: self.is_spent }
    }
}
