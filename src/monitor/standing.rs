//! How a key stands since its newest sample, as all processes are told it.

use jiff::Timestamp;

use super::refusals::RefusalStreak;
use super::report::PollReason;
use crate::domain::failure::{Cause, PollFailure, PollFailureKind};
use crate::domain::quota::Limits;

/// What calls came to that brought no sample, and when the next may be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// When the newest call ended, whatever came of it.
    pub at: Option<Timestamp>,
    /// Why that brought no sample.
    pub failure: Option<Setback>,
    /// Failures in a row.
    pub failures: u32,
    /// The service's verdict on the key or its account (401, 402, 403), which stands until a newer word of the service.
    pub refusal: Option<Setback>,
    /// The refusals since the key was accepted last, those among them that are not confirmed yet.
    pub refusals: Option<RefusalStreak<Timestamp>>,
    /// Since when the service has not been reached.
    pub cut_off_since: Option<Timestamp>,
    /// What the next timed poll waits for.
    pub look: Option<Look>,
    /// The limits that the headers of answers without a sample told.
    pub told: Limits,
    /// Until when no request is left, by those headers: the end of the day.
    pub day_used_up_until: Option<Timestamp>,
}

/// A failure that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setback<T = Timestamp> {
    /// What happened, and by whose doing.
    pub cause: Cause,
    /// When.
    pub at: T,
}

impl<T> Setback<T> {
    /// A failure at a moment.
    #[must_use]
    pub fn new(failure: &PollFailure, at: T) -> Self {
        Self { cause: (*failure.cause).clone(), at }
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> PollFailureKind {
        self.cause.kind()
    }

    /// The same by another clock.
    #[must_use]
    pub fn map<U>(&self, clock: impl FnOnce(&T) -> U) -> Setback<U> {
        Setback { cause: self.cause.clone(), at: clock(&self.at) }
    }

    /// The failure, as far as it is remembered.
    #[must_use]
    pub fn failure(&self) -> PollFailure {
        PollFailure::new(self.cause.clone(), true)
    }
}

/// When a key is looked at again, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look<T = Timestamp> {
    /// Timed polls wait until then.
    pub at: T,
    /// What for.
    pub reason: PollReason,
    /// Whether a person has asked in spite of a pause that the service asked for.
    pub is_spent: bool,
}

impl<T: Copy + Ord> Look<T> {
    /// The same, not before a pause is over. A confirmation stays one, however late.
    #[must_use]
    pub fn not_before(self, pause: &Self) -> Self {
        let is_confirmation = self.reason == PollReason::Confirmation;
        let reason = if is_confirmation { self.reason } else { pause.reason };
        if pause.at > self.at { Self { at: pause.at, reason, ..self } } else { self }
    }
}

impl<T> Look<T> {
    /// The same by another clock.
    pub fn map<U>(self, clock: impl FnOnce(T) -> U) -> Look<U> {
        Look { at: clock(self.at), reason: self.reason, is_spent: self.is_spent }
    }
}
