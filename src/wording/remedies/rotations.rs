//! What to do about a rotation that does not go on, and about a key that was not stored or erased.

use super::{Fact, Place, Remedy, clause, put_into};
use crate::domain::api_key::KEYS_PAGE;
use crate::domain::failure::{KeyFailureKind, RemovalError, StoringError};
use crate::domain::rotation::{Hindrance, Refusal, Request, RotationError, Stage};
use crate::wording::format;
use crate::wording::keys::is_refused;

/// Where a key that was not stored for certain is looked for.
const LOG: &str = "; the log tells more";

impl From<&StoringError> for Fact {
    fn from(error: &StoringError) -> Self {
        match error {
            StoringError::Trial(failure) => Self::TrialFailed((*failure.cause).clone()),
            StoringError::Objected(objection) => Self::Objected(objection.clone()),
            StoringError::Unwritten(failure) if failure.kind() == KeyFailureKind::Slow => {
                Self::NotStored(error.clone())
            }
            StoringError::Unread(failure) | StoringError::Unwritten(failure) => Self::KeyFailed(failure.clone()),
            error => Self::NotStored(error.clone()),
        }
    }
}

impl Remedy {
    pub(super) fn not_stored(&self, error: &StoringError, place: &Place) -> String {
        match error {
            StoringError::Untried(wait) => format!("try again in {}", format::interval(*wait)),
            StoringError::Rotating => self.end_first(place),
            StoringError::Busy => "try again in a moment".to_owned(),
            StoringError::Interrupted => format!("{}{LOG}", look(place)),
            StoringError::Unwritten(failure) if failure.kind() == KeyFailureKind::Slow => {
                format!("unlock it if it asks for a password, and {}", look(place))
            }
            error => self.about(&Fact::from(error), place),
        }
    }

    pub(super) fn not_erased(&self, error: &RemovalError, place: &Place) -> String {
        match error {
            RemovalError::KeyStore(failure) => self.key_failed(failure, place),
            RemovalError::Rotating => self.end_first(place),
            RemovalError::Busy => "try again in a moment".to_owned(),
            RemovalError::Interrupted => format!("{}{LOG}", look(place)),
        }
    }

    /// A rotation that keeps a key from being changed.
    fn end_first(&self, place: &Place) -> String {
        match place {
            Place::Dashboard { rotate: Some(key), .. } => format!("press {key} to end it first"),
            Place::Dashboard { rotate: None, .. } => "end it first, in a dashboard that may change keys".to_owned(),
            Place::Dialog => "close this, and end the rotation first".to_owned(),
            Place::CommandLine | Place::Sink => {
                format!("end it first with `trackyard-tui key rotate {}`", self.environment)
            }
        }
    }

    /// What to do about a step of a rotation that was not taken; `None` where there is nothing to do.
    pub(in crate::wording) fn rotation_failed(&self, error: &RotationError, place: &Place) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(place, Place::CommandLine | Place::Sink);
        Some(match error {
            RotationError::KeyStore(failure) => self.key_failed(failure, place),
            RotationError::Journal(fault) => clause(fault.remedy),
            RotationError::Busy => match place {
                Place::Dashboard { .. } => "wait, it is tried again".to_owned(),
                _ => "try again in a moment".to_owned(),
            },
            RotationError::Lock { .. } => "make its folder writable".to_owned(),
            RotationError::NotStored(source) => {
                format!("make a new key at {KEYS_PAGE}, and {}", put_into(source, place))
            }
            RotationError::WrongTime(refusal) => return self.untimely(*refusal, place),
            RotationError::Hindered { hindrance, stage } => hindered(*hindrance, *stage, place),
            RotationError::Wiped => match place {
                Place::Dialog => "paste it again".to_owned(),
                _ => "offer it again".to_owned(),
            },
            RotationError::Objection(objection) if objection.can_be_overridden() => self.insist(objection, place),
            RotationError::Objection(_) => format!("make a new key at {KEYS_PAGE}"),
            RotationError::GivenUp => return None,
            RotationError::Lost => "try again; the log tells more".to_owned(),
            RotationError::Refused(StoringError::Trial(failure)) => {
                let is_refused = is_refused(failure);
                match place {
                    Place::Dialog if is_refused => "check that you copied all of it, then paste it again".to_owned(),
                    Place::Dialog => "paste the key you just created, or try later".to_owned(),
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
    fn untimely(&self, refusal: Refusal, place: &Place) -> Option<String> {
        let environment = &self.environment;
        let is_command = matches!(place, Place::CommandLine | Place::Sink);
        Some(match refusal {
            Refusal::NoRotation | Refusal::Untimely(Request::RollBack | Request::PromoteAgain) => return None,
            Refusal::NoKey => self.add(place),
            Refusal::MovedOn if is_command => {
                format!(
                    "look where it stands with `trackyard-tui key rotate {environment} --status`, then say it again"
                )
            }
            Refusal::MovedOn => "look where it stands now, then decide again".to_owned(),
            Refusal::HasNewKey(_) => "end this rotation before you offer another".to_owned(),
            Refusal::Unproven => "try again".to_owned(),
            Refusal::Untimely(Request::Abandon) => "roll back before you give the rotation up".to_owned(),
            Refusal::KeptAside(_) => {
                format!("copy it to a safe place first, then take it out of the entry {environment}.candidate")
            }
        })
    }
}

/// How to see which key is stored.
fn look(place: &Place) -> &'static str {
    match place {
        Place::Dashboard { .. } | Place::Dialog => "see on its card which key is stored",
        Place::CommandLine | Place::Sink => "look with `trackyard-tui key list`",
    }
}

/// What keeps a rotation from going on.
fn hindered(hindrance: Hindrance, stage: Stage, place: &Place) -> String {
    let is_command = matches!(place, Place::CommandLine | Place::Sink);
    match hindrance {
        Hindrance::KeptAside(_) if is_command => "say --roll-back to keep it".to_owned(),
        Hindrance::KeptAside(_) => "roll back to keep it".to_owned(),
        Hindrance::Elsewhere if is_command => {
            let end = if stage == Stage::RolledBack { "--abandon" } else { "--roll-back" };
            format!("choose the one where it was started with --key-store, or say {end} to give it up")
        }
        Hindrance::Elsewhere => "go back to the key store where it was started, or end it in this one".to_owned(),
    }
}
