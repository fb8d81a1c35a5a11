//! `Retry-After`: how long a server asks to wait, in seconds or until a date. How long that is obeyed is decided by who
//! asked.

use hyper::header::{HeaderMap, RETRY_AFTER};
use jiff::{SignedDuration, Timestamp};

use super::date;
use super::headers::text;
use crate::domain::backoff::RETRY_AFTER_MAX;

/// Wait that a server asks for with an answer that came at `now`, by this machine's clock: above zero, at most an hour.
/// A wait until a date counts from the server's own clock, where the answer tells it.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = text(headers, RETRY_AFTER.as_str())?;
    let wait = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() => return None,
        Ok(seconds) => {
            let seconds = seconds.ceil().clamp(0.0, RETRY_AFTER_MAX.as_secs_f64());
            SignedDuration::try_from_secs_f64(seconds).ok()?
        }
        Err(_) => {
            let now = date::server_clock(headers, now).unwrap_or(now);
            date::parse(text, now)?.duration_since(now)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX)).filter(SignedDuration::is_positive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{DATE, HeaderValue};
    use proptest::prelude::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
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

    #[test]
    fn a_date_counts_from_the_clock_of_the_server() {
        let fields = [("date", "Sat, 21 Nov 2026 13:00:00 GMT"), ("retry-after", "Sat, 21 Nov 2026 13:00:30 GMT")];
        assert_eq!(retry_after(&headers(&fields), noon()), Some(SignedDuration::from_secs(30)));
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 2),
            now in prop::sample::select(vec![Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX]),
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in [DATE, RETRY_AFTER].into_iter().zip(&values) {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    headers.insert(name, value);
                }
            }
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
