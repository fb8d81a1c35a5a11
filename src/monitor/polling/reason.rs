//! The reason for the next poll.

/// Reason for the moment of a key's next poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollReason {
    /// There is no key to poll with.
    NoKey,
    /// The first poll with this key.
    First,
    /// The regular interval.
    Interval,
    /// The operator asked; the limits allow it only then.
    Refresh,
    /// The operator paused timed polls.
    Paused,
    /// A refusal (401) is confirmed by a second try.
    Confirmation,
    /// The key is refused; asked ever more seldom until it changes.
    Refused,
    /// Another key met a refusal or an outage; this one shows whether all do.
    Probe,
    /// The service asked to wait (`Retry-After`, or a 429).
    RateLimited,
    /// The last poll failed; tried ever more seldom.
    Backoff,
    /// Few requests of this day are left: the applications come first.
    Reserve,
    /// This product's share of the day is used up.
    Budget,
    /// The key's limits are not known yet: calls are few until they are.
    UnknownLimits,
    /// There is no place to count calls in: only what the operator asks for is asked.
    NoRequestLog,
    /// Another process of this user polls the key; its answers are taken over.
    Follow,
    /// The key is not known here, and no other process of this user polls it.
    NotPolled,
}

impl PollReason {
    /// Reasons that hold for all processes, with the words that stand in the store.
    const KEPT: [(Self, &str); 5] = [
        (Self::Confirmation, "confirmation"),
        (Self::Refused, "refused"),
        (Self::RateLimited, "rate-limited"),
        (Self::Backoff, "backoff"),
        (Self::Reserve, "reserve"),
    ];

    /// Word that stands in the store; `None` for what holds for one process alone.
    #[must_use]
    pub fn kept_word(self) -> Option<&'static str> {
        Self::KEPT.into_iter().find(|(reason, _)| *reason == self).map(|(_, word)| word)
    }

    /// Reason with that word in the store.
    #[must_use]
    pub fn from_kept_word(word: &str) -> Option<Self> {
        Self::KEPT.into_iter().find(|(_, kept)| *kept == word).map(|(reason, _)| reason)
    }

    /// True for a poll that the operator's pause holds back.
    #[must_use]
    pub fn is_timed(self) -> bool {
        !matches!(self, Self::Refresh | Self::Confirmation | Self::Probe)
    }
}
