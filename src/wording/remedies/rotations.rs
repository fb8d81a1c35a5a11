//! What to do about a rotation that does not go on, and about a key that was not stored or erased.

use super::{Remedy, RemedyAudience, RemedyReason, clause, put_into};
use crate::domain::api_key::KEYS_PAGE;
use crate::domain::error::{EnrollmentError, KeyErrorKind, RemovalError};
use crate::domain::rotation::{
    RotationBlockedReason, RotationError, RotationRequest, RotationRequestError, RotationStage,
};
use crate::wording::format;
use crate::wording::key_errors::is_refused;

/// Where a key that was not stored for certain is looked for.
const LOG: &str = "; the log tells more";

impl From<&EnrollmentError> for RemedyReason {
    fn from(error: &EnrollmentError) -> Self {
        match error {
            EnrollmentError::Trial(failure) => Self::TrialFailed((*failure.cause).clone()),
            EnrollmentError::CheckFailed(objection) => Self::Objected(objection.clone()),
            EnrollmentError::Unwritten(failure) if failure.kind() == KeyErrorKind::Slow => {
                Self::NotStored(error.clone())
            }
            EnrollmentError::Unread(failure) | EnrollmentError::Unwritten(failure) => Self::KeyFailed(failure.clone()),
            error => Self::NotStored(error.clone()),
        }
    }
}

impl Remedy {
    pub(super) fn not_stored(&self, error: &EnrollmentError, place: &RemedyAudience) -> String {
        match error {
            EnrollmentError::Untried(wait) => format!("try again in {}", format::interval(*wait)),
            EnrollmentError::Rotating => self.end_first(place),
            EnrollmentError::Busy => "try again in a moment".to_owned(),
            EnrollmentError::Interrupted => format!("{}{LOG}", look(place)),
            EnrollmentError::Unwritten(failure) if failure.kind() == KeyErrorKind::Slow => {
                format!("unlock it if it asks for a password, and {}", look(place))
            }
            error => self.about(&RemedyReason::from(error), place),
        }
    }

    pub(super) fn not_erased(&self, error: &RemovalError, place: &RemedyAudience) -> String {
        match error {
            RemovalError::KeyStore(failure) => self.key_failed(failure, place),
            RemovalError::Rotating => self.end_first(place),
            RemovalError::Busy => "try again in a moment".to_owned(),
            RemovalError::Interrupted => format!("{}{LOG}", look(place)),
        }
    }

    /// A rotation that keeps a key from being changed.
    fn end_first(&self, place: &RemedyAudience) -> String {
        match place {
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

    /// What to do about a step of a rotation that was not taken; `None` where there is nothing to do.
    pub(in crate::wording) fn rotation_failed(&self, error: &RotationError, place: &RemedyAudience) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(place, RemedyAudience::CommandLine | RemedyAudience::Sink);
        Some(match error {
            RotationError::KeyStore(failure) => self.key_failed(failure, place),
            RotationError::Journal(fault) => clause(fault.remedy),
            RotationError::Busy => match place {
                RemedyAudience::Dashboard { .. } => "wait, it is tried again".to_owned(),
                _ => "try again in a moment".to_owned(),
            },
            RotationError::Lock { .. } => "make its folder writable".to_owned(),
            RotationError::NotStored(source) => {
                format!("make a new key at {KEYS_PAGE}, and {}", put_into(source, place))
            }
            RotationError::WrongTime(refusal) => return self.untimely(*refusal, place),
            RotationError::Blocked { hindrance, stage } => hindered(*hindrance, *stage, place),
            RotationError::Wiped => match place {
                RemedyAudience::Dialog => "paste it again".to_owned(),
                _ => "offer it again".to_owned(),
            },
            RotationError::CheckFailed(objection) if objection.can_be_overridden() => self.insist(objection, place),
            RotationError::CheckFailed(_) => format!("make a new key at {KEYS_PAGE}"),
            RotationError::GivenUp => return None,
            RotationError::Lost => "try again; the log tells more".to_owned(),
            RotationError::Refused(EnrollmentError::Trial(failure)) => {
                let is_refused = is_refused(failure);
                match place {
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
            RotationError::Refused(error) => self.not_stored(error, place),
            RotationError::NotPromoted(_) if is_command => format!(
                "try again; only if the new one is revoked, give it up with `trackyard-tui key rotate {environment} \
                 --abandon`"
            ),
            RotationError::NotPromoted(_) => "try again; only if the new one is revoked, give it up".to_owned(),
        })
    }

    /// What to do about a request that comes at the wrong time.
    fn untimely(&self, refusal: RotationRequestError, place: &RemedyAudience) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(place, RemedyAudience::CommandLine | RemedyAudience::Sink);
        Some(match refusal {
            RotationRequestError::NoRotation
            | RotationRequestError::Untimely(RotationRequest::RollBack | RotationRequest::PromoteAgain) => return None,
            RotationRequestError::NoKey => self.add(place),
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

/// How to see which key is stored.
fn look(place: &RemedyAudience) -> &'static str {
    match place {
        RemedyAudience::Dashboard { .. } | RemedyAudience::Dialog => "see on its card which key is stored",
        RemedyAudience::CommandLine | RemedyAudience::Sink => "look with `trackyard-tui key list`",
    }
}

/// What keeps a rotation from going on.
fn hindered(hindrance: RotationBlockedReason, stage: RotationStage, place: &RemedyAudience) -> String {
    let is_command = matches!(place, RemedyAudience::CommandLine | RemedyAudience::Sink);
    match hindrance {
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
