//! Why no answer came, or not the whole of it, in words that quote nobody.

use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use rustls::CertificateError;

use super::errors::failure;
use crate::domain::failure::{PollFailure, PollFailureKind};

/// Where requests go.
pub(in crate::services) struct Route {
    /// The host that is to answer.
    pub host: String,
    /// The most time for the whole of a request.
    pub limit: Duration,
    /// Whether a proxy stands before the host.
    pub has_proxy: bool,
}

/// The part of `limit` within which a secure connection must stand, so that what takes longer is known to have
/// sent nothing.
pub(super) fn connect_limit(limit: Duration) -> Duration {
    limit / 2
}

/// Why a request brought no whole answer in time.
pub(in crate::services) fn explain(error: &reqwest::Error, route: &Route) -> PollFailure {
    // Without a connection no request was sent.
    PollFailure { counts: !error.is_connect(), ..cause(error, route) }
}

fn cause(error: &reqwest::Error, route: &Route) -> PollFailure {
    let host = &route.host;
    if error.is_timeout() {
        let message = if error.is_connect() {
            format!("no connection to {host} within {}", seconds(connect_limit(route.limit)))
        } else {
            let part = if error.is_request() { "no answer" } else { "no whole answer" };
            format!("{part} from {host} within {}", seconds(route.limit))
        };
        return failure(PollFailureKind::Timeout, message);
    }
    if error.is_dns() {
        return failure(PollFailureKind::Dns, format!("the address of {host} could not be found"));
    }
    let (kind, message) = fault(error, route);
    failure(kind, message)
}

/// Why no client could be made at all, and what to do.
pub(in crate::services) fn build_message(error: &(dyn Error + 'static)) -> String {
    let reason = if first::<rustls::Error>(error).is_some() {
        "no CA certificates were found on this machine, so no secure connection can be made: \
         install the ca-certificates package"
    } else {
        "this machine's network settings allow no HTTP client: check the proxy variables"
    };
    reason.to_owned()
}

fn fault(error: &(dyn Error + 'static), route: &Route) -> (PollFailureKind, String) {
    let host = &route.host;
    if let Some(error) = first::<rustls::Error>(error) {
        return (PollFailureKind::Tls, format!("no secure connection to {host}: {}", tls_reason(error)));
    }
    if first::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        return (PollFailureKind::UnexpectedAnswer, format!("{host} answered with something that is not HTTP"));
    }
    let message = match first::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) if route.has_proxy => {
            format!("{host}, or the proxy on the way to it, refused the connection")
        }
        Some(io::ErrorKind::ConnectionRefused) => format!("{host} refused the connection"),
        Some(
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable,
        ) => format!("{host} can't be reached from this machine's network"),
        _ if is_connect(error) => format!("no connection to {host} could be made"),
        _ => format!("the connection to {host} broke before the answer was whole"),
    };
    (PollFailureKind::Connection, message)
}

fn is_connect(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
}

fn tls_reason(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => "it does not speak TLS",
            rustls::Error::AlertReceived(_) => "it broke off the handshake",
            _ => "the handshake failed",
        };
    };
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, or this machine's clock is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        CertificateError::UnknownIssuer => "its certificate is signed by an authority that this machine does not trust",
        CertificateError::Revoked => "its certificate has been revoked",
        _ => "its certificate is not acceptable",
    }
}

fn first<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error and all beneath it. What an [`io::Error`] wraps is no `source` of it, so it is asked otherwise.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Outer(#[source] io::Error);

    fn route(has_proxy: bool) -> Route {
        Route { host: "api.trackyard.com".to_owned(), limit: Duration::from_secs(10), has_proxy }
    }

    fn of_tls(error: rustls::Error) -> (PollFailureKind, String) {
        fault(&Outer(io::Error::new(io::ErrorKind::InvalidData, error)), &route(false))
    }

    #[test]
    fn connections_fail_in_plain_words() {
        let cases = [
            (io::ErrorKind::ConnectionRefused, "api.trackyard.com refused the connection"),
            (io::ErrorKind::NetworkUnreachable, "api.trackyard.com can't be reached from this machine's network"),
            (io::ErrorKind::ConnectionReset, "the connection to api.trackyard.com broke before the answer was whole"),
        ];
        for (kind, message) in cases {
            assert_eq!(fault(&Outer(kind.into()), &route(false)), (PollFailureKind::Connection, message.to_owned()));
        }
    }

    #[test]
    fn behind_a_proxy_a_refusal_may_be_its_own() {
        let (kind, message) = fault(&Outer(io::ErrorKind::ConnectionRefused.into()), &route(true));
        assert_eq!(kind, PollFailureKind::Connection);
        assert_eq!(message, "api.trackyard.com, or the proxy on the way to it, refused the connection");
    }

    #[test]
    fn tls_is_told_from_the_error_inside() {
        let cases = [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "is not valid yet"),
            (CertificateError::NotValidForName, "is for another name"),
            (CertificateError::UnknownIssuer, "does not trust"),
            (CertificateError::Revoked, "has been revoked"),
            (CertificateError::BadSignature, "is not acceptable"),
        ];
        for (error, words) in cases {
            let (kind, message) = of_tls(rustls::Error::InvalidCertificate(error));
            assert_eq!(kind, PollFailureKind::Tls);
            assert!(message.starts_with("no secure connection to api.trackyard.com: its certificate"), "{message}");
            assert!(message.contains(words), "{message}");
        }
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        assert_eq!(of_tls(alert).1, "no secure connection to api.trackyard.com: it broke off the handshake");
        assert_eq!(of_tls(rustls::Error::DecryptError).0, PollFailureKind::Tls);
    }

    #[test]
    fn limits_read_as_people_write_them() {
        assert_eq!(seconds(Duration::from_secs(10)), "10 s");
        assert_eq!(seconds(Duration::from_millis(200)), "200 ms");
    }
}
