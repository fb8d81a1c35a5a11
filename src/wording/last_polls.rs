//! The last polls in words.

use jiff::SignedDuration;

use super::format;
use super::sentences::StatusSymbol;
use crate::domain::error::PollErrorKind;
use crate::domain::poll_record::RecordedOutcome;

/// Title of the list.
pub const TITLE: &str = "last polls";

/// What came of a poll, with its symbol.
#[must_use]
pub fn outcome(outcome: RecordedOutcome) -> (StatusSymbol, &'static str) {
    let RecordedOutcome::Failed(kind) = outcome else { return (StatusSymbol::Ok, "answered") };
    let (critical, warning) = (StatusSymbol::Critical, StatusSymbol::Warning);
    match kind {
        PollErrorKind::Unauthorized => (critical, "401 key refused"),
        PollErrorKind::CreditsOut => (critical, "402 out of credits"),
        PollErrorKind::Forbidden => (critical, "403 forbidden"),
        PollErrorKind::RateLimited => (warning, "429 rate limited"),
        PollErrorKind::Dns => (warning, "name not found"),
        PollErrorKind::Connection => (warning, "no connection"),
        PollErrorKind::Tls => (warning, "no safe connection"),
        PollErrorKind::Timeout => (warning, "no answer in time"),
        PollErrorKind::Proxy => (warning, "proxy error"),
        PollErrorKind::ServerError => (warning, "server error"),
        PollErrorKind::UnexpectedAnswer => (warning, "unexpected answer"),
        PollErrorKind::Client => (warning, "no requests possible here"),
    }
}

/// Time that the answer of a poll took: `84 ms`, `2.0 s`, `–` where it is not known.
#[must_use]
pub fn latency(outcome: RecordedOutcome) -> String {
    outcome.latency().map_or_else(|| "–".to_owned(), format::exact_latency)
}

/// The least and the most time that answers took: `40 ms to 2.0 s`, or `40 ms` where people can't tell them apart.
#[must_use]
pub fn latency_range(least: SignedDuration, most: SignedDuration) -> String {
    let [least, most] = [least, most].map(format::exact_latency);
    if least == most { most } else { format!("{least} to {most}") }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::status::{Severity, Status};

    #[test]
    fn the_symbol_of_a_failure_is_that_of_the_status_after_it() {
        for kind in PollErrorKind::VARIANTS {
            // A key that is out of credits is active.
            let severity = match kind {
                PollErrorKind::CreditsOut => Severity::Critical,
                kind => Status::after_failure(*kind, true).severity(true),
            };
            assert_eq!(outcome(RecordedOutcome::Failed(*kind)).0, severity.into(), "{kind:?}");
        }
    }

    #[test]
    fn latencies_are_told_in_the_largest_unit_that_matters() {
        let of = |milliseconds| latency(RecordedOutcome::answered(SignedDuration::from_millis(milliseconds)));
        assert_eq!([of(0), of(84), of(999), of(1_960)], ["–", "84 ms", "999 ms", "2.0 s"]);
        let range = |most| latency_range(SignedDuration::from_millis(1_010), SignedDuration::from_millis(most));
        assert_eq!([range(1_040), range(1_060)], ["1.0 s", "1.0 s to 1.1 s"]);
        assert_eq!(latency(RecordedOutcome::Failed(PollErrorKind::Timeout)), "–");
    }
}
