//! Environments together: said once where they fare alike, and of each what is its own.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::alerts::acknowledged;
use super::environment::sentences_among;
use super::names::word;
use super::sentence::Sentence;
use super::writer::remedy;
use crate::domain::alert::Condition;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::wording::remedies::RemedyReason;
use crate::wording::{key_errors, request_errors, times};

/// Sentences on all environments and on each, the former first and without an environment.
#[must_use]
pub fn shared_then_own<'a>(
    snapshot: &'a Snapshot,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<(Option<&'a EnvironmentSnapshot>, Sentence)> {
    let of_all = shared_sentences(snapshot, now, zone).into_iter().map(|sentence| (None, sentence));
    let is_keyless = keyless(snapshot).is_some();
    let is_told = |sentence: &Sentence| {
        let is_of_source =
            sentence.advice.as_ref().is_some_and(|advice| matches!(advice.reason, RemedyReason::KeyFailed(_)));
        is_keyless && is_of_source
    };
    let of_each = snapshot.environments.iter().flat_map(|environment| {
        let sentences = sentences_among(snapshot, environment, now, zone).into_iter();
        sentences.filter(|sentence| !is_told(sentence)).map(move |sentence| (Some(&**environment), sentence))
    });
    of_all.chain(of_each).collect()
}

/// Sentences that are said once for all environments that fare alike, the most telling first.
#[must_use]
pub fn shared_sentences(snapshot: &Snapshot, now: Timestamp, zone: &TimeZone) -> Vec<Sentence> {
    [outage(snapshot, now, zone), all_refused(snapshot, now, zone), keyless(snapshot)].into_iter().flatten().collect()
}

/// The one sentence for a fault that leaves no environment to be reached; `None` while there is none.
#[must_use]
pub fn outage(snapshot: &Snapshot, now: Timestamp, zone: &TimeZone) -> Option<Sentence> {
    let outage = snapshot.outage.as_ref()?;
    let clause = request_errors::clause(&outage.cause);
    let (what, brief, reason) = if outage.is_offline() {
        ("this machine seems to be offline", "offline", RemedyReason::Offline)
    } else {
        ("no environment can be reached", "cut off", RemedyReason::PollFailed(outage.cause.clone()))
    };
    let next = snapshot.environments.iter().filter_map(|environment| environment.next_poll.at).min();
    let next = next.map(|at| format!("; next try at {}", times::moment(at, now, zone))).unwrap_or_default();
    let mut alerts = snapshot.alerts.iter().filter(|alert| alert.condition.family() == Condition::Offline.family());
    let seen = alerts.find_map(|alert| acknowledged(alert, now, zone));
    let seen = seen.map(|seen| format!(", {seen}")).unwrap_or_default();
    Some(Sentence {
        severity: snapshot.outage_severity(),
        text: format!("{what}, {clause}{next}{seen}"),
        brief: brief.to_owned(),
        advice: snapshot.environments.first().map(|environment| remedy(environment, reason)),
    })
}

/// The one sentence for a service that refuses every key; `None` while it does not.
#[must_use]
pub fn all_refused(snapshot: &Snapshot, now: Timestamp, zone: &TimeZone) -> Option<Sentence> {
    let since = times::moment(snapshot.all_refused_since?, now, zone);
    let refused = snapshot.environments.iter().filter(|environment| environment.refused_with_all);
    let next = refused.filter_map(|environment| environment.next_poll.at).min();
    let next = next.map(|at| format!("; next try at {}", times::moment(at, now, zone))).unwrap_or_default();
    let mut alerts = snapshot.alerts.iter().filter(|alert| alert.condition == Condition::AllRefused);
    let seen = alerts.find_map(|alert| acknowledged(alert, now, zone));
    let seen = seen.map(|seen| format!(", {seen}")).unwrap_or_default();
    Some(Sentence {
        severity: Severity::Critical,
        text: format!("the service refuses every key (401) since {since}{next}{seen}"),
        brief: "every key refused".to_owned(),
        advice: snapshot.environments.first().map(|environment| remedy(environment, RemedyReason::AllRefused)),
    })
}

/// The one sentence for a key store that fails all environments alike; `None` while they differ.
#[must_use]
pub fn keyless(snapshot: &Snapshot) -> Option<Sentence> {
    let [first, others @ ..] = &snapshot.environments[..] else { return None };
    let failure = first.key_failure.as_ref()?;
    let alike = |environment: &Arc<EnvironmentSnapshot>| {
        // What is told is the same, though the entries that were asked for are not.
        let message = environment.key_failure.as_ref().map(ToString::to_string);
        environment.status == Status::KeyUnavailable && message == Some(failure.to_string())
    };
    (!others.is_empty() && snapshot.environments.iter().all(alike)).then(|| Sentence {
        severity: Status::KeyUnavailable.severity(false),
        text: format!("{}: {failure}", word(Status::KeyUnavailable.as_str())),
        brief: key_errors::brief(failure).to_owned(),
        advice: Some(remedy(first, RemedyReason::KeyFailed(failure.clone()))),
    })
}
