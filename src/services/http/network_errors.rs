//! Errors of connections, read from those of the HTTP library.

use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use rustls::CertificateError;

use super::proxy::Proxy;
use super::timeouts::{self, milliseconds};
use crate::domain::error::{ConnectionError, Peer, RequestError, TlsError};
use crate::domain::text::{self, SanitisedText};

/// Error of a request with this `limit`.
pub(super) fn of(error: &reqwest::Error, limit: Duration) -> ConnectionError {
    let is_connect = error.is_connect();
    if error.is_timeout() {
        return if is_connect {
            ConnectionError::ConnectTimeout { after: milliseconds(timeouts::connect(limit)) }
        } else {
            ConnectionError::AnswerTimeout { after: milliseconds(limit), has_begun: !error.is_request() }
        };
    }
    if error.is_dns() {
        return ConnectionError::NoName;
    }
    if let Some(error) = first::<rustls::Error>(error) {
        return ConnectionError::Tls { reason: of_tls(error) };
    }
    match first::<io::Error>(error) {
        _ if first::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) => ConnectionError::NotHttp,
        Some(error) if is_connect => of_connect(error),
        None if is_connect => ConnectionError::NotMade,
        _ => ConnectionError::Broke,
    }
}

pub(super) fn of_connect(error: &io::Error) -> ConnectionError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectionError::Refused,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => ConnectionError::NoRoute,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => ConnectionError::Broke,
        _ => ConnectionError::NotMade,
    }
}

/// Error of a handshake.
pub(super) fn of_handshake(error: &io::Error) -> ConnectionError {
    first::<rustls::Error>(error).map_or(ConnectionError::Broke, |error| ConnectionError::Tls { reason: of_tls(error) })
}

fn of_tls(error: &rustls::Error) -> TlsError {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => TlsError::NotTls,
            rustls::Error::AlertReceived(_) => TlsError::Alert,
            _ => TlsError::Handshake,
        };
    };
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsError::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsError::OtherName,
        CertificateError::UnknownIssuer => TlsError::UnknownIssuer,
        CertificateError::Revoked => TlsError::Revoked,
        _ => TlsError::Certificate,
    }
}

/// Answer of a proxy, as far as the library tells: it hides its types, so its words are read.
pub(super) fn of_proxy(error: &reqwest::Error, proxy: &Proxy, host: &SanitisedText) -> Option<RequestError> {
    let mut words = causes(error).map(ToString::to_string);
    if !proxy.is_socks {
        let wants_login = words.any(|text| text == "tunnel error: proxy authorization required");
        let (proxy, host) = (proxy.name.clone().into(), host.clone());
        return wants_login.then_some(RequestError::ProxyStatus { proxy, host, status: 407, said: None });
    }
    let told = words.find_map(|text| text.strip_prefix("SOCKS error: ").map(str::to_owned))?;
    let link = |fault| RequestError::link(Peer::Proxy(proxy.name.clone().into()), fault);
    let replied = |reply| RequestError::SocksReply { proxy: proxy.name.clone().into(), host: host.clone(), reply };
    Some(match &*told {
        "io error during SOCKS handshake" => link(ConnectionError::Broke),
        "failed parsing server response" => link(ConnectionError::NotHttp),
        "failed to create underlying connection" => link(ConnectionError::NotMade),
        login if login.contains("authentication") || login.contains("credentials") => replied(None),
        reply => replied(SanitisedText::unless_blank(&text::cut(reply, text::LENGTH_MAX))),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_refused_is_told_from_one_without_a_route() {
        let cases = [
            (io::ErrorKind::ConnectionRefused, ConnectionError::Refused),
            (io::ErrorKind::NetworkUnreachable, ConnectionError::NoRoute),
            (io::ErrorKind::HostUnreachable, ConnectionError::NoRoute),
            (io::ErrorKind::UnexpectedEof, ConnectionError::Broke),
            (io::ErrorKind::PermissionDenied, ConnectionError::NotMade),
        ];
        for (kind, fault) in cases {
            assert_eq!(of_connect(&kind.into()), fault, "{kind}");
        }
    }

    #[test]
    fn tls_is_told_from_the_error_inside() {
        let of_tls = |error| of_handshake(&io::Error::new(io::ErrorKind::InvalidData, error));
        let cases = [
            (CertificateError::Expired, TlsError::Expired),
            (CertificateError::NotValidYet, TlsError::NotYetValid),
            (CertificateError::NotValidForName, TlsError::OtherName),
            (CertificateError::UnknownIssuer, TlsError::UnknownIssuer),
            (CertificateError::Revoked, TlsError::Revoked),
            (CertificateError::BadSignature, TlsError::Certificate),
        ];
        for (error, reason) in cases {
            assert_eq!(of_tls(rustls::Error::InvalidCertificate(error)), ConnectionError::Tls { reason });
        }
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        assert_eq!(of_tls(alert), ConnectionError::Tls { reason: TlsError::Alert });
        assert_eq!(of_tls(rustls::Error::DecryptError), ConnectionError::Tls { reason: TlsError::Handshake });
        assert_eq!(of_handshake(&io::ErrorKind::UnexpectedEof.into()), ConnectionError::Broke);
    }
}
