//! The replies of the service: statuses, bodies and headers as documented.

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::calendar::iso;
use super::key::{TenantKey, UsageEntry};
use super::tenant::Tenant;

/// An answer, and the way in which it is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// Way in which the reply is delivered.
    pub delivery: ReplyDelivery,
}

/// Way in which a reply gets to the one who asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyDelivery {
    /// At once.
    #[default]
    AtOnce,
    /// So much later.
    After(SignedDuration),
    /// Never; the connection stays open.
    Never,
    /// Never; the connection is closed.
    Dropped,
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body,
            delivery: ReplyDelivery::AtOnce,
        }
    }

    /// An answer in plain text, for people.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        Self { status, headers, body: body.into(), delivery: ReplyDelivery::AtOnce }
    }

    /// No answer at all.
    #[must_use]
    pub fn none(delivery: ReplyDelivery) -> Self {
        Self { delivery, ..Self::text(503, "") }
    }

    /// The same, delivered so much later; what is never delivered stays so.
    #[must_use]
    pub fn delayed(mut self, delay: SignedDuration) -> Self {
        if self.delivery == ReplyDelivery::AtOnce {
            self.delivery = ReplyDelivery::After(delay);
        }
        self
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with the service's clock.
    #[must_use]
    pub fn dated(self, now: Timestamp) -> Self {
        match DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
            Ok(date) => self.with("date", date),
            Err(_) => self,
        }
    }

    /// The same with what the headers tell of limits and credits. A limit that doesn't exist has no header.
    #[must_use]
    pub fn with_limits(self, tenant: &Tenant, key: &TenantKey, now: Timestamp) -> Self {
        let plan = &tenant.plan;
        let reply = self
            .with("x-ratelimit-limit", plan.per_minute.to_string())
            .with("x-ratelimit-remaining", key.minute_remaining(plan, now).to_string());
        let reply = match (plan.per_day, key.day_remaining(plan, now)) {
            (Some(limit), Some(remaining)) => reply
                .with("x-ratelimit-limit-daily", limit.to_string())
                .with("x-ratelimit-remaining-daily", remaining.to_string()),
            _ => reply,
        };
        reply.with("x-credits-remaining", tenant.credits.to_string())
    }
}

/// The body of `/me`, in the order of the documentation.
#[derive(Serialize)]
struct MeBody<'a> {
    tier: &'a str,
    credits_remaining: u32,
    monthly_allowance: u32,
    rate_limit: RateLimit,
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize)]
struct RateLimit {
    requests_per_minute: u32,
    requests_per_day: Option<u32>,
}

/// The body of `/usage`.
#[derive(Serialize)]
struct UsageBody<'a> {
    usage: Vec<&'a UsageEntry>,
    total_count: usize,
    offset: usize,
    limit: usize,
}

/// `/me`, with the last use as it shall be told.
#[must_use]
pub fn me(tenant: &Tenant, key: &TenantKey, last_used_at: Option<Timestamp>) -> Reply {
    ok(&MeBody {
        tier: tenant.plan.tier,
        credits_remaining: tenant.credits,
        monthly_allowance: tenant.plan.allowance,
        rate_limit: RateLimit { requests_per_minute: tenant.plan.per_minute, requests_per_day: tenant.plan.per_day },
        created_at: iso(key.created_at),
        last_used_at: last_used_at.map(iso),
    })
}

/// A page of `/usage`, newest first.
#[must_use]
pub fn usage(key: &TenantKey, offset: usize, limit: usize) -> Reply {
    let entries = key.entries();
    let usage = entries.iter().skip(offset).take(limit).collect();
    ok(&UsageBody { usage, total_count: entries.len(), offset, limit })
}

/// A made-up result of `/search`.
#[must_use]
pub fn search() -> Reply {
    ok(&json!({ "results": [{ "id": "track-1", "title": "Simulated track" }], "total": 1 }))
}

/// A made-up result of `/download-track`.
#[must_use]
pub fn download() -> Reply {
    ok(&json!({ "track_id": "track-1", "download_url": "https://example.com/track-1.mp3" }))
}

/// 401 in one of the two forms that are documented.
#[must_use]
pub fn unauthorized(second_form: bool) -> Reply {
    let body = if second_form {
        r#"{"error":"Unauthorized","message":"Invalid API key"}"#
    } else {
        r#"{"error":"Invalid API key","code":"unauthorized"}"#
    };
    Reply::json(401, body.to_owned())
}

/// An error, as documented for its status.
#[must_use]
pub fn failure(status: u16, now: Timestamp) -> Reply {
    if status == 401 {
        return unauthorized(false);
    }
    let (error, message) = match status {
        400 => ("Bad Request", "limit must be 1 to 100, and offset a whole number"),
        402 => ("Out of credits", "Your account has no credits left"),
        403 => ("Forbidden", "Your plan does not include this action"),
        404 => ("Not Found", "There is no such endpoint"),
        405 => ("Method Not Allowed", "This endpoint does not know that method"),
        429 => ("Too Many Requests", "Rate limit exceeded"),
        503 => ("Service Unavailable", "The service is down for a moment"),
        _ => ("Internal Server Error", "Something went wrong on our side"),
    };
    let mut body = json!({ "error": error, "message": message });
    if status >= 500 {
        body["request_id"] = format!("req_{:012x}", now.as_millisecond()).into();
    }
    Reply::json(status, body.to_string())
}

fn ok(body: &impl Serialize) -> Reply {
    serde_json::to_string(body).map_or_else(|error| Reply::text(500, error.to_string()), |body| Reply::json(200, body))
}
