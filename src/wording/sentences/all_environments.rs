//! What is said of environments together: once where they fare alike, and of each what is its own.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Sentence, acknowledged, remedy, sentences_among, word};
use crate::domain::alert::Condition;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::wording::remedies::RemedyReason;
use crate::wording::{key_errors, request_errors, times};

/// What is to be said of all environments and of each, the former first and without a report.
#[must_use]
pub fn shared_then_own<'a>(
    overview: &'a Snapshot,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<(Option<&'a EnvironmentSnapshot>, Sentence)> {
    let of_all = shared_sentences(overview, now, zone).into_iter().map(|sentence| (None, sentence));
    let is_keyless = keyless(overview).is_some();
    let is_told = |sentence: &Sentence| {
        let is_of_source =
            sentence.advice.as_ref().is_some_and(|advice| matches!(advice.fact, RemedyReason::KeyFailed(_)));
        is_keyless && is_of_source
    };
    let of_each = overview.environments.iter().flat_map(|report| {
        let sentences = sentences_among(overview, report, now, zone).into_iter();
        sentences.filter(|sentence| !is_told(sentence)).map(move |sentence| (Some(&**report), sentence))
    });
    of_all.chain(of_each).collect()
}

/// What is said once for all environments that fare alike, the most telling first.
#[must_use]
pub fn shared_sentences(overview: &Snapshot, now: Timestamp, zone: &TimeZone) -> Vec<Sentence> {
    [outage(overview, now, zone), all_refused(overview, now, zone), keyless(overview)].into_iter().flatten().collect()
}

/// The one sentence for a fault that leaves no environment to be reached; `None` while there is none.
#[must_use]
pub fn outage(overview: &Snapshot, now: Timestamp, zone: &TimeZone) -> Option<Sentence> {
    let outage = overview.outage.as_ref()?;
    let clause = request_errors::clause(&outage.cause);
    let (what, brief, fact) = if outage.is_offline() {
        ("this machine seems to be offline", "offline", RemedyReason::Offline)
    } else {
        ("no environment can be reached", "cut off", RemedyReason::PollFailed(outage.cause.clone()))
    };
    let next = overview.environments.iter().filter_map(|report| report.next_poll.at).min();
    let next = next.map(|at| format!("; next try at {}", times::moment(at, now, zone))).unwrap_or_default();
    let mut alerts = overview.alerts.iter().filter(|alert| alert.condition.family() == Condition::Offline.family());
    let seen = alerts.find_map(|alert| acknowledged(alert, now, zone));
    let seen = seen.map(|seen| format!(", {seen}")).unwrap_or_default();
    Some(Sentence {
        severity: overview.outage_severity(),
        text: format!("{what}, {clause}{next}{seen}"),
        brief: brief.to_owned(),
        advice: overview.environments.first().map(|report| remedy(report, fact)),
    })
}

/// The one sentence for a service that refuses every key; `None` while it does not.
#[must_use]
pub fn all_refused(overview: &Snapshot, now: Timestamp, zone: &TimeZone) -> Option<Sentence> {
    let since = times::moment(overview.all_refused_since?, now, zone);
    let refused = overview.environments.iter().filter(|report| report.refused_with_all);
    let next = refused.filter_map(|report| report.next_poll.at).min();
    let next = next.map(|at| format!("; next try at {}", times::moment(at, now, zone))).unwrap_or_default();
    let mut alerts = overview.alerts.iter().filter(|alert| alert.condition == Condition::AllRefused);
    let seen = alerts.find_map(|alert| acknowledged(alert, now, zone));
    let seen = seen.map(|seen| format!(", {seen}")).unwrap_or_default();
    Some(Sentence {
        severity: Severity::Critical,
        text: format!("the service refuses every key (401) since {since}{next}{seen}"),
        brief: "every key refused".to_owned(),
        advice: overview.environments.first().map(|report| remedy(report, RemedyReason::AllRefused)),
    })
}

/// The one sentence for a key store that fails all environments alike; `None` while they differ.
#[must_use]
pub fn keyless(overview: &Snapshot) -> Option<Sentence> {
    let [first, others @ ..] = &overview.environments[..] else { return None };
    let failure = first.key_failure.as_ref()?;
    let alike = |report: &Arc<EnvironmentSnapshot>| {
        // What is told is the same, though the entries that were asked for are not.
        let message = report.key_failure.as_ref().map(ToString::to_string);
        report.status == Status::KeyUnavailable && message == Some(failure.to_string())
    };
    (!others.is_empty() && overview.environments.iter().all(alike)).then(|| Sentence {
        severity: Status::KeyUnavailable.severity(false),
        text: format!("{}: {failure}", word(Status::KeyUnavailable.as_str())),
        brief: key_errors::brief(failure).to_owned(),
        advice: Some(remedy(first, RemedyReason::KeyFailed(failure.clone()))),
    })
}
