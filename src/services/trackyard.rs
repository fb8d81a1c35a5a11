//! The client of the service: one `GET /me` or `GET /usage` a call, and nothing in the answer is trusted.
//!
//! The key leaves in the sensitive `Authorization` header alone, and to the configured host alone: no redirect
//! is followed, no request is repeated, and a plain-HTTP request to this machine never goes to a proxy.

mod errors;
pub mod headers;
pub(super) mod transport;

use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode, redirect, retry};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use self::errors::{failure, refusal, safe_text};
use self::transport::Route;
use crate::domain::account::Account;
use crate::domain::activity::{UsageAnswer, UsageFailure, UsagePage};
use crate::domain::api_key::ApiKey;
use crate::domain::base_url::BaseUrl;
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::domain::sample::Sample;
use crate::domain::time::Now;
use crate::services::clock::Clock;

/// The most time a poll may take, from the look-up of the name to the last byte of the answer.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
pub const BODY_LIMIT: usize = 64 * 1024;

const USER_AGENT: &str = concat!("trackyard-tui/", env!("CARGO_PKG_VERSION"));
const SCHEME: &[u8] = b"Bearer ";

/// Asks the service. Clones share one configuration; no connection is kept between polls.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    route: Arc<Route>,
    base_url: Arc<BaseUrl>,
}

/// What came back of a request.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body; or why it could not be read.
    pub body: Result<Vec<u8>, PollFailure>,
    /// When it was read.
    pub now: Now,
}

impl Answer {
    /// The sample in an answer of `/me` with a key, which was asked for at `asked`.
    ///
    /// # Errors
    /// When there is none. The message holds no part of the key.
    pub fn into_sample(self, key: &ApiKey, asked: Now) -> Result<Sample, PollFailure> {
        let Self { status, headers, body, now } = self;
        let server_clock = headers::server_clock(&headers);
        if !status.is_success() {
            return Err(refused(status, &headers, &body.unwrap_or_default(), key, now));
        }
        let quota = headers::quota(&headers);
        let account = body.and_then(|body| account(status, &body, key));
        Ok(Sample {
            at: now.wall,
            latency: now.elapsed - asked.elapsed,
            server_clock,
            account: account.map_err(|failure| PollFailure { server_clock, limits: quota.limits(), ..failure })?,
            quota,
        })
    }
}

impl Client {
    /// A client of the service at `base_url`.
    ///
    /// # Errors
    /// [`PollFailureKind::Client`] where this machine can make no secure connections, such as one without CA
    /// certificates.
    pub fn new(base_url: &BaseUrl) -> Result<Self, PollFailure> {
        Self::with_limit(base_url, TIME_LIMIT)
    }

    /// The same with another limit for the whole of a poll.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_limit(base_url: &BaseUrl, limit: Duration) -> Result<Self, PollFailure> {
        match http_client(base_url.is_plain(), limit) {
            Ok(http) => {
                let route =
                    Route { host: base_url.host(), limit, has_proxy: has_proxy(&base_url.me(), base_url.is_plain()) };
                Ok(Self { http, route: Arc::new(route), base_url: Arc::new(base_url.clone()) })
            }
            Err(error) => Err(failure(PollFailureKind::Client, transport::build_message(&error.without_url()))),
        }
    }

    /// Asks `/me` once.
    ///
    /// # Errors
    /// When no sample came of it. Neither the message nor any log holds a part of the key.
    pub async fn me(&self, key: &ApiKey, clock: &Clock) -> Result<Sample, PollFailure> {
        let asked = clock.now();
        let answer = self.ask(self.base_url.me(), key, clock).await?;
        answer.into_sample(key, asked)
    }

    /// Asks `/usage` once for at most `limit` calls (1 to 100) from number `offset` on.
    ///
    /// # Errors
    /// When no page came of it. Neither the message nor any log holds a part of the key.
    pub async fn usage(
        &self,
        key: &ApiKey,
        limit: u64,
        offset: u64,
        clock: &Clock,
    ) -> Result<UsageAnswer, UsageFailure> {
        let answer = self.ask(self.base_url.usage(limit, offset), key, clock).await.map_err(UsageFailure::Failed)?;
        let Answer { status, headers, body, now } = answer;
        let server_clock = headers::server_clock(&headers);
        if !status.is_success() {
            let failure = refused(status, &headers, &body.unwrap_or_default(), key, now);
            let is_available = !matches!(status.as_u16(), 403..=405);
            return Err(if is_available { UsageFailure::Failed(failure) } else { UsageFailure::NotAvailable(failure) });
        }
        let page = body.and_then(|body| usage_page(status, &body, key));
        let quota = headers::quota(&headers);
        let page = page
            .map_err(|failure| UsageFailure::Failed(PollFailure { server_clock, limits: quota.limits(), ..failure }))?;
        Ok(UsageAnswer { page, server_clock })
    }

    /// Looks whether the service can be reached at all, without a key, and tells what its clock shows. Any
    /// answer will do: without a key it is a refusal.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn reach(&self) -> Result<Option<Timestamp>, PollFailure> {
        let response = self.http.get(self.base_url.me()).send().await.map_err(|error| self.broken(error))?;
        Ok(headers::server_clock(response.headers()))
    }

    async fn ask(&self, url: Url, key: &ApiKey, clock: &Clock) -> Result<Answer, PollFailure> {
        let request = self.http.get(url).headers(request_headers(key)?);
        let response = request.send().await.map_err(|error| self.broken(error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = self.read(response).await;
        Ok(Answer { status, headers, body, now: clock.now() })
    }

    /// Reads by chunks, so that an answer without end is given up at [`BODY_LIMIT`], whatever its headers promise.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, PollFailure> {
        let too_large = || {
            let message = format!("the answer of {} is larger than {} KiB", self.base_url.host(), BODY_LIMIT / 1024);
            failure(PollFailureKind::UnexpectedAnswer, message)
        };
        if response.content_length().is_some_and(|length| length > BODY_LIMIT as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, error: reqwest::Error) -> PollFailure {
        transport::explain(&error.without_url(), &self.route)
    }
}

/// A client for one host, without redirects and repetitions: of HTTPS alone, or where `is_plain`, of plain HTTP to this
/// machine alone.
pub(super) fn http_client(is_plain: bool, limit: Duration) -> reqwest::Result<reqwest::Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been quicker, which is as good.
        _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .timeout(limit)
        .connect_timeout(transport::connect_limit(limit))
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .http1_only()
        // Polls are minutes apart: an idle connection would only cost a descriptor and wake-ups.
        .pool_max_idle_per_host(0);
    if is_plain {
        let own = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        // No CA certificates are needed for it, so none are looked for.
        builder.no_proxy().resolve_to_addrs("localhost", &own).tls_certs_only([]).build()
    } else {
        builder.https_only(true).build()
    }
}

/// Whether requests to an address go to a proxy first, as this machine is set up.
pub(super) fn has_proxy(url: &Url, is_plain: bool) -> bool {
    let uri = url.as_str().parse::<hyper::Uri>();
    !is_plain && uri.is_ok_and(|uri| Matcher::from_system().intercept(&uri).is_some())
}

fn request_headers(key: &ApiKey) -> Result<HeaderMap, PollFailure> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, authorization(key)?);
    Ok(headers)
}

/// The header shares one buffer with all its clones, which is wiped when the last of them is dropped.
fn authorization(key: &ApiKey) -> Result<HeaderValue, PollFailure> {
    let secret = key.expose().as_bytes();
    let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + secret.len()));
    text.extend_from_slice(SCHEME);
    text.extend_from_slice(secret);
    let Ok(mut value) = HeaderValue::from_maybe_shared(Bytes::from_owner(text)) else {
        return Err(failure(PollFailureKind::Client, "the key can't be sent in a header".to_owned()));
    };
    value.set_sensitive(true);
    Ok(value)
}

/// An answer with a status outside 200 to 299, and what its headers tell.
fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], key: &ApiKey, now: Now) -> PollFailure {
    let server_clock = headers::server_clock(headers);
    let retry_after = headers::retry_after(headers, server_clock.unwrap_or(now.wall));
    PollFailure { retry_after, server_clock, limits: headers::quota(headers).limits(), ..refusal(status, body, key) }
}

fn account(status: StatusCode, body: &[u8], key: &ApiKey) -> Result<Account, PollFailure> {
    let account = parsed(status, body, Account::parse)?;
    let tier = account.tier.filter(|_| !tier_holds_key(body, key));
    Ok(Account { tier, ..account })
}

fn usage_page(status: StatusCode, body: &[u8], key: &ApiKey) -> Result<UsagePage, PollFailure> {
    parsed(status, body, |body| UsagePage::parse(body, key.expose()))
}

fn parsed<T, E: Display>(
    status: StatusCode,
    body: &[u8],
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, PollFailure> {
    let unexpected = |reason: String| failure(PollFailureKind::UnexpectedAnswer, reason);
    if body.is_empty() {
        return Err(unexpected(format!("the service answered {} without a body", status.as_u16())));
    }
    parse(body).map_err(|reason| unexpected(format!("the service answered {}, but {reason}", status.as_u16())))
}

/// The tier is the one text of an account: a service that echoes the key there must not bring it onto a screen.
fn tier_holds_key(body: &[u8], key: &ApiKey) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let tier = value.get("tier").and_then(Value::as_str).unwrap_or_default();
    safe_text(tier, key, usize::MAX) != crate::domain::text::sanitise(tier, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorization_is_sensitive_and_whole() {
        let value = authorization(&ApiKey::parse("s3cret").unwrap()).unwrap();
        assert_eq!(value.as_bytes(), b"Bearer s3cret");
        assert!(value.is_sensitive());
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn a_tier_that_echoes_the_key_is_dropped() {
        let key = ApiKey::parse("s3cret-s3cret-s3cret-s3cret").unwrap();
        let tier = |tier: &str| {
            let body = serde_json::json!({ "tier": tier, "credits_remaining": 1 }).to_string();
            account(StatusCode::OK, body.as_bytes(), &key).unwrap().tier
        };
        assert_eq!(tier("pro").as_deref(), Some("pro"));
        assert_eq!(tier("of s3cret-s3cret-s3cret-s3cret"), None);
        assert_eq!(tier("s3cret-\u{200b}s3cret-s3cret-s3cret"), None);
    }
}
