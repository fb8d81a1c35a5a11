//! JSON of `status`: what is unknown is null, times are RFC 3339 in UTC.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Number, Value};

use crate::domain::account::Account;
use crate::domain::error::KeyError;
use crate::domain::exact::{EXACT_MAX, is_exact};
use crate::domain::forecast::{Exhaustion, Forecast, ResetOrigin};
use crate::domain::limit::Limit;
use crate::domain::quota::QuotaWindow;
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot, Snapshot};
use crate::wording::request_errors;

/// Document of all environments.
#[derive(Debug, Serialize)]
pub struct StatusDocument {
    generated_at: String,
    environments: Vec<EnvironmentDocument>,
}

/// Member of one environment.
#[derive(Debug, Serialize)]
struct EnvironmentDocument {
    name: String,
    label: Option<String>,
    status: Status,
    severity: Severity,
    flags: Vec<Flag>,
    key: Option<KeyDocument>,
    account: Option<AccountDocument>,
    rate_limit: RateLimitDocument,
    last_used_at: Option<String>,
    last_used_by_others_at: Option<String>,
    polled_at: Option<String>,
    next_poll_at: Option<String>,
    latency_ms: Option<i128>,
    error: Option<ErrorDocument>,
    forecast: Option<ForecastDocument>,
}

/// Key in use.
#[derive(Debug, Serialize)]
pub struct KeyDocument {
    source: String,
    fingerprint: String,
    created_at: Option<String>,
    age_days: Option<u32>,
    rotate_by: Option<String>,
}

#[derive(Debug, Serialize)]
struct AccountDocument {
    tier: Option<String>,
    credits_remaining: Option<Number>,
    monthly_allowance: Option<Number>,
    /// Names of the numbers that could not be held exactly.
    rounded: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct RateLimitDocument {
    minute: WindowDocument,
    day: WindowDocument,
}

#[derive(Debug, Serialize)]
struct WindowDocument {
    limit: Option<u64>,
    remaining: Option<i64>,
    /// True where there is no limit; `None` where that is not told.
    unlimited: Option<bool>,
    contradiction: Option<ContradictionDocument>,
}

/// Limit as told in each of two places, as a number or `"unlimited"`.
#[derive(Debug, Serialize)]
struct ContradictionDocument {
    me: Value,
    headers: Value,
}

/// Error of the last poll or of the key's source.
#[derive(Debug, Serialize)]
pub struct ErrorDocument {
    kind: String,
    message: String,
}

/// Forecast of the credits, as on the dashboard.
#[derive(Debug, Serialize)]
struct ForecastDocument {
    /// Time of the balance that it starts from.
    as_of: String,
    /// Credits used a day, from as much of 14 days as is known.
    burn_per_day: Option<Number>,
    /// Time of exhaustion, if the credits are not filled up before.
    exhausted_at: Option<ExhaustionDocument>,
    /// Time of the next reset; in the past while that is due.
    reset_at: Option<String>,
    reset_source: Option<&'static str>,
}

/// Time of exhaustion, which is between early and late eight times in ten; null beyond a year ahead.
#[derive(Debug, Serialize)]
struct ExhaustionDocument {
    early: Option<String>,
    likely: Option<String>,
    late: Option<String>,
}

impl StatusDocument {
    /// Document of a snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        Self {
            generated_at: utc(snapshot.at),
            environments: snapshot.environments.iter().map(|one| EnvironmentDocument::new(one)).collect(),
        }
    }
}

impl EnvironmentDocument {
    fn new(environment: &EnvironmentSnapshot) -> Self {
        let poll_error = environment.poll_failure.as_ref().map(|failure| ErrorDocument {
            kind: failure.kind().as_str().to_owned(),
            message: request_errors::clause(&failure.cause),
        });
        let key_error = environment.key_failure.as_ref().map(ErrorDocument::of_source);
        Self {
            name: environment.environment.name.to_string(),
            label: environment.environment.label.clone(),
            status: environment.status,
            severity: environment.severity,
            flags: environment.flags.clone(),
            key: environment.key.as_ref().map(KeyDocument::new),
            account: environment.account.as_ref().map(AccountDocument::new),
            rate_limit: RateLimitDocument {
                minute: WindowDocument::new(&environment.minute),
                day: WindowDocument::new(&environment.day),
            },
            last_used_at: environment.account.as_ref().and_then(|account| account.last_used_at).map(utc),
            last_used_by_others_at: environment.others_use.map(|used| utc(used.at)),
            polled_at: environment.polled_at.map(utc),
            next_poll_at: environment.next_poll.at.map(utc),
            latency_ms: environment.latency.map(|latency| latency.as_millis()),
            error: poll_error.or(key_error),
            forecast: environment.forecast.as_deref().and_then(ForecastDocument::new),
        }
    }
}

impl ForecastDocument {
    /// Member of a forecast; `None` where nothing of it is known.
    fn new(forecast: &Forecast) -> Option<Self> {
        let exhausted_at = forecast.exhaustion().map(|Exhaustion { at, earliest, latest }| ExhaustionDocument {
            early: earliest.map(utc),
            likely: at.map(utc),
            late: latest.map(utc),
        });
        let source = |origin| match origin {
            ResetOrigin::Configured => "configured",
            ResetOrigin::Learnt(_) => "learnt",
        };
        let burn_per_day = forecast.burn.a_day().and_then(|credits| number((credits * 100.0).round() / 100.0));
        let is_known = burn_per_day.is_some() || exhausted_at.is_some() || forecast.reset.is_some();
        is_known.then(|| Self {
            as_of: utc(forecast.from.at),
            burn_per_day,
            exhausted_at,
            reset_at: forecast.reset.map(|reset| utc(reset.next)),
            reset_source: forecast.reset.map(|reset| source(reset.origin)),
        })
    }
}

impl ErrorDocument {
    /// Error of a source that brought no key.
    #[must_use]
    pub fn of_source(failure: &KeyError) -> Self {
        Self { kind: failure.kind().as_str().to_owned(), message: failure.to_string() }
    }
}

impl KeyDocument {
    /// Facts of a key that may be shown.
    #[must_use]
    pub fn new(key: &KeySnapshot) -> Self {
        Self {
            source: key.source.to_string(),
            fingerprint: key.identity.fingerprint.to_string(),
            created_at: key.age.map(|age| utc(age.created_at)),
            age_days: key.age.and_then(|age| age.days),
            rotate_by: key.age.map(|age| utc(age.rotate_by)),
        }
    }
}

impl AccountDocument {
    fn new(account: &Account) -> Self {
        let numbers =
            [("credits_remaining", Some(account.credits_remaining)), ("monthly_allowance", account.monthly_allowance)];
        let rounded = numbers.into_iter().filter(|(_, number)| number.is_some_and(|number| !is_exact(number)));
        Self {
            tier: account.tier.clone(),
            credits_remaining: number(account.credits_remaining),
            monthly_allowance: account.monthly_allowance.and_then(number),
            rounded: rounded.map(|(name, _)| name).collect(),
        }
    }
}

impl WindowDocument {
    fn new(window: &QuotaWindow) -> Self {
        let (limit, unlimited) = match window.limit {
            Limit::Unknown => (None, None),
            Limit::Unlimited => (None, Some(true)),
            Limit::Of(limit) => (Some(limit), Some(false)),
        };
        let contradiction = window.contradiction;
        let contradiction = contradiction
            .map(|words| ContradictionDocument { me: limit_value(words.me), headers: limit_value(words.headers) });
        Self { limit, remaining: window.remaining, unlimited, contradiction }
    }
}

fn limit_value(limit: Limit) -> Value {
    match limit {
        Limit::Unknown => Value::Null,
        Limit::Unlimited => Value::from("unlimited"),
        Limit::Of(limit) => Value::from(limit),
    }
}

/// Number of JSON, without decimals where it is whole.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn number(amount: f64) -> Option<Number> {
    if amount.fract() == 0.0 && amount.abs() <= EXACT_MAX {
        Some(Number::from(amount as i64))
    } else {
        Number::from_f64(amount)
    }
}

/// Text of a time in whole seconds, from which ages are counted too.
fn utc(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::domain::limit::Contradiction;
    use crate::domain::sample::CreditsPoint;
    use crate::testing::{calm_prod, dev, forecast, now, snapshot};
    use crate::wording::sentences;

    #[test]
    fn not_told_none_zero_a_number_and_a_contradiction_are_five_things() {
        let document = |limit, headers| {
            let contradiction = Contradiction::between(limit, headers);
            let window = QuotaWindow { limit, contradiction, ..QuotaWindow::default() };
            serde_json::to_value(WindowDocument::new(&window)).unwrap()
        };
        let with = |limit: Value, unlimited: Value, contradiction: Value| json!({ "limit": limit, "remaining": null, "unlimited": unlimited, "contradiction": contradiction });
        let none = Limit::Unknown;
        assert_eq!(document(none, none), with(Value::Null, Value::Null, Value::Null));
        assert_eq!(document(Limit::Unlimited, none), with(Value::Null, true.into(), Value::Null));
        assert_eq!(document(Limit::Of(0), none), with(0.into(), false.into(), Value::Null));
        assert_eq!(document(Limit::Of(10), none), with(10.into(), false.into(), Value::Null));
        let words = json!({ "me": 10, "headers": 5 });
        assert_eq!(document(Limit::Of(10), Limit::Of(5)), with(10.into(), false.into(), words));
        let words = json!({ "me": 10, "headers": "unlimited" });
        assert_eq!(document(Limit::Of(10), Limit::Unlimited), with(10.into(), false.into(), words));
    }

    #[test]
    fn numbers_are_those_that_were_sent_or_named_as_rounded() {
        let account = |credits_remaining, monthly_allowance| {
            let account = Account { credits_remaining, monthly_allowance, ..dev().account.unwrap() };
            serde_json::to_string(&AccountDocument::new(&account)).unwrap()
        };
        let told = account(9_007_199_254_740_992.0, Some(345.955));
        assert!(
            told.contains(r#""credits_remaining":9007199254740992,"monthly_allowance":345.955,"rounded":[]"#),
            "{told}"
        );
        let told = account(EXACT_MAX.next_up(), Some(0.0));
        assert!(told.contains(r#""monthly_allowance":0,"rounded":["credits_remaining"]"#), "{told}");
        let told = account(-3.0, None);
        assert!(told.contains(r#""credits_remaining":-3,"monthly_allowance":null,"rounded":[]"#), "{told}");
    }

    fn told(forecast: Option<Forecast>) -> Value {
        let environment = EnvironmentSnapshot { forecast: forecast.map(Into::into), ..calm_prod() };
        let document = StatusDocument::new(&snapshot(vec![environment]));
        serde_json::to_value(document).unwrap()["environments"][0]["forecast"].clone()
    }

    #[test]
    fn the_forecast_is_that_of_the_screen() {
        let forecast = forecast(400.0, 1_500.0, Some(1));
        let text = sentences::runs_out(&forecast, now(), &jiff::tz::TimeZone::UTC).unwrap();
        let told = told(Some(forecast));
        assert_eq!(told["burn_per_day"], json!(308.57));
        assert_eq!(
            (told["reset_at"].clone(), told["reset_source"].clone()),
            (json!("2026-12-01T00:00:00Z"), json!("configured"))
        );
        let dates = ["early", "likely", "late"].map(|bound| {
            let moment: Timestamp = told["exhausted_at"][bound].as_str().unwrap().parse().unwrap();
            moment.strftime("%-d").to_string()
        });
        let [early, likely, late] = dates;
        assert_eq!(
            text,
            format!(
                "runs out {likely} Nov, likely between {early} and {late} Nov (8 in 10), 6 days before the refill on 1 Dec"
            )
        );
    }

    #[test]
    fn what_is_not_known_of_the_future_is_null() {
        let of_a_day = |reset_day| {
            let point = |hours: i32| CreditsPoint {
                at: now() - SignedDuration::from_hours(i64::from(hours)),
                credits: 400.0 + f64::from(hours),
                allowance: None,
            };
            let points: Vec<_> = (0..=24).rev().map(point).collect();
            Forecast::new(&points, reset_day, now()).unwrap()
        };
        assert_eq!(told(None), Value::Null);
        let lasts = told(Some(forecast(1.0, 200_000.0, None)));
        assert_eq!(lasts["exhausted_at"], json!({ "early": null, "likely": null, "late": null }));
        assert_eq!((lasts["reset_at"].clone(), lasts["reset_source"].clone()), (Value::Null, Value::Null));
        let out = told(Some(forecast(400.0, 0.0, Some(1))));
        assert_eq!(out["exhausted_at"], Value::Null);
        assert_eq!(told(Some(of_a_day(None))), Value::Null);
        let reset = json!("2026-12-01T00:00:00Z");
        let expected = json!({
            "as_of": "2026-11-21T14:32:00Z", "burn_per_day": null, "exhausted_at": null, "reset_at": reset,
            "reset_source": "configured"
        });
        assert_eq!(told(Some(of_a_day(Some(1)))), expected);
    }
}
