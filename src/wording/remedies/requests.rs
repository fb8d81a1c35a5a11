//! Remedies for a request that brought nothing.

use super::audience::RemedyAudience;
use super::reason::Remedy;
use crate::domain::error::{ConnectionError, Peer, PollErrorKind, RequestError, VariableError};
use crate::domain::web_page::KEYS_PAGE;

impl Remedy {
    /// Remedy for a poll that failed.
    pub(super) fn poll_failed(&self, failed: &RequestError, audience: &RemedyAudience) -> String {
        match failed.kind() {
            PollErrorKind::Unauthorized => self.replace(audience),
            kind => format!("{}{}", cause(failed, BASE_URL), next(kind, audience)),
        }
    }

    /// Remedy for the trial of a key that was just typed or pasted.
    pub(super) fn trial_failed(&self, failed: &RequestError, audience: &RemedyAudience) -> String {
        match (failed.kind(), audience) {
            (PollErrorKind::Unauthorized, RemedyAudience::Dialog) => {
                "check that you copied all of it, then paste it again".to_owned()
            }
            (PollErrorKind::Unauthorized, _) => {
                format!("copy the whole key again, or make a new one at {KEYS_PAGE}, and {}", self.stored(audience))
            }
            _ => format!("{}{}", cause(failed, BASE_URL), next_trial(failed)),
        }
    }
}

/// Name of the address that the service is asked at.
pub const BASE_URL: &str = "the base URL";

/// Remedy for a request that brought nothing, whichever key it was made with. It was made to `address`:
/// [`BASE_URL`], or how else the user calls it.
#[must_use]
pub fn cause(cause: &RequestError, address: &str) -> String {
    let fixed = match cause {
        RequestError::ProxyStatus { status: 407, .. } | RequestError::SocksReply { reply: None, .. } => {
            "put the user name and password that the proxy wants into its variable"
        }
        RequestError::Link { party: Peer::Proxy(_), .. }
        | RequestError::ProxyStatus { .. }
        | RequestError::SocksReply { .. } => "check that the variable names the right proxy, and ask whoever runs it",
        RequestError::Link { fault: ConnectionError::Refused, .. } => {
            return format!("check {address}, and the firewalls on the way to it; if they are right, wait");
        }
        RequestError::Link { fault: ConnectionError::Broke, .. } => {
            "wait; if it lasts, look for what cuts connections on the way"
        }
        RequestError::Stranger { .. } | RequestError::Redirect { .. } => {
            return format!(
                "sign in to this network if it asks for that; else check {address}, and what stands before the service"
            );
        }
        RequestError::Compressed { .. } => "look at what stands before the service: it must not compress",
        RequestError::Variable { fault: VariableError::Certificates { .. }, .. } => {
            "set it to a file or folder of CA certificates in PEM form, or unset it to use the system's; then start again"
        }
        RequestError::Variable { name, .. } if name.eq_ignore_ascii_case("no_proxy") => {
            "set it to host names with commas between them, like localhost,.example.com, or unset it; then start again"
        }
        RequestError::Variable { .. } => "set it like http://proxy.example:3128, or unset it; then start again",
        RequestError::UnsendableKey => "copy the whole key again",
        RequestError::Interrupted => "look into the log, and report what it tells",
        _ => return by_kind(cause.kind(), address),
    };
    fixed.to_owned()
}

pub(super) fn by_kind(kind: PollErrorKind, address: &str) -> String {
    let fixed = match kind {
        PollErrorKind::Unauthorized => "check that the key is whole and was not revoked",
        PollErrorKind::CreditsOut => "buy credits or wait for the refill",
        PollErrorKind::Forbidden => "check the key's permissions and the account's tier",
        PollErrorKind::RateLimited => "see what else uses the key: it has used up its limit",
        PollErrorKind::Dns => return format!("check this machine's network and proxy settings, and {address}"),
        PollErrorKind::Connection => "check this machine's network, firewall and proxy settings",
        PollErrorKind::Tls => {
            "check this machine's clock and CA certificates, and whether a proxy here opens encrypted connections"
        }
        PollErrorKind::Timeout => "check this machine's network and proxy settings if this lasts",
        PollErrorKind::Proxy => "check the proxy that this machine is set up for",
        PollErrorKind::ServerError => "wait, for the fault lies with the service",
        PollErrorKind::UnexpectedAnswer => {
            return format!("check that {address} is right, and that nothing answers in its place");
        }
        PollErrorKind::Client => {
            "install this machine's CA certificates (the ca-certificates package), then start again"
        }
    };
    fixed.to_owned()
}

/// Continuation after a key could not be tried.
fn next_trial(cause: &RequestError) -> &'static str {
    match cause {
        // To start again is next.
        RequestError::Variable { .. }
        | RequestError::NoCertificates
        | RequestError::Told { kind: PollErrorKind::Client, .. } => "",
        _ => "; then offer the key again",
    }
}

/// Continuation after a poll that failed.
fn next(kind: PollErrorKind, audience: &RemedyAudience) -> &'static str {
    match (kind, audience) {
        (PollErrorKind::Client, _)
        | (PollErrorKind::Forbidden, RemedyAudience::Dashboard { .. } | RemedyAudience::Sink) => "",
        (_, RemedyAudience::Dashboard { .. } | RemedyAudience::Sink) => "; polling goes on by itself",
        (_, RemedyAudience::CommandLine | RemedyAudience::Dialog) => "; then try again",
    }
}
