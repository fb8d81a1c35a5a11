//! How asking for a key, or polling with it, can fail; each with a sentence and a way out.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

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
}

/// Why no key could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFailureKind {
    /// No source has one.
    Missing,
    /// The key store is locked, or unlocking it was refused.
    Locked,
    /// There is no key store here, or it can't be reached.
    Unavailable,
    /// The key store gave no answer in time.
    Slow,
    /// The key store holds two entries of the same name.
    Ambiguous,
    /// A source has something that can be no key.
    Invalid,
    /// A key file that others may read, or that can't be read.
    File,
    /// The key command failed or took too long.
    Command,
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
