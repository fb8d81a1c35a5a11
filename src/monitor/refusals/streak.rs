//! Refusals (401) of a key in a row, of this run or as other processes told them.

use jiff::{SignedDuration, Timestamp};

use crate::domain::api_key::Fingerprint;

/// The refusals of a key since it was accepted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalStreak<T = SignedDuration> {
    /// Time at which the first one was asked for.
    pub since: T,
    /// Time at which the last one was.
    pub asked_at: T,
    /// Number of refusals.
    pub count: u32,
    /// True when one of them came after another key was accepted, so that they are of this key alone.
    pub is_alone: bool,
}

impl RefusalStreak {
    /// With one more refusal, of a question asked at that moment.
    #[must_use]
    pub fn after(before: Option<Self>, asked_at: SignedDuration) -> Self {
        let first = Self { since: asked_at, asked_at, count: 0, is_alone: false };
        let before = before.unwrap_or(first);
        Self { asked_at, count: before.count.saturating_add(1), ..before }
    }

    /// True when a second try has confirmed the first refusal.
    #[must_use]
    pub fn is_confirmed(self) -> bool {
        self.count > 1
    }
}

impl<T> RefusalStreak<T> {
    /// The same by another clock.
    pub fn map<U>(self, clock: impl Fn(T) -> U) -> RefusalStreak<U> {
        let Self { since, asked_at, count, is_alone } = self;
        RefusalStreak { since: clock(since), asked_at: clock(asked_at), count, is_alone }
    }
}

/// State of a key that may be none of this run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherKey<T = Timestamp> {
    /// The key.
    pub fingerprint: Fingerprint,
    /// The refusals since it was accepted last.
    pub refusals: Option<RefusalStreak<T>>,
    /// Time at which it was accepted last.
    pub accepted_at: Option<T>,
}
