//! The wait of a key's timed polls after a failure or a pause.

use jiff::Timestamp;

use super::reason::PollReason;
use crate::domain::error::{PollError, PollErrorKind};

/// Moment at which a key is asked again, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff<T = Timestamp> {
    /// Timed polls wait until then.
    pub until: T,
    /// Reason of the wait.
    pub reason: PollReason,
    /// True once a person has asked in spite of a pause that the service asked for.
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

    /// True where timed polls go on waiting for this after a failure: until the service accepts the key, or names another
    /// time. Its verdict on the key is worth another look while few requests of the day are left.
    #[must_use]
    pub fn outlasts(&self, failure: &PollError) -> bool {
        let is_named_anew = failure.kind() == PollErrorKind::RateLimited && failure.retry_after.is_some();
        match self.reason {
            PollReason::RateLimited => !is_named_anew,
            PollReason::Reserve => !is_named_anew && !failure.kind().is_refusal(),
            _ => false,
        }
    }
}
