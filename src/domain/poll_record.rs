//! What came of a poll, as it is remembered.

use jiff::{SignedDuration, Timestamp};

use super::error::PollErrorKind;

/// A poll that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PollRecord<T = Timestamp> {
    /// End of the poll.
    pub at: T,
    /// What came of it.
    pub outcome: RecordedOutcome,
}

/// What came of a poll that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RecordedOutcome {
    /// A sample; with the time from the request to the whole answer, above zero, where that is known.
    Answered(Option<SignedDuration>),
    /// No sample.
    Failed(PollErrorKind),
}

impl RecordedOutcome {
    /// A sample after so long a time, of which zero tells nothing.
    #[must_use]
    pub fn answered(latency: SignedDuration) -> Self {
        Self::Answered(Some(latency).filter(SignedDuration::is_positive))
    }

    /// Time that the answer took, where it is known.
    #[must_use]
    pub fn latency(self) -> Option<SignedDuration> {
        match self {
            Self::Answered(latency) => latency,
            Self::Failed(_) => None,
        }
    }

    /// True for an outcome of the same kind, however long it took.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Answered(_), Self::Answered(_)) => true,
            (Self::Failed(kind), Self::Failed(other)) => kind == other,
            _ => false,
        }
    }
}

impl<T> PollRecord<T> {
    /// The same by another clock.
    #[must_use]
    pub fn map<U>(self, clock: impl FnOnce(T) -> U) -> PollRecord<U> {
        PollRecord { at: clock(self.at), outcome: self.outcome }
    }
}
