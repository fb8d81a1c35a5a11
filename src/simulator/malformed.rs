//! Answers that no page promises and none forbids: the `strange` scenario.

use jiff::Timestamp;
use serde_json::json;

use super::calendar::iso;
use super::key::TenantKey;
use super::plan::TenantRole;
use super::reply::Reply;
use super::tenant::Tenant;

/// `/me` with fields that lack, are null or make no sense; another choice for each role.
#[must_use]
pub fn me(tenant: &Tenant, key: &TenantKey) -> Reply {
    let credits = f64::from(tenant.credits);
    let body = match tenant.role {
        TenantRole::Dev => json!({
            "tier": "hobby-2027",
            "credits_remaining": credits + 0.75,
            "monthly_allowance": tenant.plan.allowance,
            "rate_limit": { "requests_per_minute": null, "requests_per_day": null },
        }),
        TenantRole::Staging => json!({
            "tier": "\u{1b}[31mstarter\u{202e}\u{7}",
            "credits_remaining": tenant.credits.to_string(),
            "monthly_allowance": 0,
            "rate_limit": { "requests_per_minute": 9_007_199_254_740_993_u64, "requests_per_day": -1 },
            "created_at": iso(key.created_at).trim_end_matches('Z'),
            "last_used_at": "yesterday\u{1b}]0;title\u{7}",
            "owner": { "name": "an object that no page mentions" },
        }),
        TenantRole::Prod => json!({
            "tier": null,
            "credits_remaining": -0.5 - credits,
            "monthly_allowance": 1e15,
            "rate_limit": { "requests_per_minute": "unlimited", "requests_per_day": 0 },
            "created_at": null,
            "last_used_at": 1_767_225_600,
        }),
    };
    Reply::json(200, body.to_string())
}

/// A server fault whose message holds escapes, and quotes the key.
#[must_use]
pub fn failure(status: u16, key: &TenantKey, now: Timestamp) -> Reply {
    let body = json!({
        "error": "\u{1b}[2J\u{202e}Internal Server Error",
        "message": format!("could not serve key {}\r\n\u{9b}31m", key.secret.expose()),
        "request_id": format!("req_{:012x}", now.as_millisecond()),
    });
    Reply::json(status, body.to_string())
}
