//! Last use of a key: by this monitor, or by someone else?
//!
//! Every poll moves the key's `last_used_at`, so that time alone says nothing of the applications. Whether
//! `/me` answers with the time before or after the very call is not documented; both are handled.

use jiff::{SignedDuration, Timestamp};

/// Calls of ours are told by their time on the service's clock, which its headers give in whole seconds.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// The last use of a key by someone other than this monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ExternalUse {
    /// Moment of the use; for an estimate, the time by which it had happened.
    pub at: Timestamp,
    /// True when the service named the time, false when it was concluded from counters that fell between two polls.
    pub exact: bool,
}

/// Evidence of others' use in two samples in a row.
#[derive(Clone, Copy, Debug)]
pub struct LastUsedEvidence<'a> {
    /// The service's `last_used_at`.
    pub last_used_at: Option<Timestamp>,
    /// Times of our own calls on the service's clock, the present one included.
    pub own_calls: &'a [Timestamp],
    /// True when a counter (credits, requests of the day) fell by more than our own calls explain.
    pub counters_fell: bool,
    /// The time of this sample.
    pub sampled_at: Timestamp,
}

/// Brings the last known use by others up to date.
#[must_use]
pub fn external_use(known: Option<ExternalUse>, evidence: &LastUsedEvidence<'_>) -> Option<ExternalUse> {
    let named = evidence
        .last_used_at
        .filter(|used| !evidence.own_calls.iter().any(|own| used.duration_since(*own).abs() <= TOLERANCE))
        .map(|at| ExternalUse { at, exact: true });
    let concluded = evidence.counters_fell.then_some(ExternalUse { at: evidence.sampled_at, exact: false });
    let news = match (named, known) {
        (Some(named), Some(known)) if named.at <= known.at => concluded,
        (Some(named), _) => Some(named),
        (None, _) => concluded,
    };
    news.or(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    fn evidence(last_used_at: Option<Timestamp>, own_calls: &[Timestamp], counters_fell: bool) -> LastUsedEvidence<'_> {
        LastUsedEvidence { last_used_at, own_calls, counters_fell, sampled_at: at("12:00:00") }
    }

    #[test]
    fn a_time_that_is_not_ours_is_others() {
        let own = [at("11:53:00"), at("12:00:00")];
        let news = external_use(None, &evidence(Some(at("11:58:30")), &own, false));
        assert_eq!(news, Some(ExternalUse { at: at("11:58:30"), exact: true }));
    }

    #[test]
    fn our_own_calls_tell_nothing_whether_named_before_or_after_the_call() {
        let own = [at("11:53:00"), at("12:00:00")];
        let known = Some(ExternalUse { at: at("09:00:00"), exact: true });
        for ours in ["11:53:01", "11:59:58", "12:00:00"] {
            assert_eq!(external_use(known, &evidence(Some(at(ours)), &own, false)), known, "{ours}");
        }
    }

    #[test]
    fn counters_that_fell_are_use_though_our_own_call_hides_its_time() {
        let own = [at("12:00:00")];
        let news = external_use(None, &evidence(Some(at("12:00:00")), &own, true));
        assert_eq!(news, Some(ExternalUse { at: at("12:00:00"), exact: false }));
    }

    #[test]
    fn nothing_known_stays_unknown() {
        assert_eq!(external_use(None, &evidence(None, &[], false)), None);
    }

    #[test]
    fn a_named_time_never_takes_back_a_later_conclusion() {
        let known = Some(ExternalUse { at: at("11:50:00"), exact: false });
        assert_eq!(external_use(known, &evidence(Some(at("11:40:00")), &[], false)), known);
    }
}
