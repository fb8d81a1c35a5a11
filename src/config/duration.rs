//! Lengths of time as people write them.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use thiserror::Error;

/// Error of a text that is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write a duration with its unit, like 90s, 10m, 1h 30m or 2d")]
pub struct ParseDurationError;

/// Length of time such as `90s`, `10m`, `1h 30m`, `7 min 12 s` or `2d`. A day has 24 hours.
///
/// # Errors
/// No unit, a unit without a fixed length (months, years), or a negative time.
pub fn parse(text: &str) -> Result<SignedDuration, ParseDurationError> {
    text.trim()
        .parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(|duration| !duration.is_negative())
        .ok_or(ParseDurationError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::format;

    #[test]
    fn durations_are_read_with_their_units() {
        let seconds = |text| parse(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds(" 10m "), Ok(600));
        assert_eq!(seconds("1h 30m"), Ok(5_400));
        assert_eq!(seconds("7 min 12 s"), Ok(432));
        assert_eq!(seconds("2d"), Ok(172_800));
        assert_eq!(seconds("PT1M"), Ok(60));
        assert_eq!(seconds("0s"), Ok(0));
    }

    #[test]
    fn what_has_no_fixed_length_is_refused() {
        for bad in ["", "60", "-5m", "5m ago", "1 month", "1y", "soon", "9223372036854775807h"] {
            assert_eq!(parse(bad), Err(ParseDurationError), "{bad}");
        }
    }

    #[test]
    fn what_the_screen_says_can_be_typed_back() {
        for seconds in [45, 432, 8_640, 90_000] {
            let duration = SignedDuration::from_secs(seconds);
            assert_eq!(parse(&format::interval(duration)), Ok(duration));
        }
    }
}
