//! One request and its answer over HTTP/1.1: by which way, with whose certificates, within which time. What fails names
//! who failed.
//!
//! No redirect is followed, no request is repeated and no connection is kept. A request in clear goes to this machine
//! alone, and never to a proxy.

pub mod date;
pub mod headers;
mod network_errors;
pub mod proxy;
mod proxy_probe;
pub mod retry_after_header;
mod target;
pub mod timeouts;
pub mod tls;

use std::ffi::OsString;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap};
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode, redirect, retry};
use rustls::ClientConfig;
use url::Url;

use self::proxy::{Proxy, Route};
use self::target::{Target, USER_AGENT};
use self::timeouts::Deadline;
use self::tls::CertificateSource;
use crate::domain::error::{ConnectionError, Peer, PollError, RequestError};

/// A client for one host. Clones share one configuration.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
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
    /// Address; its host is the one that the client was made for.
    pub url: Url,
    /// Headers beside those that each request has.
    pub headers: HeaderMap,
    /// Body, as it is sent.
    pub body: Bytes,
}

/// An answer, of which the body is still to be read.
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    response: Response,
    target: Arc<Target>,
    party: Peer,
    limit: Duration,
}

impl HttpClient {
    /// A client for the host of `url`, as the variables of this process tell it to go; an answer has to be whole within
    /// `limit`. It reads certificates.
    ///
    /// # Errors
    /// Where a variable can't be what it should be, or there are no certificates.
    pub fn new(url: &Url, limit: Duration) -> Result<Self, RequestError> {
        Self::with_variables(url, limit, &|name| std::env::var_os(name))
    }

    fn with_variables(
        url: &Url,
        limit: Duration,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, RequestError> {
        let target = Arc::new(Target::of(url));
        let is_plain = url.scheme() == "http";
        let (route, tls) = if is_plain {
            (Route::Direct, None)
        } else {
            (proxy::route_to(url, variable)?, Some(tls::load(variable)?))
        };
        let builder = if let Some((tls, _)) = &tls {
            builder(limit, ClientConfig::clone(tls)).https_only(true)
        } else {
            // No look-up may tell that this name is another machine's.
            let own = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
            builder(limit, tls::none()?).resolve_to_addrs("localhost", &own)
        };
        let builder = match &route {
            Route::Through(proxy) => builder.proxy(reqwest::Proxy::clone(&proxy.interceptor)),
            Route::Direct | Route::Exempt { .. } => builder,
        };
        let client = builder.build().map_err(|_certificates| RequestError::NoCertificates)?;
        Ok(Self { client, target, route: Arc::new(route), tls, limit })
    }

    /// Way of the requests.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Authorities whose certificates are trusted; `None` for requests in clear.
    #[must_use]
    pub fn certificates(&self) -> Option<&CertificateSource> {
        self.tls.as_ref().map(|(_, source)| source)
    }

    /// The host that is asked, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.target.shown
    }

    /// Sends a request once, at `now`. The key that may stand in its headers leaves over the connection to the host
    /// alone.
    ///
    /// # Errors
    /// Why no answer began.
    pub async fn send(&self, request: HttpRequest, now: Timestamp) -> Result<HttpResponse, PollError> {
        let HttpRequest { method, url, headers, body } = request;
        let request = self.client.request(method, url).header(ACCEPT_ENCODING, "identity").headers(headers).body(body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.failure(&error.without_url(), now).await),
        };
        let headers = mem::take(response.headers_mut());
        let (target, party) = (Arc::clone(&self.target), self.party());
        Ok(HttpResponse { status: response.status(), headers, response, target, party, limit: self.limit })
    }

    fn party(&self) -> Peer {
        self.route.party(&self.target.shown)
    }

    /// Error of a failed request. Where no connection came about, further questions find out who is to blame.
    async fn failure(&self, error: &reqwest::Error, now: Timestamp) -> PollError {
        let fault = network_errors::of(error, self.limit);
        if !error.is_connect() {
            return PollError::new(RequestError::link(self.party(), fault), true);
        }
        // The connection was given up or failed within half of the limit, so the other half is left.
        let deadline = Deadline::after(timeouts::connect(self.limit));
        let unsent = |cause| PollError::new(cause, false);
        match &*self.route {
            Route::Through(proxy) => self.failure_through(proxy, error, fault, deadline, now).await,
            Route::Direct | Route::Exempt { .. } if matches!(fault, ConnectionError::ConnectTimeout { .. }) => {
                let found = proxy_probe::look_up(&self.target.host, self.target.port, deadline).await;
                unsent(RequestError::link(self.party(), found.err().unwrap_or(fault)))
            }
            Route::Direct | Route::Exempt { .. } => unsent(RequestError::link(self.party(), fault)),
        }
    }

    async fn failure_through(
        &self,
        proxy: &Proxy,
        error: &reqwest::Error,
        fault: ConnectionError,
        deadline: Deadline,
        now: Timestamp,
    ) -> PollError {
        let told = network_errors::of_proxy(error, proxy, &self.target.shown);
        // A login that was refused is not tried again: some lock the user out after a few times.
        let is_login_refused = matches!(told, Some(RequestError::ProxyStatus { .. }));
        let is_of_service = matches!(fault, ConnectionError::Tls { .. }) && !proxy.is_encrypted;
        if !is_login_refused && !is_of_service {
            let tls = self.tls.as_ref().map(|(tls, _)| tls);
            if let Err(failure) = proxy_probe::ask(proxy, &self.target, tls, deadline, now).await {
                return failure;
            }
        }
        let cause = told.unwrap_or_else(|| match fault {
            ConnectionError::Tls { .. } | ConnectionError::ConnectTimeout { .. } | ConnectionError::Broke => {
                RequestError::link(self.party(), fault)
            }
            // Its name was looked up here, for a proxy that takes addresses alone.
            ConnectionError::NoName if proxy.is_socks => {
                RequestError::link(Peer::Service { host: self.target.shown.clone(), via: None }, fault)
            }
            _ => RequestError::link(self.party(), ConnectionError::NotMade),
        });
        PollError::new(cause, false)
    }
}

/// Settings that all clients have in common. Proxies are set by [`proxy`] alone.
fn builder(limit: Duration, tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .timeout(limit)
        .connect_timeout(timeouts::connect(limit))
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .http1_only()
        // Requests are minutes apart: an idle connection would only cost a descriptor and wake-ups.
        .pool_max_idle_per_host(0)
        .no_proxy()
        .tls_backend_preconfigured(tls)
}

impl HttpResponse {
    /// Reads the body by pieces, so that one without end is given up at `limit` bytes, whatever its headers promise.
    ///
    /// # Errors
    /// Why it could not be read whole.
    pub async fn read(&mut self, limit: usize) -> Result<Vec<u8>, RequestError> {
        let too_large = || RequestError::TooLarge { host: self.target.shown.clone(), limit: limit as u64 / 1024 };
        if self.response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut read = Vec::new();
        while let Some(chunk) = self.response.chunk().await.map_err(|error| {
            RequestError::link(self.party.clone(), network_errors::of(&error.without_url(), self.limit))
        })? {
            if read.len() + chunk.len() > limit {
                return Err(too_large());
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    }

    /// Reads at most `limit` bytes from the beginning of the body, and less where it breaks off.
    pub async fn beginning(&mut self, limit: usize) -> Vec<u8> {
        let mut read = Vec::new();
        while read.len() < limit {
            let Ok(Some(chunk)) = self.response.chunk().await else { break };
            read.extend_from_slice(&chunk);
        }
        read.truncate(limit);
        read
    }
}
