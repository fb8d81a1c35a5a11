//! Remedies for a rotation that does not go on, and for a key that was not stored or erased.

use super::audience::RemedyAudience;
use super::new_key::put_into;
use super::reason::Remedy;
use crate::domain::error::{EnrollmentError, KeyErrorKind, RemovalError};
use crate::domain::rotation::{
    RotationBlockedReason, RotationError, RotationRequest, RotationRequestError, RotationStage,
};
use crate::domain::web_page::KEYS_PAGE;
use crate::wording::clauses;
use crate::wording::format;
use crate::wording::history_errors;
use crate::wording::key_errors::is_refused;

/// Addition for a key that was not stored for certain.
const LOG: &str = "; the log tells more";

impl Remedy {
    pub(super) fn not_stored(&self, error: &EnrollmentError, audience: &RemedyAudience) -> String {
        match error {
            EnrollmentError::Untried(wait) => format!("try again in {}", format::interval(*wait)),
            EnrollmentError::Rotating => self.end_first(audience),
            EnrollmentError::Busy => "try again in a moment".to_owned(),
            EnrollmentError::Interrupted => format!("{}{LOG}", look(audience)),
            EnrollmentError::Unwritten(failure) if failure.kind() == KeyErrorKind::Slow => {
                format!("unlock it if it asks for a password, and {}", look(audience))
            }
            EnrollmentError::Trial(failure) => self.trial_failed(&failure.cause, audience),
            EnrollmentError::CheckFailed(error) => self.insist(error, audience),
            EnrollmentError::Unread(failure) | EnrollmentError::Unwritten(failure) => {
                self.key_failed(failure, audience)
            }
        }
    }

    pub(super) fn not_erased(&self, error: &RemovalError, audience: &RemedyAudience) -> String {
        match error {
            RemovalError::KeyStore(failure) => self.key_failed(failure, audience),
            RemovalError::Rotating => self.end_first(audience),
            RemovalError::Busy => "try again in a moment".to_owned(),
            RemovalError::Interrupted => format!("{}{LOG}", look(audience)),
        }
    }

    /// A rotation that keeps a key from being changed.
    fn end_first(&self, audience: &RemedyAudience) -> String {
        match audience {
            RemedyAudience::Dashboard { rotate: Some(key), .. } => format!("press {key} to end it first"),
            RemedyAudience::Dashboard { rotate: None, .. } => {
                "end it first, in a dashboard that may change keys".to_owned()
            }
            RemedyAudience::Dialog => "close this, and end the rotation first".to_owned(),
            RemedyAudience::CommandLine | RemedyAudience::Sink => {
                format!("end it first with `trackyard-tui key rotate {}`", self.environment)
            }
        }
    }

    /// Remedy for a step of a rotation that was not taken; `None` where there is nothing to do.
    pub(crate) fn rotation_failed(&self, error: &RotationError, audience: &RemedyAudience) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(audience, RemedyAudience::CommandLine | RemedyAudience::Sink);
        Some(match error {
            RotationError::KeyStore(failure) => self.key_failed(failure, audience),
            RotationError::Journal(failure) => clauses::clause(history_errors::remedy(failure.kind)),
            RotationError::Busy => match audience {
                RemedyAudience::Dashboard { .. } => "wait, it is tried again".to_owned(),
                _ => "try again in a moment".to_owned(),
            },
            RotationError::Lock { .. } => "make its folder writable".to_owned(),
            RotationError::NotStored(source) => {
                format!("make a new key at {KEYS_PAGE}, and {}", put_into(source, audience))
            }
            RotationError::WrongTime(refusal) => return self.untimely(*refusal, audience),
            RotationError::Blocked { reason, stage } => blocked(*reason, *stage, audience),
            RotationError::Wiped => match audience {
                RemedyAudience::Dialog => "paste it again".to_owned(),
                _ => "offer it again".to_owned(),
            },
            RotationError::CheckFailed(error) if error.can_be_overridden() => self.insist(error, audience),
            RotationError::CheckFailed(_) => format!("make a new key at {KEYS_PAGE}"),
            RotationError::GivenUp => return None,
            RotationError::Lost => "try again; the log tells more".to_owned(),
            RotationError::Refused(EnrollmentError::Trial(failure)) => {
                let is_refused = is_refused(failure);
                match audience {
                    RemedyAudience::Dialog if is_refused => {
                        "check that you copied all of it, then paste it again".to_owned()
                    }
                    RemedyAudience::Dialog => "paste the key you just created, or try later".to_owned(),
                    _ if is_command && is_refused => format!(
                        "copy the whole key again, or make a new one at {KEYS_PAGE}, and offer it with `trackyard-tui key \
                         rotate {environment}`"
                    ),
                    _ => "offer the key you just created, or try later".to_owned(),
                }
            }
            RotationError::Refused(error) => self.not_stored(error, audience),
            RotationError::NotPromoted(_) if is_command => format!(
                "try again; only if the new one is revoked, give it up with `trackyard-tui key rotate {environment} \
                 --abandon`"
            ),
            RotationError::NotPromoted(_) => "try again; only if the new one is revoked, give it up".to_owned(),
        })
    }

    /// Remedy for a request that comes at the wrong time.
    fn untimely(&self, refusal: RotationRequestError, audience: &RemedyAudience) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(audience, RemedyAudience::CommandLine | RemedyAudience::Sink);
        Some(match refusal {
            RotationRequestError::NoRotation
            | RotationRequestError::Untimely(RotationRequest::RollBack | RotationRequest::PromoteAgain) => return None,
            RotationRequestError::NoKey => self.add(audience),
            RotationRequestError::MovedOn if is_command => {
                format!(
                    "look where it stands with `trackyard-tui key rotate {environment} --status`, then say it again"
                )
            }
            RotationRequestError::MovedOn => "look where it stands now, then decide again".to_owned(),
            RotationRequestError::HasNewKey(_) => "end this rotation before you offer another".to_owned(),
            RotationRequestError::Unproven => "try again".to_owned(),
            RotationRequestError::Untimely(RotationRequest::Abandon) => {
                "roll back before you give the rotation up".to_owned()
            }
            RotationRequestError::KeptAside(_) => {
                format!("copy it to a safe place first, then take it out of the entry {environment}.candidate")
            }
        })
    }
}

/// Way to see which key is stored.
fn look(audience: &RemedyAudience) -> &'static str {
    match audience {
        RemedyAudience::Dashboard { .. } | RemedyAudience::Dialog => "see on its card which key is stored",
        RemedyAudience::CommandLine | RemedyAudience::Sink => "look with `trackyard-tui key list`",
    }
}

/// Remedy for what keeps a rotation from going on.
fn blocked(reason: RotationBlockedReason, stage: RotationStage, audience: &RemedyAudience) -> String {
    let is_command = matches!(audience, RemedyAudience::CommandLine | RemedyAudience::Sink);
    match reason {
        RotationBlockedReason::KeptAside(_) if is_command => "say --roll-back to keep it".to_owned(),
        RotationBlockedReason::KeptAside(_) => "roll back to keep it".to_owned(),
        RotationBlockedReason::Elsewhere if is_command => {
            let end = if stage == RotationStage::RolledBack { "--abandon" } else { "--roll-back" };
            format!("choose the one where it was started with --key-store, or say {end} to give it up")
        }
        RotationBlockedReason::Elsewhere => {
            "go back to the key store where it was started, or end it in this one".to_owned()
        }
    }
}
