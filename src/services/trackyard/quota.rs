//! The quota in the `X-RateLimit-*` headers, read tolerantly: nonsense is unknown, never an error.

use hyper::header::HeaderMap;

use crate::domain::exact::EXACT_MAX;
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::services::http::headers::text;

/// Quota that the headers of an answer tell.
#[must_use]
pub fn quota(headers: &HeaderMap) -> Quota {
    Quota {
        minute_limit: limit(headers, "x-ratelimit-limit"),
        minute_remaining: remaining(headers, "x-ratelimit-remaining"),
        day_limit: limit(headers, "x-ratelimit-limit-daily"),
        day_remaining: remaining(headers, "x-ratelimit-remaining-daily"),
    }
}

fn limit(headers: &HeaderMap, name: &str) -> Limit {
    text(headers, name).map_or(Limit::Unknown, Limit::from_text)
}

/// Requests that are left: a whole number, be it written as `990.0`.
fn remaining(headers: &HeaderMap, name: &str) -> Option<i64> {
    let text = text(headers, name)?;
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

#[expect(clippy::cast_possible_truncation, reason = "whole, and the range is checked first")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    const NAMES: [&str; 4] =
        ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-limit-daily", "x-ratelimit-remaining-daily"];

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
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
            ("990.0", Limit::Of(990), Some(990)),
            ("-3.0", Limit::Unlimited, Some(-3)),
            ("1e3", Limit::Of(1_000), Some(1_000)),
            ("1.5", Limit::Unknown, None),
            ("NaN", Limit::Unknown, None),
            ("10, 20", Limit::Unknown, None),
            ("", Limit::Unknown, None),
        ];
        for (value, limit, remaining) in cases {
            let quota = quota(&headers(&[("x-ratelimit-limit-daily", value), ("x-ratelimit-remaining-daily", value)]));
            assert_eq!((quota.day_limit, quota.day_remaining), (limit, remaining), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), NAMES.len()),
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in NAMES.into_iter().zip(&values) {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    headers.insert(name, value);
                }
            }
            let _ = quota(&headers);
        }
    }
}
