//! Dates in headers, in any of the three forms of RFC 9110; nonsense is unknown, never an error.

use hyper::header::{DATE, HeaderMap};
use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::headers::text;

static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// Clock of the server, from `Date`; `now` is by this machine's.
#[must_use]
pub fn server_clock(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    parse(text(headers, DATE.as_str())?, now)
}

/// Moment that a date tells; its weekday is not looked at.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    DATES.parse_timestamp(text).ok().or_else(|| rfc850(text, now)).or_else(|| asctime(text))
}

/// `Saturday, 21-Nov-26 12:00:00 GMT`
fn rfc850(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (_, date) = text.split_once(',')?;
    let mut time = beginning("%d-%b-%y %H:%M:%S", date.trim_start())?;
    let year = time.year()? % 100;
    let century = now.to_zoned(TimeZone::UTC).year() / 100 * 100;
    let latest = now.to_zoned(TimeZone::UTC).checked_add(50.years()).ok()?.timestamp();
    // No year is more than 50 years ahead: then it is the last one that ended so.
    [century + 100, century, century - 100].into_iter().find_map(|century| {
        time.set_year(Some(century + year)).ok()?;
        utc(&time).filter(|moment| *moment <= latest)
    })
}

/// `Sat Nov 21 12:00:00 2026`
fn asctime(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(char::is_whitespace)?;
    utc(&beginning("%b %e %H:%M:%S %Y", date.trim_start())?)
}

/// Date at the beginning of a text; what follows is not looked at.
fn beginning(form: &str, text: &str) -> Option<BrokenDownTime> {
    BrokenDownTime::parse_prefix(form, text).ok().map(|(time, _)| time)
}

fn utc(time: &BrokenDownTime) -> Option<Timestamp> {
    Some(time.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
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
                prop_assert_eq!(parse(&text, moment), Some(moment), "{}", text);
            }
        }
    }
}
