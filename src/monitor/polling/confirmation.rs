//! The second try after a refusal (401): one refusal alone says nothing, a second one confirms it.

use jiff::{SignedDuration, Timestamp};

use crate::domain::api_key::Fingerprint;
use crate::domain::time::Elapsed;

/// Time after which a first refusal is confirmed.
pub const CONFIRMATION: SignedDuration = SignedDuration::from_secs(5);
/// Waits before a refused key is asked again; the last one each time from then on.
const REFUSED: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
];

/// Refusals of a key since it was accepted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalStreak<T = Elapsed> {
    /// Time at which the poll of the first one began.
    pub since: T,
    /// Time at which the poll of the last one began.
    pub asked_at: T,
    /// Number of refusals.
    pub count: u32,
    /// True once one of them came after another key was accepted, so that they are of this key alone.
    pub is_alone: bool,
}

impl RefusalStreak {
    /// Streak with one more refusal, of a poll that began at `asked_at`.
    #[must_use]
    pub fn after(before: Option<Self>, asked_at: Elapsed) -> Self {
        let first = Self { since: asked_at, asked_at, count: 0, is_alone: false };
        let before = before.unwrap_or(first);
        Self { asked_at, count: before.count.saturating_add(1), ..before }
    }

    /// True once a second try has confirmed the first refusal.
    #[must_use]
    pub fn is_confirmed(self) -> bool {
        self.count > 1
    }

    /// Wait before the next poll.
    #[must_use]
    pub fn backoff(self) -> SignedDuration {
        let confirmed = self.count.checked_sub(2).and_then(|number| usize::try_from(number).ok());
        confirmed.map_or(CONFIRMATION, |number| REFUSED[number.min(REFUSED.len() - 1)])
    }
}

impl<T> RefusalStreak<T> {
    /// The same streak by another clock.
    pub fn map<U>(self, clock: impl Fn(T) -> U) -> RefusalStreak<U> {
        let Self { since, asked_at, count, is_alone } = self;
        RefusalStreak { since: clock(since), asked_at: clock(asked_at), count, is_alone }
    }
}

/// Refusals of a key that may be none of this run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherKey<T = Timestamp> {
    /// The key.
    pub fingerprint: Fingerprint,
    /// The refusals since it was accepted last.
    pub refusals: Option<RefusalStreak<T>>,
    /// Time at which it was accepted last.
    pub accepted_at: Option<T>,
}
