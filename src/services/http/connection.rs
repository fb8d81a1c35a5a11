//! From a name to a stream on which HTTP may be spoken: look-up, connection, proxy, encryption. Each step names whom it
//! fails with.

use std::error::Error;
use std::io;
use std::iter;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsConnector;
use url::Host;

use super::proxy::{Proxy, Route};
use super::socks;
use crate::domain::failure::{Cause, LinkFault, Party, PollFailure, TlsFault};
use crate::domain::text::{self, Quoted};
use crate::services::trackyard::headers;

/// Each further address of a name is tried after this, or once all before it failed.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// The most bytes of a proxy's refusal that are read.
const REFUSAL_MAX: usize = 4 * 1024;

/// A connection of whatever kind.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(super) type Stream = Box<dyn Connection>;

/// The task that moves the bytes of an exchange; it ends when this is dropped.
pub(super) type Driver = JoinSet<hyper::Result<()>>;

/// Whom a request is for.
pub(super) struct Target {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// For people, and for the header `Host`.
    pub(super) shown: Quoted,
    /// Whether it is this machine: then no look-up may tell otherwise.
    pub(super) is_own: bool,
}

/// Until when something has to be done.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: Instant,
    /// How long that is from the start, in milliseconds.
    pub(super) after: u32,
}

impl Deadline {
    pub(super) fn after(start: Instant, limit: Duration) -> Self {
        Self { at: start + limit, after: u32::try_from(limit.as_millis()).unwrap_or(u32::MAX) }
    }
}

/// Connects to a target by its way; encrypted, where `tls` says how.
pub(super) async fn establish(
    target: &Target,
    route: &Route,
    tls: Option<&Arc<ClientConfig>>,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Stream, PollFailure> {
    let party = route.party(&target.shown);
    let failed = |cause| PollFailure::new(cause, false);
    let stream = match route {
        Route::Direct | Route::Exempt { .. } => {
            let addresses =
                look_up(&target.host, target.port, target.is_own, &party, deadline).await.map_err(failed)?;
            dial(addresses, &party, deadline).await.map_err(failed)?
        }
        Route::Through(proxy) => through(proxy, target, tls, deadline, now).await?,
    };
    match tls {
        Some(tls) => secure(stream, &target.host, Arc::clone(tls), &party, deadline).await.map_err(failed),
        None => Ok(stream),
    }
}

/// Has a proxy connect to a target.
async fn through(
    proxy: &Proxy,
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Stream, PollFailure> {
    let party = Party::Proxy(proxy.name.clone().into());
    let failed = |cause| PollFailure::new(cause, false);
    let addresses = look_up(&proxy.host, proxy.port, false, &party, deadline).await.map_err(failed)?;
    let mut stream = dial(addresses, &party, deadline).await.map_err(failed)?;
    if let Some(tls) = tls.filter(|_| proxy.is_encrypted) {
        let mut tls = ClientConfig::clone(tls);
        tls.alpn_protocols.clear();
        stream = secure(stream, &proxy.host, Arc::new(tls), &party, deadline).await.map_err(failed)?;
    }
    let silent = LinkFault::AnswerTimeout { after: deadline.after, has_begun: false };
    let silent = |_elapsed| failed(Cause::link(party.clone(), silent));
    if let Some(version) = proxy.socks {
        let local = if version.asks_proxy_for_names() {
            None
        } else {
            let service = Party::Service { host: target.shown.clone(), via: None };
            look_up(&target.host, target.port, false, &service, deadline).await.map_err(failed)?.into_iter().next()
        };
        let asked = socks::connect(stream, version, proxy, target, local);
        return timeout_at(deadline.at, asked).await.map_err(silent)?.map_err(failed);
    }
    timeout_at(deadline.at, tunnel(stream, proxy, target, now)).await.map_err(silent)?
}

/// Has a proxy of HTTP connect to a target.
async fn tunnel(stream: Stream, proxy: &Proxy, target: &Target, now: Timestamp) -> Result<Stream, PollFailure> {
    let broken = |error: &hyper::Error| {
        PollFailure::new(Cause::link(Party::Proxy(proxy.name.clone().into()), fault_of(error)), false)
    };
    let authority = format!("{}:{}", target.host, target.port);
    let unsendable =
        || PollFailure::new(Cause::link(Party::Proxy(proxy.name.clone().into()), LinkFault::NotMade), false);
    let host = HeaderValue::from_str(&authority).map_err(|_not_a_header| unsendable())?;
    let request = Request::builder().method(Method::CONNECT).uri(authority).header(HOST, host);
    let request = request.body(Full::default()).map_err(|_not_a_request| unsendable())?;
    let mut request = request;
    if let Some(authorization) = &proxy.authorization {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    let (response, _driver) = exchange(stream, request).await.map_err(|error| broken(&error))?;
    if response.status().is_success() {
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| broken(&error))?;
        return Ok(Box::new(TokioIo::new(upgraded)));
    }
    let server_clock = headers::server_clock(response.headers(), now);
    let retry_after = headers::retry_after(response.headers(), server_clock.unwrap_or(now));
    let status = response.status().as_u16();
    let said = what_proxy_said(response).await;
    let cause = Cause::ProxyStatus { proxy: proxy.name.clone().into(), host: target.shown.clone(), status, said };
    Err(PollFailure { retry_after, ..PollFailure::new(cause, false) })
}

/// What a proxy said of its refusal: in plain text, else in the line of its status, where that is not the usual one.
async fn what_proxy_said(response: Response<Incoming>) -> Option<Quoted> {
    let reason = response.extensions().get::<hyper::ext::ReasonPhrase>();
    let reason = reason.and_then(|reason| str::from_utf8(reason.as_bytes()).ok()).map(str::to_owned);
    let reason = reason.filter(|reason| Some(reason.as_str()) != usual_reason(response.status()));
    let mut read = Vec::new();
    let mut body = response.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(chunk) = frame.into_data() else { continue };
        read.extend_from_slice(&chunk[..chunk.len().min(REFUSAL_MAX - read.len())]);
        if read.len() == REFUSAL_MAX {
            break;
        }
    }
    let plain = str::from_utf8(&read).ok().map(str::trim).filter(|text| !text.is_empty() && !text.contains(['<', '{']));
    plain.or(reason.as_deref()).and_then(|said| Quoted::unless_blank(&text::cut(said, text::LENGTH_MAX)))
}

fn usual_reason(status: StatusCode) -> Option<&'static str> {
    status.canonical_reason()
}

/// The addresses of a host; at least one.
async fn look_up(
    host: &Host<String>,
    port: u16,
    is_own: bool,
    party: &Party,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, Cause> {
    let name = match host {
        Host::Ipv4(address) => return Ok(vec![(*address, port).into()]),
        Host::Ipv6(address) => return Ok(vec![(*address, port).into()]),
        Host::Domain(_) if is_own => {
            return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
        }
        Host::Domain(name) => name.as_str(),
    };
    let asked = timeout_at(deadline.at, tokio::net::lookup_host((name, port))).await;
    let late = LinkFault::NameTimeout { after: deadline.after };
    let found = asked.map_err(|_elapsed| Cause::link(party.clone(), late))?;
    let found: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
    if found.is_empty() { Err(Cause::link(party.clone(), LinkFault::NoName)) } else { Ok(found) }
}

/// Connects to whichever of the addresses takes the connection first.
async fn dial(addresses: Vec<SocketAddr>, party: &Party, deadline: Deadline) -> Result<Stream, Cause> {
    let mut waiting = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut fault = LinkFault::NoRoute;
    let connected = timeout_at(deadline.at, async {
        loop {
            if let Some(address) = waiting.next() {
                attempts.spawn(TcpStream::connect(address));
            }
            let is_last = waiting.as_slice().is_empty();
            let ended = tokio::select! {
                ended = attempts.join_next() => ended,
                () = sleep(NEXT_ADDRESS), if !is_last => continue,
            };
            match ended {
                Some(Ok(Ok(stream))) => return Some(stream),
                // A host that answered on one address was reached, whatever became of the others.
                Some(Ok(Err(error))) if fault == LinkFault::NoRoute => fault = fault_of_connect(&error),
                None if is_last => return None,
                _ => {}
            }
        }
    });
    match connected.await {
        Ok(Some(stream)) => {
            _ = stream.set_nodelay(true);
            Ok(Box::new(stream))
        }
        Ok(None) => Err(Cause::link(party.clone(), fault)),
        Err(_elapsed) => Err(Cause::link(party.clone(), LinkFault::ConnectTimeout { after: deadline.after })),
    }
}

fn fault_of_connect(error: &io::Error) -> LinkFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => LinkFault::Refused,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => LinkFault::NoRoute,
        _ => LinkFault::NotMade,
    }
}

/// Encrypts a connection, with whoever shows a certificate for the host.
async fn secure(
    stream: Stream,
    host: &Host<String>,
    tls: Arc<ClientConfig>,
    party: &Party,
    deadline: Deadline,
) -> Result<Stream, Cause> {
    let link = |fault| Cause::link(party.clone(), fault);
    let name = match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_no_name| link(LinkFault::NoName))?,
        Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(*address)),
        Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(*address)),
    };
    let agreed = timeout_at(deadline.at, TlsConnector::from(tls).connect(name, stream)).await;
    let agreed = agreed.map_err(|_elapsed| link(LinkFault::ConnectTimeout { after: deadline.after }))?;
    match agreed {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(link(match first::<rustls::Error>(&error) {
            Some(error) => LinkFault::Tls { reason: tls_fault(error) },
            None => LinkFault::Broke,
        })),
    }
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
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

/// Sends a request over a connection, and waits for the head of the answer.
pub(super) async fn exchange(
    stream: Stream,
    request: Request<Full<Bytes>>,
) -> hyper::Result<(Response<Incoming>, Driver)> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = Driver::new();
    driver.spawn(connection.with_upgrades());
    Ok((sender.send_request(request).await?, driver))
}

/// Why an exchange ended before its answer was whole.
pub(super) fn fault_of(error: &hyper::Error) -> LinkFault {
    if error.is_parse() { LinkFault::NotHttp } else { LinkFault::Broke }
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
            (io::ErrorKind::PermissionDenied, LinkFault::NotMade),
        ];
        for (kind, fault) in cases {
            assert_eq!(fault_of_connect(&kind.into()), fault, "{kind}");
        }
    }

    #[test]
    fn tls_is_told_from_the_error_inside() {
        let of_tls = |error| {
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            first::<rustls::Error>(&error).map(tls_fault)
        };
        let cases = [
            (CertificateError::Expired, TlsFault::Expired),
            (CertificateError::NotValidYet, TlsFault::NotYetValid),
            (CertificateError::NotValidForName, TlsFault::OtherName),
            (CertificateError::UnknownIssuer, TlsFault::UnknownIssuer),
            (CertificateError::Revoked, TlsFault::Revoked),
            (CertificateError::BadSignature, TlsFault::Certificate),
        ];
        for (error, fault) in cases {
            assert_eq!(of_tls(rustls::Error::InvalidCertificate(error)), Some(fault));
        }
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        assert_eq!(of_tls(alert), Some(TlsFault::Alert));
        assert_eq!(of_tls(rustls::Error::DecryptError), Some(TlsFault::Handshake));
    }
}
