//! The headers of an answer, read tolerantly: nonsense is unknown, never an error.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::domain::limit::Limit;
use crate::domain::quota::Quota;

/// The longest wait that is honoured.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);

static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// What the `X-RateLimit-*` headers say.
#[must_use]
pub fn quota(headers: &HeaderMap) -> Quota {
    Quota {
        minute_limit: limit(headers, "x-ratelimit-limit"),
        minute_remaining: remaining(headers, "x-ratelimit-remaining"),
        day_limit: limit(headers, "x-ratelimit-limit-daily"),
        day_remaining: remaining(headers, "x-ratelimit-remaining-daily"),
    }
}

/// The service's own clock, from `Date`.
#[must_use]
pub fn server_clock(headers: &HeaderMap) -> Option<Timestamp> {
    date(text(headers, DATE.as_str())?)
}

/// How long the service asks to wait: at most an hour. A wait that is over at `now`, by the clock that
/// the answer was dated by, is none.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = text(headers, RETRY_AFTER.as_str())?;
    let wait = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() => return None,
        Ok(seconds) => {
            let seconds = seconds.ceil().clamp(0.0, RETRY_AFTER_MAX.as_secs_f64());
            SignedDuration::try_from_secs_f64(seconds).ok()?
        }
        Err(_) => date(text)?.duration_since(now),
    };
    Some(wait.min(RETRY_AFTER_MAX)).filter(SignedDuration::is_positive)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<Timestamp> {
    DATES.parse_timestamp(text).ok()
}

fn limit(headers: &HeaderMap, name: &str) -> Limit {
    text(headers, name).map_or(Limit::Unknown, Limit::from_text)
}

fn remaining(headers: &HeaderMap, name: &str) -> Option<i64> {
    text(headers, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    const NAMES: [&str; 6] = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-limit-daily",
        "x-ratelimit-remaining-daily",
        "date",
        "retry-after",
    ];

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_documented_headers_are_read() {
        let headers = headers(&[
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-remaining", " 7 "),
            ("x-ratelimit-limit-daily", "1000"),
            ("x-ratelimit-remaining-daily", "0"),
        ]);
        let expected = Quota {
            minute_limit: Limit::Of(10),
            minute_remaining: Some(7),
            day_limit: Limit::Of(1000),
            day_remaining: Some(0),
        };
        assert_eq!(quota(&headers), expected);
        assert_eq!(quota(&HeaderMap::new()), Quota::default());
    }

    #[test]
    fn a_limit_and_what_is_left_are_told_as_they_are_and_nonsense_is_unknown() {
        let cases = [
            ("0", Limit::Of(0), Some(0)),
            ("-1", Limit::Unlimited, Some(-1)),
            ("999999999", Limit::Of(999_999_999), Some(999_999_999)),
            ("1000000000", Limit::Unlimited, Some(1_000_000_000)),
            ("99999999999999999999", Limit::Unlimited, None),
            ("unlimited", Limit::Unlimited, None),
            ("1.5", Limit::Unknown, None),
            ("10, 20", Limit::Unknown, None),
            ("", Limit::Unknown, None),
        ];
        for (value, limit, remaining) in cases {
            let quota = quota(&headers(&[("x-ratelimit-limit-daily", value), ("x-ratelimit-remaining-daily", value)]));
            assert_eq!((quota.day_limit, quota.day_remaining), (limit, remaining), "{value:?}");
        }
    }

    #[test]
    fn the_date_is_the_clock_of_the_service() {
        let clock = |value| server_clock(&headers(&[("date", value)]));
        assert_eq!(clock("Sat, 21 Nov 2026 12:00:00 GMT"), Some(noon()));
        assert_eq!(clock("Mon, 21 Nov 2026 12:00:00 GMT"), Some(noon()), "a wrong weekday does no harm");
        assert_eq!(clock("Sat, 21 Nov 2026 13:00:00 +0100"), Some(noon()));
        for nonsense in ["", "now", "Sat, 31 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026"] {
            assert_eq!(clock(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(server_clock(&HeaderMap::new()), None);
    }

    #[test]
    fn the_wait_is_positive_and_at_most_an_hour() {
        let cases = [
            ("30", Some(30)),
            (" 30 ", Some(30)),
            ("0.2", Some(1)),
            ("3600", Some(3600)),
            ("3601", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("1e999", Some(3600)),
            ("0", None),
            ("-5", None),
            ("-99999999999999999999999999", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
            ("Sat, 21 Nov 2026 12:01:30 GMT", Some(90)),
            ("Sun, 21 Nov 2027 12:00:00 GMT", Some(3600)),
            ("Sat, 21 Nov 2026 12:00:00 GMT", None),
            ("Fri, 20 Nov 2026 12:00:00 GMT", None),
            ("Thu, 31 Dec 9998 23:59:59 GMT", Some(3600)),
        ];
        for (value, seconds) in cases {
            let wait = retry_after(&headers(&[("retry-after", value)]), noon());
            assert_eq!(wait, seconds.map(SignedDuration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), noon()), None);
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), NAMES.len()),
            now in prop::sample::select(vec![Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX]),
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in NAMES.into_iter().zip(&values) {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    headers.insert(name, value);
                }
            }
            let _ = quota(&headers);
            let now = server_clock(&headers).unwrap_or(now);
            let wait = retry_after(&headers, now);
            prop_assert!(wait.is_none_or(|wait| wait.is_positive() && wait <= RETRY_AFTER_MAX));
        }

        #[test]
        fn every_number_makes_a_wait_of_at_most_an_hour(seconds in any::<f64>()) {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(&seconds.to_string()).unwrap());
            let wait = retry_after(&headers, noon());
            prop_assert_eq!(wait.is_some(), seconds > 0.0);
            prop_assert!(wait.is_none_or(|wait| wait <= RETRY_AFTER_MAX));
        }
    }
}
