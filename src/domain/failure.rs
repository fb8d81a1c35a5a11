//! How asking for a key, or polling with it, can fail; each with a sentence and a way out.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::quota::Limits;

/// Why a poll brought no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollFailureKind {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429.
    RateLimited,
    /// The name of the host could not be resolved.
    Dns,
    /// No connection, or one that broke.
    Connection,
    /// No safe connection: the certificate or the handshake.
    Tls,
    /// No whole answer in time.
    Timeout,
    /// 5xx.
    ServerError,
    /// An answer that is no `/me` body: another status, a redirect, too large, not JSON.
    UnexpectedAnswer,
    /// This machine can't make requests at all, such as one without CA certificates.
    Client,
}

impl PollFailureKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Unauthorized,
        Self::Forbidden,
        Self::RateLimited,
        Self::Dns,
        Self::Connection,
        Self::Tls,
        Self::Timeout,
        Self::ServerError,
        Self::UnexpectedAnswer,
        Self::Client,
    ];

    /// The kind with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is the service's word on the key, and not on how it or the way to it fares.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// The word that stands in JSON and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate-limited",
            Self::Dns => "dns",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::ServerError => "server-error",
            Self::UnexpectedAnswer => "unexpected-answer",
            Self::Client => "client",
        }
    }

    /// Whether the service was not reached at all, so that this machine's network may be the cause.
    #[must_use]
    pub fn is_network(self) -> bool {
        matches!(self, Self::Dns | Self::Connection | Self::Tls | Self::Timeout)
    }
}

/// A poll that brought no sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollFailure {
    /// What kind it is.
    pub kind: PollFailureKind,
    /// One plain sentence for the user, safe to show: what happened.
    pub message: String,
    /// How long the service asked to wait, as it said.
    pub retry_after: Option<SignedDuration>,
    /// Whether the request may have reached the service, and so counts against the key's limits.
    pub counts: bool,
    /// The service's own clock, where it answered.
    pub server_clock: Option<Timestamp>,
    /// The limits that its headers told, where it answered.
    pub limits: Limits,
}

/// Why no key could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFailureKind {
    /// No source has one.
    Missing,
    /// The key store is locked.
    Locked,
    /// The key store is locked, and its question for the password was dismissed or could not be asked.
    Dismissed,
    /// The key store, or the way to it, does not let this program in.
    Denied,
    /// There is no session in which a key store could run.
    NoSession,
    /// There is a session, and no key store runs in it.
    NoService,
    /// The key store has no place that takes new keys.
    NoCollection,
    /// The key store can't be reached, or does not work, for another reason.
    Unavailable,
    /// The key store gave no answer, in time or at all: a change may have been made, or be made later.
    Slow,
    /// The key store gave no answer in time, and the change was not begun: it will never be made.
    Withdrawn,
    /// The key store has another key than the one that was to be changed: nothing was changed.
    Changed,
    /// The key store holds two entries of the same name.
    Ambiguous,
    /// A source has something that can be no key.
    Invalid,
    /// The key store has something that can be no key.
    Entry,
    /// A key file that others may read, or that can't be read.
    File,
    /// The key command failed, took too long, or printed what can be no key.
    Command,
    /// The encrypted key file was made with another passphrase.
    WrongPassphrase,
    /// The encrypted key file is no such file, or no longer whole.
    Damaged,
    /// The encrypted key file is one that this version does not open.
    Unsupported,
}

impl KeyFailureKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Missing,
        Self::Locked,
        Self::Dismissed,
        Self::Denied,
        Self::NoSession,
        Self::NoService,
        Self::NoCollection,
        Self::Unavailable,
        Self::Slow,
        Self::Withdrawn,
        Self::Ambiguous,
        Self::Invalid,
        Self::Entry,
        Self::File,
        Self::Command,
        Self::WrongPassphrase,
        Self::Damaged,
        Self::Unsupported,
    ];

    /// The word that stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Locked => "locked",
            Self::Dismissed => "dismissed",
            Self::Denied => "denied",
            Self::NoSession => "no-session",
            Self::NoService => "no-service",
            Self::NoCollection => "no-collection",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Withdrawn => "withdrawn",
            Self::Changed => "changed",
            Self::Ambiguous => "ambiguous",
            Self::Invalid | Self::Entry => "invalid",
            Self::File => "file",
            Self::Command => "command",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::Damaged => "damaged",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Why no key could be had, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFailure {
    /// What kind it is.
    pub kind: KeyFailureKind,
    /// One plain sentence: what happened. Never any part of a key.
    pub message: String,
    /// One plain sentence: what to do about it.
    pub remedy: String,
}
