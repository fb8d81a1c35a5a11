//! One request and its answer over HTTP/1.1: by which way, with whose certificates, within which time. What fails names
//! who failed.
//!
//! No redirect is followed, no request is repeated and no connection is kept. A request in clear goes to this machine
//! alone, and never to a proxy.

pub mod certificates;
mod connection;
pub mod proxy;
mod socks;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ACCEPT_ENCODING, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use jiff::Timestamp;
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use self::certificates::CertificateSource;
use self::connection::{Deadline, Driver, Target};
use self::proxy::Route;
use crate::domain::failure::{Cause, LinkFault, Party, PollFailure};
use crate::domain::web_address;

const AGENT: &str = concat!("trackyard-tui/", env!("CARGO_PKG_VERSION"));

/// A client for one host. Clones share one configuration.
#[derive(Clone)]
pub struct HttpClient {
    target: Arc<Target>,
    route: Arc<Route>,
    /// `None` for requests in clear, to this machine.
    tls: Option<(Arc<ClientConfig>, CertificateSource)>,
    limit: Duration,
}

/// A request.
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// Where; its host is the one that the client was made for.
    pub url: Url,
    /// Headers beside those that each request has.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Bytes,
}

/// An answer, of which the body is still to be read.
pub struct HttpAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    party: Party,
    deadline: Deadline,
    _driver: Driver,
}

impl HttpClient {
    /// A client for the host of `url`, as the variables of this process tell it to go; an answer has to be whole within
    /// `limit`. It reads certificates.
    ///
    /// # Errors
    /// Where a variable can't be what it should be, or there are no certificates.
    pub fn new(url: &Url, limit: Duration) -> Result<Self, Cause> {
        Self::with_variables(url, limit, &|name| std::env::var_os(name))
    }

    fn with_variables(url: &Url, limit: Duration, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Cause> {
        let host = url.host().map_or_else(|| Host::Domain(String::new()), |host| host.to_owned());
        let is_plain = url.scheme() == "http";
        let port = url.port_or_known_default().unwrap_or(443);
        let target = Arc::new(Target { host, port, shown: web_address::host(url).into(), is_own: is_plain });
        if is_plain {
            return Ok(Self { target, route: Arc::new(Route::Direct), tls: None, limit });
        }
        let route = Arc::new(proxy::route_to(url, variable)?);
        let tls = certificates::load(variable)?;
        Ok(Self { target, route, tls: Some(tls), limit })
    }

    /// By which way requests go.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Whose certificates are trusted; `None` for requests in clear.
    #[must_use]
    pub fn certificates(&self) -> Option<&CertificateSource> {
        self.tls.as_ref().map(|(_, source)| source)
    }

    /// The host that is asked, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.target.shown
    }

    /// Sends a request once, at `now`. The key that may stand in its headers leaves over the connection to the host alone.
    ///
    /// # Errors
    /// Why no answer began.
    pub async fn send(&self, request: HttpRequest, now: Timestamp) -> Result<HttpAnswer, PollFailure> {
        let start = Instant::now();
        // What takes longer than half of the time to connect is known to have sent nothing.
        let to_connect = Deadline::after(start, self.limit / 2);
        let deadline = Deadline::after(start, self.limit);
        let tls = self.tls.as_ref().map(|(tls, _)| tls);
        let stream = connection::establish(&self.target, &self.route, tls, to_connect, now).await?;
        tracing::trace!(host = &*self.target.shown, "connected");
        let party = self.route.party(&self.target.shown);
        let broken = |fault| PollFailure::new(Cause::link(party.clone(), fault), true);
        let request = self.written(request).ok_or_else(|| PollFailure::new(Cause::UnsendableKey, false))?;
        let exchanged = timeout_at(deadline.at, connection::exchange(stream, request)).await;
        let exchanged = exchanged
            .map_err(|_elapsed| broken(LinkFault::AnswerTimeout { after: deadline.after, has_begun: false }))?;
        let (response, driver) = exchanged.map_err(|error| broken(connection::fault_of(&error)))?;
        let (head, body) = response.into_parts();
        Ok(HttpAnswer { status: head.status, headers: head.headers, body, party, deadline, _driver: driver })
    }

    fn written(&self, request: HttpRequest) -> Option<Request<Full<Bytes>>> {
        let HttpRequest { method, url, headers, body } = request;
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let host = HeaderValue::from_str(&self.target.shown).ok()?;
        let mut request = Request::builder().method(method).uri(path).body(Full::new(body)).ok()?;
        request.headers_mut().extend([
            (HOST, host),
            (USER_AGENT, HeaderValue::from_static(AGENT)),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        request.headers_mut().extend(headers);
        Some(request)
    }
}

impl HttpAnswer {
    /// Reads the body by pieces, so that one without end is given up at `limit` bytes, whatever its headers promise.
    ///
    /// # Errors
    /// Why it could not be read whole.
    pub async fn read(&mut self, limit: usize) -> Result<Vec<u8>, Cause> {
        let Party::Service { host, .. } = &self.party else { return Err(Cause::Interrupted) };
        let too_large = || Cause::TooLarge { host: host.clone(), limit: limit as u64 / 1024 };
        let link = |fault| Cause::link(self.party.clone(), fault);
        if self.body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let mut read = Vec::new();
        loop {
            let frame = timeout_at(self.deadline.at, self.body.frame())
                .await
                .map_err(|_elapsed| link(LinkFault::AnswerTimeout { after: self.deadline.after, has_begun: true }))?;
            let Some(frame) = frame else { return Ok(read) };
            let frame = frame.map_err(|error| link(connection::fault_of(&error)))?;
            let Ok(chunk) = frame.into_data() else { continue };
            if read.len() + chunk.len() > limit {
                return Err(too_large());
            }
            read.extend_from_slice(&chunk);
        }
    }
}
