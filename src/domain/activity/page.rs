//! The body of `GET /usage`, read tolerantly: all that is demanded of a row is its time.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::call::{ENDPOINT_LENGTH_MAX, UNKNOWN_ENDPOINT, UsageCall};
use crate::domain::account::{number, timestamp};
use crate::domain::error::BodyError;
use crate::domain::text::{cut, redact, sanitise};

/// The documented base of all endpoints, which a row may name with them.
const PREFIX: &str = "/api/external/v1";
/// More rows than this are not looked at: ten times as many as are asked for.
const ROWS_MAX: usize = 1_000;
/// A call that costs more makes no sense.
const CREDITS_MAX: f64 = 1e6;
/// The longest answer, in milliseconds.
const RESPONSE_TIME_MAX: f64 = 3_600_000.0;

/// A page of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct UsagePage {
    /// The first 1,000 rows in the order of the service; `None` for one whose time can't be read.
    pub rows: Vec<Option<UsageCall>>,
    /// Calls that the service lists in all, where it told.
    pub total_count: Option<u64>,
    /// Calls that the service puts on a page, above 0, where it told.
    pub limit: Option<u64>,
}

impl UsagePage {
    /// Reads a body of `/usage`. Every occurrence of `secret` is taken out of its texts.
    ///
    /// # Errors
    /// With the fault of a body that is no such one.
    pub fn parse(body: &[u8], secret: &str) -> Result<Self, BodyError> {
        if body.is_empty() {
            return Err(BodyError::Empty);
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Err(BodyError::NotJson);
        };
        let fields = value.as_object().ok_or(BodyError::NoCalls)?;
        let rows = fields.get("usage").and_then(Value::as_array).ok_or(BodyError::NoCalls)?;
        let count = |name| fields.get(name).and_then(Value::as_u64);
        Ok(Self {
            rows: rows.iter().take(ROWS_MAX).map(|row| call(row.as_object()?, secret)).collect(),
            total_count: count("total_count"),
            limit: count("limit").filter(|limit| *limit > 0),
        })
    }

    /// The rows that can be read.
    #[must_use = "iterators are lazy"]
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &UsageCall> {
        self.rows.iter().flatten()
    }
}

fn call(row: &Map<String, Value>, secret: &str) -> Option<UsageCall> {
    let status_code = row.get("status_code").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let response_time = number(row, "response_time_ms").filter(|time| (0.0..=RESPONSE_TIME_MAX).contains(time));
    let endpoint = row.get("endpoint").and_then(Value::as_str).map(|text| endpoint(text, secret));
    Some(UsageCall {
        at: to_millisecond(timestamp(row, "timestamp")?)?,
        endpoint: endpoint.filter(|path| !path.is_empty()).unwrap_or_else(|| UNKNOWN_ENDPOINT.to_owned()),
        status_code: status_code.filter(|status| (100..1_000).contains(status)),
        credits: number(row, "credits_consumed").filter(|cost| (0.0..=CREDITS_MAX).contains(cost)).unwrap_or(0.0),
        response_time: response_time.map(|time| SignedDuration::from_millis(whole(time))),
    })
}

/// Finer times can't be kept.
fn to_millisecond(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.as_millisecond()).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// The path alone: without the method, the host, the base and the query.
fn endpoint(untrusted: &str, secret: &str) -> String {
    let clean = sanitise(&redact(untrusted, secret), usize::MAX);
    let clean = redact(&clean, secret);
    let is_method = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
    let path = clean.split_once(' ').filter(|(word, _)| is_method(word)).map_or(&clean[..], |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => path,
    };
    let path = path.strip_prefix(PREFIX).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let path = path.trim().trim_matches('/').trim();
    if path.is_empty() { String::new() } else { cut(&format!("/{path}"), ENDPOINT_LENGTH_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const SECRET: &str = "s3cret-s3cret-s3cret";

    fn page(body: &str) -> UsagePage {
        UsagePage::parse(body.as_bytes(), SECRET).unwrap()
    }

    fn row(row: &Value) -> Option<UsageCall> {
        page(&json!({ "usage": [row] }).to_string()).rows.remove(0)
    }

    fn named(endpoint: &str) -> String {
        row(&json!({ "timestamp": "2026-11-21T12:00:00Z", "endpoint": endpoint })).unwrap().endpoint
    }

    #[test]
    fn the_documented_example_is_read_whole() {
        let page = page(
            r#"{"usage":[{"timestamp":"2026-02-20T14:22:15Z","endpoint":"/search","status_code":200,
                "credits_consumed":1,"response_time_ms":145}],"total_count":1250,"offset":0,"limit":50}"#,
        );
        let call = UsageCall {
            at: "2026-02-20T14:22:15Z".parse().unwrap(),
            endpoint: "/search".to_owned(),
            status_code: Some(200),
            credits: 1.0,
            response_time: Some(SignedDuration::from_millis(145)),
        };
        assert_eq!(page, UsagePage { rows: vec![Some(call)], total_count: Some(1_250), limit: Some(50) });
    }

    #[test]
    fn only_the_time_of_a_row_is_demanded() {
        let bare = row(&json!({ "timestamp": "2026-11-21T12:00:00.1239" })).unwrap();
        assert_eq!(bare.at, "2026-11-21T12:00:00.123Z".parse().unwrap());
        assert_eq!((bare.endpoint.as_str(), bare.status_code, bare.response_time), (UNKNOWN_ENDPOINT, None, None));
        for unreadable in [json!(7), json!([]), json!({}), json!({ "timestamp": 7 }), json!({ "timestamp": "noon" })] {
            assert_eq!(row(&unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn values_that_make_no_sense_are_unknown() {
        for strange in [json!(-1), json!(1e300), json!("many"), json!(null), json!({})] {
            let call = row(&json!({
                "timestamp": "2026-11-21T12:00:00Z", "endpoint": strange, "status_code": strange,
                "credits_consumed": strange, "response_time_ms": strange,
            }));
            let call = call.unwrap();
            assert_eq!((call.status_code, call.response_time, call.credits), (None, None, 0.0), "{strange}");
        }
    }

    #[test]
    fn an_endpoint_is_its_path_alone() {
        for same in [
            "/search",
            "search",
            "/search/",
            "POST /search",
            "/search?q=drums&n=1",
            "/api/external/v1/search",
            "https://api.trackyard.com/api/external/v1/search#x",
            " /sea\u{202e}rch\n",
        ] {
            assert_eq!(named(same), "/search", "{same:?}");
        }
        assert_eq!(named("/"), UNKNOWN_ENDPOINT);
        assert_eq!(named(&format!("/{}", "x".repeat(99))), format!("/{}…", "x".repeat(30)));
    }

    #[test]
    fn a_key_in_an_endpoint_does_not_survive_even_in_part() {
        assert_eq!(named("/of/s3cret-s3cret-s3cret/tracks"), "/of/[redacted]/tracks");
        assert_eq!(named("/s3cret-\u{200b}s3cret-s3cret"), "/[redacted]");
        let at_the_cut = named(&format!("/{}/{SECRET}", "x".repeat(20)));
        assert!(!at_the_cut.contains("s3cret"), "{at_the_cut}");
    }

    #[test]
    fn a_page_is_read_only_so_far() {
        let rows = vec![json!(0); ROWS_MAX + 1];
        assert_eq!(page(&json!({ "usage": rows }).to_string()).rows.len(), ROWS_MAX);
    }

    #[test]
    fn what_is_no_page_says_why() {
        let reason = |body: &str| UsagePage::parse(body.as_bytes(), SECRET).unwrap_err();
        assert_eq!(reason("<html>"), BodyError::NotJson);
        for body in ["[]", "{}", r#"{"usage":{}}"#] {
            assert_eq!(reason(body), BodyError::NoCalls, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_endpoint_breaks_the_reader(text in any::<String>()) {
            let shown = named(&text);
            prop_assert!(!shown.is_empty() && shown.chars().count() <= ENDPOINT_LENGTH_MAX);
            prop_assert!(shown.starts_with('/') || shown == UNKNOWN_ENDPOINT);
        }
    }
}
