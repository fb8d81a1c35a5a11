//! How asking for a key, polling with it, or storing one can fail.

mod key;
mod storing;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::quota::Limits;
#[cfg(test)]
pub use key::examples;
pub use key::{CommandFault, Exit, FileFault, Keeper, KeyFailure, KeyFailureKind, KeyringFault, NoAnswer, VaultFault};
pub use storing::{RemovalError, StoringError};

/// Why a poll brought no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
