//! The service's calendar: fixed minutes, UTC days and calendar months.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Seconds in an hour.
pub const HOUR: i64 = 3_600;

/// The number of the minute since 1970.
#[must_use]
pub fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The number of the hour since 1970.
#[must_use]
pub fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR)
}

/// The number of the UTC day since 1970.
#[must_use]
pub fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(24 * HOUR)
}

/// Midnight UTC on the first of the month.
#[must_use]
pub fn month_start(at: Timestamp) -> Timestamp {
    let first = TimeZone::UTC.to_datetime(at).date().first_of_month();
    first.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
}

/// Midnight UTC on the first of the month after.
#[must_use]
pub fn next_month_start(at: Timestamp) -> Timestamp {
    let first = TimeZone::UTC.to_datetime(at).date().first_of_month();
    first
        .checked_add(1.month())
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// A time as the service writes it: whole seconds, UTC.
#[must_use]
pub fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// So much later, at most the end of time.
#[must_use]
pub fn later(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// So much earlier, at least the beginning of time.
#[must_use]
pub fn earlier(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_sub(duration).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_at_midnight_utc() {
        let bounds = |text: &str| {
            let at = text.parse().unwrap();
            (iso(month_start(at)), iso(next_month_start(at)))
        };
        let expected = ("2026-12-01T00:00:00Z".to_owned(), "2027-01-01T00:00:00Z".to_owned());
        assert_eq!(bounds("2026-12-31T23:59:59.9Z"), expected);
        assert_eq!(bounds("2026-12-01T00:00:00Z"), expected);
    }

    #[test]
    fn the_ends_of_time_have_months() {
        assert!(month_start(Timestamp::MIN) <= Timestamp::MIN);
        assert_eq!(next_month_start(Timestamp::MAX), Timestamp::MAX);
    }
}
