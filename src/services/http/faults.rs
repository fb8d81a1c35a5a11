//! How a connection failed, read from the errors of the HTTP library.

use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use rustls::CertificateError;

use super::connect_limit;
use super::proxy::Proxy;
use crate::domain::failure::{Cause, LinkFault, Party, TlsFault};
use crate::domain::text::{self, Quoted};

/// How a request with this `limit` failed.
pub(super) fn of(error: &reqwest::Error, limit: Duration) -> LinkFault {
    let is_connect = error.is_connect();
    if error.is_timeout() {
        return if is_connect {
            LinkFault::ConnectTimeout { after: milliseconds(connect_limit(limit)) }
        } else {
            LinkFault::AnswerTimeout { after: milliseconds(limit), has_begun: !error.is_request() }
        };
    }
    if error.is_dns() {
        return LinkFault::NoName;
    }
    if let Some(error) = first::<rustls::Error>(error) {
        return LinkFault::Tls { reason: of_tls(error) };
    }
    match first::<io::Error>(error) {
        _ if first::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) => LinkFault::NotHttp,
        Some(error) if is_connect => of_connect(error),
        None if is_connect => LinkFault::NotMade,
        _ => LinkFault::Broke,
    }
}

pub(super) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

pub(super) fn of_connect(error: &io::Error) -> LinkFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => LinkFault::Refused,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => LinkFault::NoRoute,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => LinkFault::Broke,
        _ => LinkFault::NotMade,
    }
}

/// How a handshake failed.
pub(super) fn of_handshake(error: &io::Error) -> LinkFault {
    first::<rustls::Error>(error).map_or(LinkFault::Broke, |error| LinkFault::Tls { reason: of_tls(error) })
}

fn of_tls(error: &rustls::Error) -> TlsFault {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => TlsFault::NotTls,
            rustls::Error::AlertReceived(_) => TlsFault::Alert,
            _ => TlsFault::Handshake,
        };
    };
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::OtherName,
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
        CertificateError::Revoked => TlsFault::Revoked,
        _ => TlsFault::Certificate,
    }
}

/// What a proxy answered, as far as the library tells: it hides its types, so its words are read.
pub(super) fn of_proxy(error: &reqwest::Error, proxy: &Proxy, host: &Quoted) -> Option<Cause> {
    let mut words = causes(error).map(ToString::to_string);
    if !proxy.is_socks {
        let wants_login = words.any(|text| text == "tunnel error: proxy authorization required");
        let (proxy, host) = (proxy.name.clone().into(), host.clone());
        return wants_login.then_some(Cause::ProxyStatus { proxy, host, status: 407, said: None });
    }
    let told = words.find_map(|text| text.strip_prefix("SOCKS error: ").map(str::to_owned))?;
    let link = |fault| Cause::link(Party::Proxy(proxy.name.clone().into()), fault);
    let replied = |reply| Cause::SocksReply { proxy: proxy.name.clone().into(), host: host.clone(), reply };
    Some(match &*told {
        "io error during SOCKS handshake" => link(LinkFault::Broke),
        "failed parsing server response" => link(LinkFault::NotHttp),
        "failed to create underlying connection" => link(LinkFault::NotMade),
        login if login.contains("authentication") || login.contains("credentials") => replied(None),
        reply => replied(Quoted::unless_blank(&text::cut(reply, text::LENGTH_MAX))),
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
            (io::ErrorKind::ConnectionRefused, LinkFault::Refused),
            (io::ErrorKind::NetworkUnreachable, LinkFault::NoRoute),
            (io::ErrorKind::HostUnreachable, LinkFault::NoRoute),
            (io::ErrorKind::UnexpectedEof, LinkFault::Broke),
            (io::ErrorKind::PermissionDenied, LinkFault::NotMade),
        ];
        for (kind, fault) in cases {
            assert_eq!(of_connect(&kind.into()), fault, "{kind}");
        }
    }

    #[test]
    fn tls_is_told_from_the_error_inside() {
        let of_tls = |error| of_handshake(&io::Error::new(io::ErrorKind::InvalidData, error));
        let cases = [
            (CertificateError::Expired, TlsFault::Expired),
            (CertificateError::NotValidYet, TlsFault::NotYetValid),
            (CertificateError::NotValidForName, TlsFault::OtherName),
            (CertificateError::UnknownIssuer, TlsFault::UnknownIssuer),
            (CertificateError::Revoked, TlsFault::Revoked),
            (CertificateError::BadSignature, TlsFault::Certificate),
        ];
        for (error, reason) in cases {
            assert_eq!(of_tls(rustls::Error::InvalidCertificate(error)), LinkFault::Tls { reason });
        }
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        assert_eq!(of_tls(alert), LinkFault::Tls { reason: TlsFault::Alert });
        assert_eq!(of_tls(rustls::Error::DecryptError), LinkFault::Tls { reason: TlsFault::Handshake });
        assert_eq!(of_handshake(&io::ErrorKind::UnexpectedEof.into()), LinkFault::Broke);
    }
}
