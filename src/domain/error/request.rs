//! Failures of requests, and by whose doing. Text is made of them in `wording`.

use serde::{Deserialize, Serialize};

use super::poll_kind::PollErrorKind;
use crate::domain::text::SanitisedText;

/// Failure of a request: why it brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum RequestError {
    /// The service answered with a status that is no success, in its own words where it gave any.
    Status {
        /// The status of HTTP.
        status: u16,
        /// Words of the service.
        said: Option<SanitisedText>,
    },
    /// Something answered in the service's place: a gateway, or the page on which a network asks to sign in.
    Stranger {
        /// The host that was asked.
        host: SanitisedText,
        /// The status of HTTP.
        status: u16,
    },
    /// The answer names another address, which is not followed.
    Redirect {
        /// The host that was asked.
        host: SanitisedText,
        /// The status of HTTP.
        status: u16,
    },
    /// The answer is a success, and not what was asked for.
    Body {
        /// The status of HTTP.
        status: u16,
        /// Fault of the body.
        fault: BodyError,
    },
    /// The answer is compressed, which nobody asked for.
    Compressed {
        /// The host that was asked.
        host: SanitisedText,
        /// Encoding of the answer, where it told.
        encoding: Option<SanitisedText>,
    },
    /// The answer is larger than is read.
    TooLarge {
        /// The host that was asked.
        host: SanitisedText,
        /// Most that is read of an answer, in KiB.
        limit: u64,
    },
    /// The connection to someone did not come about, or broke.
    Link {
        /// To whom.
        party: Peer,
        /// Fault of the connection.
        fault: ConnectionError,
    },
    /// The proxy answered that it does not let the request through.
    ProxyStatus {
        /// Proxy that answered.
        proxy: Box<ProxyName>,
        /// The host to which it was to lead.
        host: SanitisedText,
        /// The status of HTTP.
        status: u16,
        /// Words of the proxy.
        said: Option<SanitisedText>,
    },
    /// The SOCKS proxy answered that it does not let the request through.
    SocksReply {
        /// Proxy that answered.
        proxy: Box<ProxyName>,
        /// The host to which it was to lead.
        host: SanitisedText,
        /// Its reply in words; `None` where it takes no user of ours.
        reply: Option<SanitisedText>,
    },
    /// A variable of this machine can't be what it should be.
    Variable {
        /// Its name.
        name: SanitisedText,
        /// Fault of the variable.
        fault: VariableError,
    },
    /// This machine has no CA certificates, or they can't be used.
    NoCertificates,
    /// The key can't be sent in a header.
    UnsendableKey,
    /// A fault of this program.
    Interrupted,
    /// Failure as an earlier version of this program told it.
    Told {
        /// Kind of the failure.
        kind: PollErrorKind,
        /// Words that it was told in.
        said: Option<SanitisedText>,
    },
}

/// Party at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// The service, or whom a request is for.
    Service {
        /// Its host, with a port that is not the scheme's own.
        host: SanitisedText,
        /// The proxy that leads to it.
        via: Option<Box<ProxyName>>,
    },
    /// The proxy that is to lead to it.
    Proxy(Box<ProxyName>),
}

/// Name of a proxy: never its user and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyName {
    /// Scheme, host and port.
    pub address: SanitisedText,
    /// The variable that names it; `None` where the system's settings do.
    pub variable: Option<SanitisedText>,
}

/// Fault of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum ConnectionError {
    /// No address is known of the name.
    NoName,
    /// Nor did anybody say so in time.
    NameTimeout {
        /// Milliseconds.
        after: u32,
    },
    /// No way leads there from this machine.
    NoRoute,
    /// It was refused.
    Refused,
    /// It could not be made, for another reason.
    NotMade,
    /// It was not made in time.
    ConnectTimeout {
        /// Milliseconds.
        after: u32,
    },
    /// It is not safe.
    Tls {
        /// Fault of its security.
        reason: TlsError,
    },
    /// It broke before the answer was whole.
    Broke,
    /// No whole answer came in time.
    AnswerTimeout {
        /// Milliseconds.
        after: u32,
        /// True when the answer had begun.
        has_begun: bool,
    },
    /// The answer is not HTTP, or not SOCKS where that was asked for.
    NotHttp,
}

/// Reason for which a connection is not safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsError {
    /// The other side does not speak TLS.
    NotTls,
    /// The other side broke the handshake off.
    Alert,
    /// The handshake failed otherwise.
    Handshake,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    OtherName,
    /// The certificate is signed by someone whom this machine does not trust.
    UnknownIssuer,
    /// The certificate has been revoked.
    Revoked,
    /// The certificate is not acceptable for another reason.
    Certificate,
}

/// Fault of the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyError {
    /// There is none.
    Empty,
    /// It is no JSON.
    NotJson,
    /// It is JSON, and no object.
    NotAnObject,
    /// It has no number of credits.
    NoCredits,
    /// It lists no calls.
    NoCalls,
}

/// Fault of a variable of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum VariableError {
    /// It is no text.
    NotText,
    /// It stands in quotes.
    Quotes,
    /// There are blanks around or in it.
    Blanks,
    /// There are control characters in it.
    Controls,
    /// Its scheme is none that this program knows.
    Scheme {
        /// Scheme, as written.
        scheme: SanitisedText,
    },
    /// It names no host.
    NoHost,
    /// Its port is no number from 1 to 65535.
    Port,
    /// It is no address otherwise.
    NoAddress,
    /// It names certificates that can't be had.
    Certificates {
        /// Reason for which they can't be had.
        fault: CertificateFileError,
    },
}

/// Reason for which certificates can't be had from a file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateFileError {
    /// It does not exist.
    Missing,
    /// It can't be read: what the system says.
    Unreadable(SanitisedText),
    /// It holds none.
    None,
}

impl RequestError {
    /// A fault of the connection to someone.
    #[must_use]
    pub fn link(party: Peer, fault: ConnectionError) -> Self {
        Self::Link { party, fault }
    }

    /// Kind of the failure.
    #[must_use]
    pub fn kind(&self) -> PollErrorKind {
        match self {
            Self::Status { status, .. } => match status {
                401 => PollErrorKind::Unauthorized,
                402 => PollErrorKind::CreditsOut,
                403 => PollErrorKind::Forbidden,
                429 => PollErrorKind::RateLimited,
                500..=599 => PollErrorKind::ServerError,
                _ => PollErrorKind::UnexpectedAnswer,
            },
            Self::Stranger { .. }
            | Self::Redirect { .. }
            | Self::Body { .. }
            | Self::Compressed { .. }
            | Self::TooLarge { .. } => PollErrorKind::UnexpectedAnswer,
            Self::Link { party: Peer::Proxy(_), .. } | Self::ProxyStatus { .. } | Self::SocksReply { .. } => {
                PollErrorKind::Proxy
            }
            Self::Link { fault, .. } => match fault {
                ConnectionError::NoName | ConnectionError::NameTimeout { .. } => PollErrorKind::Dns,
                ConnectionError::NoRoute
                | ConnectionError::Refused
                | ConnectionError::NotMade
                | ConnectionError::Broke => PollErrorKind::Connection,
                ConnectionError::ConnectTimeout { .. } | ConnectionError::AnswerTimeout { .. } => {
                    PollErrorKind::Timeout
                }
                ConnectionError::Tls { .. } => PollErrorKind::Tls,
                ConnectionError::NotHttp => PollErrorKind::UnexpectedAnswer,
            },
            Self::Variable { .. } | Self::NoCertificates | Self::UnsendableKey | Self::Interrupted => {
                PollErrorKind::Client
            }
            Self::Told { kind, .. } => *kind,
        }
    }

    /// True when nothing at all can be reached from this machine: no name of the service is known, or no way
    /// leads there.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        let is_out_of_reach = |fault: &ConnectionError| {
            matches!(fault, ConnectionError::NoName | ConnectionError::NameTimeout { .. } | ConnectionError::NoRoute)
        };
        match self {
            Self::Link { party: Peer::Service { .. }, fault } => is_out_of_reach(fault),
            Self::Told { kind, .. } => *kind == PollErrorKind::Dns,
            _ => false,
        }
    }
}
