//! The body of `GET /me`, read tolerantly.
//!
//! The service's pages contradict each other on limits and mark the two timestamps as optional, so all
//! that is demanded of a body is a JSON object with a number of credits.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::BodyError;
use super::exact::EXACT_MAX;
use super::limit::Limit;
use super::text::sanitise;

/// The longest name of a tier that is kept, in characters.
const TIER_LENGTH_MAX: usize = 24;

/// Account behind a key, as the body of `GET /me` tells of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Account {
    /// "free", "starter", "pro", or whatever the service calls it.
    pub tier: Option<String>,
    /// The balance, in credits; finite, may be fractional or negative.
    pub credits_remaining: f64,
    /// Credits for each month (or in all, for a tier without a reset), as told: finite, may be 0 or negative.
    pub monthly_allowance: Option<f64>,
    /// Requests allowed in a minute.
    pub requests_per_minute: Limit,
    /// Requests allowed in a day.
    pub requests_per_day: Limit,
    /// Moment at which the key was made, on the service's clock.
    pub created_at: Option<Timestamp>,
    /// The most recent call with the key, by whomever.
    pub last_used_at: Option<Timestamp>,
}

/// Plan of an account, as far as the service told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountPlan {
    /// Tier, as the service names it.
    pub tier: Option<String>,
    /// Credits of a month.
    pub allowance: Option<f64>,
}

impl From<&Account> for AccountPlan {
    fn from(account: &Account) -> Self {
        Self { tier: account.tier.clone(), allowance: account.monthly_allowance }
    }
}

impl Account {
    /// Reads a body of `/me`.
    ///
    /// # Errors
    /// With the fault of a body that is no such one.
    pub fn parse(body: &[u8]) -> Result<Self, BodyError> {
        if body.is_empty() {
            return Err(BodyError::Empty);
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Err(BodyError::NotJson);
        };
        let Value::Object(fields) = value else {
            return Err(BodyError::NotAnObject);
        };
        let credits_remaining = number(&fields, "credits_remaining").ok_or(BodyError::NoCredits)?;
        let limits = fields.get("rate_limit").and_then(Value::as_object);
        let limit_of = |name| Limit::from_json(limits.and_then(|limits| limits.get(name)));
        Ok(Self {
            tier: fields
                .get("tier")
                .and_then(Value::as_str)
                .map(|tier| sanitise(tier, TIER_LENGTH_MAX))
                .filter(|tier| !tier.is_empty()),
            credits_remaining,
            monthly_allowance: number(&fields, "monthly_allowance"),
            requests_per_minute: limit_of("requests_per_minute"),
            requests_per_day: limit_of("requests_per_day"),
            created_at: timestamp(&fields, "created_at"),
            last_used_at: timestamp(&fields, "last_used_at"),
        })
    }

    /// The allowance that a part can be told of: above 0, and not so huge that it stands for none.
    #[must_use]
    pub fn allowance(&self) -> Option<f64> {
        self.monthly_allowance.filter(|allowance| *allowance > 0.0 && *allowance <= EXACT_MAX)
    }

    /// The balance as a part of the allowance: above 1 where there is more than that, negative where the balance is;
    /// unknown without an allowance above 0.
    #[must_use]
    pub fn credits_ratio(&self) -> Option<f64> {
        self.allowance().map(|allowance| self.credits_remaining / allowance).filter(|ratio| ratio.is_finite())
    }

    /// True with more credits than the allowance.
    #[must_use]
    pub fn is_above_allowance(&self) -> bool {
        self.allowance().is_some_and(|allowance| self.credits_remaining > allowance)
    }
}

pub(super) fn number(fields: &Map<String, Value>, name: &str) -> Option<f64> {
    let value = match fields.get(name)? {
        Value::Number(number) => number.as_f64().map(|float| beyond_exact(float, number.as_i64())),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().map(|float| beyond_exact(float, text.parse().ok()))
        }
        _ => None,
    };
    value.filter(|number| number.is_finite())
}

/// A number that was rounded to the last one whose digits are exact becomes the next, so that it does not pass for it.
fn beyond_exact(float: f64, told: Option<i64>) -> f64 {
    let is_edge = (float.abs() - EXACT_MAX).abs() < 1.0;
    if !is_edge || told.is_some_and(|whole| whole.unsigned_abs() == 1 << 53) {
        float
    } else if float > 0.0 {
        float.next_up()
    } else {
        float.next_down()
    }
}

pub(super) fn timestamp(fields: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let text = fields.get(name)?.as_str()?;
    let without_zone = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| without_zone().map(|moment| moment.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(body: &str) -> Account {
        Account::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_documented_example_is_read_whole() {
        let account = account(
            r#"{"tier":"free","credits_remaining":487,"monthly_allowance":500,
                "rate_limit":{"requests_per_minute":10,"requests_per_day":1000},
                "created_at":"2026-01-15T10:30:00Z","last_used_at":"2026-02-20T14:22:15Z"}"#,
        );
        let expected = Account {
            tier: Some("free".into()),
            credits_remaining: 487.0,
            monthly_allowance: Some(500.0),
            requests_per_minute: Limit::Of(10),
            requests_per_day: Limit::Of(1000),
            created_at: Some("2026-01-15T10:30:00Z".parse().unwrap()),
            last_used_at: Some("2026-02-20T14:22:15Z".parse().unwrap()),
        };
        assert_eq!(account, expected);
    }

    #[test]
    fn only_the_credits_are_demanded() {
        let account = account(r#"{"credits_remaining":-1.5}"#);
        assert!((account.credits_remaining + 1.5).abs() < f64::EPSILON);
        assert_eq!((account.tier, account.monthly_allowance), (None, None));
        assert_eq!((account.requests_per_day, account.created_at), (Limit::Unknown, None));
    }

    #[test]
    fn an_unlimited_day_may_be_told_in_any_way() {
        let day = |rest: &str| account(&format!(r#"{{"credits_remaining":1{rest}}}"#)).requests_per_day;
        for limit in ["null", "-1", "9007199254740993", "1e300", "\"unlimited\""] {
            assert_eq!(day(&format!(r#","rate_limit":{{"requests_per_day":{limit}}}"#)), Limit::Unlimited, "{limit}");
        }
        for absent in ["", r#","rate_limit":null"#, r#","rate_limit":[]"#, r#","rate_limit":{}"#] {
            assert_eq!(day(absent), Limit::Unknown, "{absent}");
        }
        assert_eq!(day(r#","rate_limit":{"requests_per_day":0}"#), Limit::Of(0));
    }

    #[test]
    fn an_allowance_is_what_was_told() {
        let allowance = |rest: &str| account(&format!(r#"{{"credits_remaining":5{rest}}}"#));
        for unknown in ["", r#","monthly_allowance":null"#, r#","monthly_allowance":"much""#] {
            assert_eq!(allowance(unknown).monthly_allowance, None, "{unknown}");
        }
        for (told, number) in [("0", 0.0), ("-1", -1.0)] {
            let account = allowance(&format!(r#","monthly_allowance":{told}"#));
            assert_eq!((account.monthly_allowance, account.allowance()), (Some(number), None), "{told}");
            assert_eq!((account.credits_ratio(), account.is_above_allowance()), (None, false), "{told}");
        }
        let huge = allowance(r#","monthly_allowance":1e300"#);
        assert_eq!((huge.allowance(), huge.is_above_allowance()), (None, false));
        assert!(allowance(r#","monthly_allowance":2"#).is_above_allowance());
    }

    #[test]
    fn a_number_that_is_rounded_does_not_pass_for_the_last_exact_one() {
        let credits = |text: &str| account(&format!(r#"{{"credits_remaining":{text}}}"#)).credits_remaining;
        for exact in ["9007199254740992", "\"9007199254740992\"", "-9007199254740992"] {
            assert!(credits(exact).abs() <= EXACT_MAX, "{exact}");
        }
        for rounded in ["9007199254740993", "\"9007199254740993\"", "-9007199254740993", "9007199254740992.5"] {
            assert!(credits(rounded).abs() > EXACT_MAX, "{rounded}");
        }
    }

    #[test]
    fn times_without_a_zone_are_utc_and_nonsense_is_unknown() {
        let times = |text: &str| account(&format!(r#"{{"credits_remaining":1,"created_at":{text}}}"#)).created_at;
        let expected = "2026-01-15T10:30:00Z".parse().ok();
        assert_eq!(times(r#""2026-01-15T10:30:00""#), expected);
        assert_eq!(times(r#""2026-01-15T11:30:00+01:00""#), expected);
        assert_eq!(times(r#""yesterday""#), None);
        assert_eq!(times("17"), None);
    }

    #[test]
    fn what_is_no_account_says_why() {
        let reason = |body: &str| Account::parse(body.as_bytes()).unwrap_err();
        assert_eq!(reason(""), BodyError::Empty);
        assert_eq!(reason("<html>"), BodyError::NotJson);
        assert_eq!(reason("[]"), BodyError::NotAnObject);
        assert_eq!(reason(r#"{"error":"x"}"#), BodyError::NoCredits);
        assert_eq!(reason(r#"{"credits_remaining":"NaN"}"#), BodyError::NoCredits);
    }

    #[test]
    fn the_ratio_is_true_above_the_allowance_and_below_zero() {
        let ratio = |left: &str, all: &str| {
            account(&format!(r#"{{"credits_remaining":{left},"monthly_allowance":{all}}}"#)).credits_ratio()
        };
        assert_eq!(ratio("1250", "500"), Some(2.5));
        assert_eq!(ratio("-5", "500"), Some(-0.01));
        assert_eq!([ratio("7", "0"), ratio("7", "-1"), ratio("7", "null"), ratio("1e300", "1e-300")], [None; 4]);
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = Account::parse(&body);
        }

        #[test]
        fn numbers_are_finite_whatever_is_sent(left in any::<f64>(), all in any::<f64>()) {
            let body = format!(r#"{{"credits_remaining":{left:e},"monthly_allowance":{all:e}}}"#);
            if let Ok(account) = Account::parse(body.as_bytes()) {
                prop_assert!(account.credits_remaining.is_finite());
                prop_assert!(account.credits_ratio().is_none_or(f64::is_finite));
            }
        }
    }
}
