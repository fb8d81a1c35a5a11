//! The word for the kind of failure that brought no sample.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Kind of failure that brought no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum PollErrorKind {
    /// 401.
    Unauthorized,
    /// 402: the account is out of credits. The key is accepted.
    CreditsOut,
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
    /// The proxy on the way to the service.
    Proxy,
    /// 5xx.
    ServerError,
    /// An answer that is no `/me` body: another status, a redirect, too large, not JSON, not of the service.
    UnexpectedAnswer,
    /// This machine can't make requests at all, such as one without CA certificates.
    Client,
}

impl PollErrorKind {
    /// True for the service's refusal of the key; false for a fault of the service or of the way to it.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// True for the service's word on the key or its account, which stands until a newer word of the service.
    #[must_use]
    pub fn is_verdict(self) -> bool {
        self.is_refusal() || self == Self::CreditsOut
    }

    /// True when the service was not heard, so that nothing is known of the key: this machine, the way to the service,
    /// or the service itself may be the cause.
    #[must_use]
    pub fn is_outage(self) -> bool {
        !self.is_verdict() && self != Self::RateLimited
    }

    /// The word that stands in JSON and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
