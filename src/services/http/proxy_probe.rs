//! Asks a proxy once more after a request through it failed, to tell why: the HTTP library keeps to itself what a proxy
//! answered. Nothing of the request is part of it, and nothing goes through what comes about.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT as USER_AGENT_HEADER};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use reqwest::{Body, Response};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use url::Host;

use super::network_errors;
use super::proxy::Proxy;
use super::retry_after_header::retry_after;
use super::target::{Target, USER_AGENT};
use super::timeouts::Deadline;
use crate::domain::error::{ConnectionError, Peer, PollError, RequestError};
use crate::domain::text::{self, SanitisedText};

/// The most bytes of a refusal that are read.
const REFUSAL_MAX: usize = 4 * 1024;

/// Asks a proxy to connect to a target, with the login that it has anyway.
///
/// # Errors
/// Where it does not: then the proxy is to blame. Of a SOCKS proxy only the connection to it is tried.
pub(super) async fn ask(
    proxy: &Proxy,
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    deadline: Deadline,
    now: Timestamp,
) -> Result<(), PollError> {
    let failed = |fault| PollError::new(RequestError::link(Peer::Proxy(proxy.name.clone().into()), fault), false);
    let addresses = look_up(&proxy.host, proxy.port, deadline).await.map_err(failed)?;
    let late = |_elapsed| failed(ConnectionError::ConnectTimeout { after: deadline.after });
    let stream = timeout_at(deadline.at, TcpStream::connect(&*addresses)).await.map_err(late)?;
    let stream = stream.map_err(|error| failed(network_errors::of_connect(&error)))?;
    if proxy.is_socks {
        return Ok(());
    }
    let silent = |_elapsed| failed(ConnectionError::AnswerTimeout { after: deadline.after, has_begun: false });
    let Some(tls) = tls.filter(|_| proxy.is_encrypted) else {
        return timeout_at(deadline.at, tunnel(stream, proxy, target, now)).await.map_err(silent)?;
    };
    let mut tls = ClientConfig::clone(tls);
    tls.alpn_protocols.clear();
    let name = ServerName::try_from(proxy.host.to_string().trim_matches(['[', ']']).to_owned());
    let name = name.map_err(|_no_name| failed(ConnectionError::NoName))?;
    let secured = timeout_at(deadline.at, TlsConnector::from(Arc::new(tls)).connect(name, stream)).await;
    let stream = secured.map_err(late)?.map_err(|error| failed(network_errors::of_handshake(&error)))?;
    timeout_at(deadline.at, tunnel(stream, proxy, target, now)).await.map_err(silent)?
}

/// The addresses of a host; at least one.
pub(super) async fn look_up(
    host: &Host<String>,
    port: u16,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, ConnectionError> {
    let name = match host {
        Host::Ipv4(address) => return Ok(vec![(*address, port).into()]),
        Host::Ipv6(address) => return Ok(vec![(*address, port).into()]),
        Host::Domain(name) => name.as_str(),
    };
    let asked = timeout_at(deadline.at, lookup_host((name, port))).await;
    let found = asked.map_err(|_elapsed| ConnectionError::NameTimeout { after: deadline.after })?;
    let found: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
    if found.is_empty() { Err(ConnectionError::NoName) } else { Ok(found) }
}

/// Has a proxy of HTTP connect to a target.
async fn tunnel<S>(stream: S, proxy: &Proxy, target: &Target, now: Timestamp) -> Result<(), PollError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let failed = |fault| PollError::new(RequestError::link(Peer::Proxy(proxy.name.clone().into()), fault), false);
    let broken =
        |error: hyper::Error| failed(if error.is_parse() { ConnectionError::NotHttp } else { ConnectionError::Broke });
    let authority = format!("{}:{}", target.host, target.port);
    let mut request = Request::builder().method(Method::CONNECT).uri(&authority);
    request = request.header(HOST, &authority).header(USER_AGENT_HEADER, USER_AGENT);
    if let Some(authorization) = &proxy.authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(String::new()).map_err(|_no_request| failed(ConnectionError::NotMade))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(broken)?;
    if response.status() == StatusCode::OK {
        return Ok(());
    }
    let retry_after = retry_after(response.headers(), now);
    let status = response.status().as_u16();
    let said = what_was_said(response).await;
    let cause =
        RequestError::ProxyStatus { proxy: proxy.name.clone().into(), host: target.shown.clone(), status, said };
    Err(PollError { retry_after, ..PollError::new(cause, false) })
}

/// Reason that a proxy gave for its refusal: in plain text, else in the line of its status, where that is not the usual
/// one.
async fn what_was_said(response: hyper::Response<Incoming>) -> Option<SanitisedText> {
    let reason = response.extensions().get::<ReasonPhrase>();
    let reason = reason.and_then(|reason| str::from_utf8(reason.as_bytes()).ok()).map(str::to_owned);
    let reason = reason.filter(|reason| Some(reason.as_str()) != response.status().canonical_reason());
    let mut body = Response::from(response.map(Body::wrap));
    let mut read = Vec::new();
    while let Ok(Some(chunk)) = body.chunk().await {
        read.extend_from_slice(&chunk[..chunk.len().min(REFUSAL_MAX - read.len())]);
        if read.len() == REFUSAL_MAX {
            break;
        }
    }
    let plain = str::from_utf8(&read).ok().map(str::trim).filter(|text| !text.is_empty() && !text.contains(['<', '{']));
    plain.or(reason.as_deref()).and_then(|said| SanitisedText::unless_blank(&text::cut(said, text::LENGTH_MAX)))
}
