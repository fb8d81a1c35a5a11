//! The headers of an answer, read tolerantly: nonsense is unknown, never an error.

use hyper::header::{CONTENT_ENCODING, DATE, HeaderMap, RETRY_AFTER};
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::domain::exact::EXACT_MAX;
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

/// The service's own clock, from `Date`; `now` is by this machine's.
#[must_use]
pub fn server_clock(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    date(text(headers, DATE.as_str())?, now)
}

/// How the body is encoded, if it is: `gzip`.
#[must_use]
pub fn encoding(headers: &HeaderMap) -> Option<&str> {
    text(headers, CONTENT_ENCODING.as_str()).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
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
        Err(_) => date(text, now)?.duration_since(now),
    };
    Some(wait.min(RETRY_AFTER_MAX)).filter(SignedDuration::is_positive)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A date in any of the three forms of RFC 9110.
fn date(text: &str, now: Timestamp) -> Option<Timestamp> {
    DATES.parse_timestamp(text).ok().or_else(|| rfc850(text, now)).or_else(|| asctime(text))
}

/// `Saturday, 21-Nov-26 12:00:00 GMT`
fn rfc850(text: &str, now: Timestamp) -> Option<Timestamp> {
    let mut parts = text.split_once(',')?.1.split_whitespace();
    let mut date = parts.next()?.split('-');
    let (day, month, year) = (date.next()?, date.next()?, date.next().filter(|year| year.len() == 2)?);
    let time = parts.next()?;
    let (century, year): (i16, i16) = (now.to_zoned(TimeZone::UTC).year() / 100 * 100, year.parse().ok()?);
    let latest = now.to_zoned(TimeZone::UTC).checked_add(50.years()).ok()?.timestamp();
    let in_century = |century: i16| moment(century + year, month, day, time);
    // No year is more than 50 years ahead: then it is the last one that ended so.
    let mut readings = [century + 100, century, century - 100].into_iter().filter_map(in_century);
    readings.find(|moment| *moment <= latest)
}

/// `Sat Nov 21 12:00:00 2026`
fn asctime(text: &str) -> Option<Timestamp> {
    let mut parts = text.split_whitespace();
    let (_, month, day, time, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    moment(year.parse().ok()?, month, day, time)
}

fn moment(year: i16, month: &str, day: &str, time: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = (1..).zip(MONTHS).find(|(_, name)| name.eq_ignore_ascii_case(month))?.0;
    let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // A leap second is the last one of its minute.
    let civil = DateTime::new(year, month, day.parse().ok()?, hour, minute, second.min(59), 0).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn limit(headers: &HeaderMap, name: &str) -> Limit {
    text(headers, name).map_or(Limit::Unknown, Limit::from_text)
}

/// What is left: a whole number, be it written as `990.0`.
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

    #[test]
    fn the_date_is_the_clock_of_the_service() {
        let clock = |value| server_clock(&headers(&[("date", value)]), noon());
        assert_eq!(clock("Sat, 21 Nov 2026 12:00:00 GMT"), Some(noon()));
        assert_eq!(clock("Mon, 21 Nov 2026 12:00:00 GMT"), Some(noon()), "a wrong weekday does no harm");
        assert_eq!(clock("Sat, 21 Nov 2026 13:00:00 +0100"), Some(noon()));
        for nonsense in ["", "now", "Sat, 31 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026"] {
            assert_eq!(clock(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(server_clock(&HeaderMap::new(), noon()), None);
    }

    #[test]
    fn a_year_of_two_digits_is_never_more_than_50_years_ahead() {
        let year = |text, now: &str| {
            let read = rfc850(text, now.parse().unwrap()).unwrap();
            read.to_zoned(TimeZone::UTC).year()
        };
        let cases = [
            ("Sunday, 06-Nov-94 08:49:37 GMT", "2026-11-21T12:00:00Z", 1994),
            ("Sunday, 06-Nov-76 08:49:37 GMT", "2026-11-21T12:00:00Z", 2076),
            ("Sunday, 06-Nov-77 08:49:37 GMT", "2026-11-21T12:00:00Z", 1977),
            ("Friday, 01-Jan-00 00:00:30 GMT", "2099-12-31T23:59:00Z", 2100),
            ("Thursday, 31-Dec-99 23:59:59 GMT", "2100-01-01T00:00:30Z", 2099),
        ];
        for (text, now, expected) in cases {
            assert_eq!(year(text, now), expected, "{text} at {now}");
        }
    }

    proptest! {
        #[test]
        fn each_form_of_a_date_says_the_same(second in 0_i64..4_000_000_000) {
            let moment = Timestamp::from_second(second).unwrap();
            let zoned = moment.to_zoned(TimeZone::UTC);
            for form in ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
                let text = zoned.strftime(form).to_string();
                prop_assert_eq!(date(&text, moment), Some(moment), "{}", text);
            }
        }
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
            ("Saturday, 21-Nov-26 12:01:30 GMT", Some(90)),
            ("Sat Nov 21 12:01:30 2026", Some(90)),
            ("Sunday, 21-Nov-76 11:00:00 GMT", Some(3600)),
            ("Sunday, 21-Nov-76 13:00:00 GMT", None),
            ("Sat Nov 21 11:59:59 2026", None),
            ("Sat Nov 31 12:01:30 2026", None),
            ("Saturday, 21-Nov-2026 12:01:30", None),
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
            let now = server_clock(&headers, now).unwrap_or(now);
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
