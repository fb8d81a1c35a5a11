//! The most telling word for an environment.

use super::names::word;
use super::symbol::StatusSymbol;
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason};
use crate::wording::key_errors;

/// The most telling word for an environment, its worst flag or its status, with the mark of its severity.
#[must_use]
pub fn headline(environment: &EnvironmentSnapshot) -> (StatusSymbol, String) {
    let symbol = if environment.status == Status::NoKey { StatusSymbol::NoKey } else { environment.severity.into() };
    (symbol, headline_word(environment))
}

fn headline_word(environment: &EnvironmentSnapshot) -> String {
    if environment.refused_with_all {
        return "refused".to_owned();
    }
    let mut worst = (environment.status.severity(environment.fresh), environment.status.as_str());
    for flag in &environment.flags {
        if flag.severity() > worst.0 {
            worst = (flag.severity(), flag.as_str());
        }
    }
    let undecided = worst.0 == Severity::Ok || worst.1 == Status::Waiting.as_str();
    let is_probed = environment.next_poll.reason == PollReason::Probe && is_refused(environment);
    if undecided && (environment.next_poll.reason == PollReason::Confirmation || is_probed) {
        worst.1 = "refused-once";
    }
    word(worst.1)
}

/// Source of an environment's key that can't be asked, and how it fails, in a few words: `keyring locked`.
#[must_use]
pub fn failing_source(environment: &EnvironmentSnapshot) -> Option<&'static str> {
    let failure = environment.key_failure.as_ref().filter(|_| environment.status == Status::KeyUnavailable)?;
    Some(key_errors::brief(failure))
}

/// The status of an environment as it is shown; of a source that can't be asked, which one and why.
pub(super) fn status_word(environment: &EnvironmentSnapshot) -> String {
    match &environment.key_failure {
        Some(failure) if environment.status == Status::KeyUnavailable => key_errors::brief(failure).to_owned(),
        _ => word(environment.status.as_str()),
    }
}

/// True when the last word on a key is a refusal.
pub(super) fn is_refused(environment: &EnvironmentSnapshot) -> bool {
    environment.poll_failure.as_ref().is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized)
}
