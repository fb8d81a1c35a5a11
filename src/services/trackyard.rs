//! The client of the service: one `GET /me` or `GET /usage` a call, and nothing in the answer is trusted.
//!
//! The key leaves in the sensitive `Authorization` header alone, and to the configured host alone: no redirect
//! is followed, no request is repeated, and a plain-HTTP request to this machine never goes to a proxy.

pub mod quota;
mod response_errors;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use self::quota::quota;
use self::response_errors::{malformed_body, safe_text, status_error};
use crate::domain::account::Account;
use crate::domain::activity::{UsageError, UsagePage, UsageResponse};
use crate::domain::api_key::ApiKey;
use crate::domain::base_url::BaseUrl;
use crate::domain::error::{BodyError, PollError, RequestError};
use crate::domain::sample::Sample;
use crate::domain::time::Now;
use crate::services::clock::Clock;
use crate::services::http::date::server_clock;
use crate::services::http::headers::encoding;
use crate::services::http::retry_after_header::retry_after;
pub use crate::services::http::timeouts::POLL as TIME_LIMIT;
use crate::services::http::{HttpClient, HttpRequest};

/// The most bytes of an answer that are read.
pub const BODY_LIMIT: usize = 64 * 1024;

const SCHEME: &[u8] = b"Bearer ";

/// Asks the service. Clones share one configuration; no connection is kept between polls.
#[derive(Clone)]
pub struct TrackyardClient {
    http: HttpClient,
    base_url: Arc<BaseUrl>,
}

/// Answer to a request.
pub struct ApiResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body; or why it could not be read.
    pub body: Result<Vec<u8>, RequestError>,
    /// Moment at which the answer was read.
    pub now: Now,
}

impl ApiResponse {
    /// The sample in an answer of `/me` of a host with a key, which was asked for at `asked`.
    ///
    /// # Errors
    /// When there is none. The failure holds no part of the key.
    pub fn into_sample(self, host: &str, key: &ApiKey, asked: Now) -> Result<Sample, PollError> {
        let account = self.parsed(host, key, account)?;
        let Self { headers, now, .. } = self;
        Ok(Sample {
            at: now.wall,
            latency: now.elapsed - asked.elapsed,
            server_clock: server_clock(&headers, now.wall),
            account,
            quota: quota(&headers),
        })
    }

    /// Result of `parse` on the body of a good answer; else the error that the status, the headers and the body tell
    /// of.
    fn parsed<T>(
        &self,
        host: &str,
        key: &ApiKey,
        parse: impl FnOnce(&[u8], &ApiKey) -> Result<T, BodyError>,
    ) -> Result<T, PollError> {
        let ApiResponse { status, headers, body, now } = self;
        let judged = if status.is_success() {
            body.as_ref().map_err(Clone::clone).and_then(|body| {
                let encoding = encoding(headers);
                parse(body, key).map_err(|fault| malformed_body(*status, encoding, body, fault, host))
            })
        } else {
            Err(status_error(*status, headers, body.as_deref(), key, host))
        };
        judged.map_err(|cause| {
            let server_clock = server_clock(headers, now.wall);
            let retry_after = retry_after(headers, now.wall);
            let limits = quota(headers).limits();
            PollError { retry_after, server_clock, limits, ..PollError::new(cause, true) }
        })
    }
}

impl TrackyardClient {
    /// A client of the service at `base_url`.
    ///
    /// # Errors
    /// Of the kind [`Client`](crate::domain::error::PollErrorKind::Client) where this machine can make no secure
    /// connections, such as one without CA certificates, or one of its variables names no proxy that can be used.
    pub fn new(base_url: &BaseUrl) -> Result<Self, PollError> {
        Self::with_limit(base_url, TIME_LIMIT)
    }

    /// A client with another limit for the whole of a poll.
    ///
    /// # Errors
    /// As [`TrackyardClient::new`].
    pub fn with_limit(base_url: &BaseUrl, limit: Duration) -> Result<Self, PollError> {
        let http = HttpClient::new(&base_url.me(), limit).map_err(|cause| PollError::new(cause, false))?;
        Ok(Self { http, base_url: Arc::new(base_url.clone()) })
    }

    /// The HTTP client, which knows the way and the certificates of its requests.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Asks `/me` once.
    ///
    /// # Errors
    /// When no sample came of it. Neither the failure nor any log holds a part of the key.
    pub async fn me(&self, key: &ApiKey, clock: &Clock) -> Result<Sample, PollError> {
        let asked = clock.now();
        let answer = self.request(self.base_url.me(), key, clock).await?;
        answer.into_sample(self.http.host(), key, asked)
    }

    /// Asks `/usage` once for at most `limit` calls (1 to 100) from number `offset` on.
    ///
    /// # Errors
    /// When no page came of it. Neither the failure nor any log holds a part of the key.
    pub async fn usage(
        &self,
        key: &ApiKey,
        limit: u64,
        offset: u64,
        clock: &Clock,
    ) -> Result<UsageResponse, UsageError> {
        let answer = self.request(self.base_url.usage(limit, offset), key, clock).await.map_err(UsageError::Failed)?;
        let page = answer.parsed(self.http.host(), key, usage_page).map_err(|failure| match *failure.cause {
            RequestError::Status { status: 403..=405, .. } => UsageError::NotAvailable(failure),
            _ => UsageError::Failed(failure),
        })?;
        Ok(UsageResponse { page, server_clock: server_clock(&answer.headers, answer.now.wall) })
    }

    /// Looks whether the service can be reached at all, without a key, and tells what its clock shows. Any
    /// answer will do: without a key it is a refusal.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn reach(&self, clock: &Clock) -> Result<Option<Timestamp>, PollError> {
        let headers = HeaderMap::new();
        let request = HttpRequest { method: Method::GET, url: self.base_url.me(), headers, body: Bytes::new() };
        let answer = self.http.send(request, clock.now().wall).await?;
        Ok(server_clock(&answer.headers, clock.now().wall))
    }

    async fn request(&self, url: Url, key: &ApiKey, clock: &Clock) -> Result<ApiResponse, PollError> {
        let headers = request_headers(key)?;
        let request = HttpRequest { method: Method::GET, url, headers, body: Bytes::new() };
        let mut answer = self.http.send(request, clock.now().wall).await?;
        let body = answer.read(BODY_LIMIT).await;
        Ok(ApiResponse { status: answer.status, headers: answer.headers, body, now: clock.now() })
    }
}

fn request_headers(key: &ApiKey) -> Result<HeaderMap, PollError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, authorization(key)?);
    Ok(headers)
}

/// The header shares one buffer with all its clones, which is wiped when the last of them is dropped.
fn authorization(key: &ApiKey) -> Result<HeaderValue, PollError> {
    let secret = key.expose().as_bytes();
    let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + secret.len()));
    text.extend_from_slice(SCHEME);
    text.extend_from_slice(secret);
    let Ok(mut value) = HeaderValue::from_maybe_shared(Bytes::from_owner(text)) else {
        return Err(PollError::new(RequestError::UnsendableKey, false));
    };
    value.set_sensitive(true);
    Ok(value)
}

fn account(body: &[u8], key: &ApiKey) -> Result<Account, BodyError> {
    let account = Account::parse(body)?;
    let tier = account.tier.filter(|_| !tier_holds_key(body, key));
    Ok(Account { tier, ..account })
}

fn usage_page(body: &[u8], key: &ApiKey) -> Result<UsagePage, BodyError> {
    UsagePage::parse(body, key.expose())
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
            account(body.as_bytes(), &key).unwrap().tier
        };
        assert_eq!(tier("pro").as_deref(), Some("pro"));
        assert_eq!(tier("of s3cret-s3cret-s3cret-s3cret"), None);
        assert_eq!(tier("s3cret-\u{200b}s3cret-s3cret-s3cret"), None);
    }
}
