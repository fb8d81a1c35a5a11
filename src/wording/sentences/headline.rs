//! The most telling word for an environment.

use super::names::word;
use super::symbol::StatusSymbol;
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason};
use crate::wording::key_errors;

/// The most telling word for an environment, its worst flag or its status, with the mark of its severity.
#[must_use]
pub fn headline(report: &EnvironmentSnapshot) -> (StatusSymbol, String) {
    let mark = if report.status == Status::NoKey { StatusSymbol::NoKey } else { report.severity.into() };
    (mark, headline_word(report))
}

fn headline_word(report: &EnvironmentSnapshot) -> String {
    if report.refused_with_all {
        return "refused".to_owned();
    }
    let mut worst = (report.status.severity(report.fresh), report.status.as_str());
    for flag in &report.flags {
        if flag.severity() > worst.0 {
            worst = (flag.severity(), flag.as_str());
        }
    }
    let undecided = worst.0 == Severity::Ok || worst.1 == Status::Waiting.as_str();
    let is_probed = report.next_poll.reason == PollReason::Probe && is_refused(report);
    if undecided && (report.next_poll.reason == PollReason::Confirmation || is_probed) {
        worst.1 = "refused-once";
    }
    word(worst.1)
}

/// Which source of an environment's key can't be asked, and how it fails, in a few words: `keyring locked`.
#[must_use]
pub fn failing_source(report: &EnvironmentSnapshot) -> Option<&'static str> {
    let failure = report.key_failure.as_ref().filter(|_| report.status == Status::KeyUnavailable)?;
    Some(key_errors::brief(failure))
}

/// The status of an environment as it is shown; of a source that can't be asked, which one and why.
pub(super) fn status_word(report: &EnvironmentSnapshot) -> String {
    match &report.key_failure {
        Some(failure) if report.status == Status::KeyUnavailable => key_errors::brief(failure).to_owned(),
        _ => word(report.status.as_str()),
    }
}

/// Whether the last word on a key is a refusal.
pub(super) fn is_refused(report: &EnvironmentSnapshot) -> bool {
    report.poll_failure.as_ref().is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized)
}
