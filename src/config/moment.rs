//! Moments as people write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::duration;

/// Moment, fixed or counted back from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Moment so long ago.
    Ago(SignedDuration),
    /// Moment that is fixed.
    At(Timestamp),
}

/// Error of a text that is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write a time like 2026-11-20 or 2026-11-20T10:00:00Z, or how long ago it was, like 30d or 12h")]
pub struct ParseMomentError;

impl Moment {
    /// Moment from a date, a time, or a length of time. Without an offset it is in UTC; a date means its first moment.
    ///
    /// # Errors
    /// A text that is none of these.
    pub fn parse(text: &str) -> Result<Self, ParseMomentError> {
        let text = text.trim();
        if let Ok(ago) = duration::parse(text) {
            return Ok(Self::Ago(ago));
        }
        let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
        text.parse().ok().or_else(in_utc).map(Self::At).ok_or(ParseMomentError)
    }

    /// Time of the moment, seen from `now`; never before the calendar.
    #[must_use]
    pub fn seen_from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ago) => now.saturating_sub(ago).unwrap_or(Timestamp::MIN),
            Self::At(moment) => moment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_lengths_of_time_are_read() {
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let seen = |text: &str| Moment::parse(text).map(|moment| moment.seen_from(now).to_string()).ok();
        assert_eq!(seen("1d").as_deref(), Some("2026-11-20T14:00:00Z"));
        assert_eq!(seen(" 1h 30m").as_deref(), Some("2026-11-21T12:30:00Z"));
        assert_eq!(seen("2026-11-20").as_deref(), Some("2026-11-20T00:00:00Z"));
        assert_eq!(seen("2026-11-20T10:00").as_deref(), Some("2026-11-20T10:00:00Z"));
        assert_eq!(seen("2026-11-20T10:00:00+01:00").as_deref(), Some("2026-11-20T09:00:00Z"));
        assert_eq!(seen("7000000d").as_deref(), Timestamp::MIN.to_string().as_str().into());
        for bad in ["", "yesterday", "30", "2026-13-01", "1 month"] {
            assert_eq!(seen(bad), None, "{bad}");
        }
    }
}
