//! Errors of rotations in words, and what speaks against a key: what happened, as clauses without a full stop.

use std::fmt;

use super::clauses::sentence;
use super::history_errors;
use super::key_errors::{NOT_ACCEPTED, is_refused};
use super::remedies::{Remedy, RemedyAudience, RemedyReason};
use crate::domain::account::AccountPlan;
use crate::domain::api_key::KeyIdentity;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, PollError};
use crate::domain::rotation::{
    KeyCheckError, RotationBlockedReason, RotationError, RotationRequest, RotationRequestError,
};
use crate::wording::format;

/// State of a key that did not answer: only a refusal is a word on the key itself.
#[must_use]
pub fn silent(failure: &PollError) -> &'static str {
    if failure.kind().is_refusal() { "does not work" } else { "can't be checked now" }
}

impl fmt::Display for RotationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyStore(failure) => failure.fmt(formatter),
            Self::Journal(failure) => formatter.write_str(history_errors::sentence(failure).trim_end_matches('.')),
            Self::Busy => formatter.write_str("another process is changing keys just now"),
            Self::Lock { said } => write!(formatter, "the lock of the rotation can't be taken: {said}"),
            Self::NotStored(source) => write!(formatter, "the key comes from {source}, which this program only reads"),
            Self::WrongTime(refusal) => refusal.fmt(formatter),
            Self::Blocked { reason: RotationBlockedReason::KeptAside(other), .. } => {
                write!(formatter, "the key store keeps another key ({other}) aside")
            }
            Self::Blocked { reason: RotationBlockedReason::Elsewhere, .. } => {
                formatter.write_str("this key store has neither key of the rotation")
            }
            Self::Wiped => formatter.write_str("the key that was offered is wiped already"),
            Self::CheckFailed(error) => error.fmt(formatter),
            Self::GivenUp => formatter.write_str("given up"),
            Self::Lost => formatter.write_str("a fault of this program interrupted this step; both keys are safe"),
            Self::Refused(error) => error.fmt(formatter),
            Self::NotPromoted(error) => {
                write!(formatter, "the new key that is kept aside was not accepted ({error}); the old key stays in use")
            }
        }
    }
}

impl std::error::Error for RotationError {}

impl fmt::Display for RotationRequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRotation => formatter.write_str("no rotation is under way"),
            Self::NoKey => formatter.write_str("there is no key to replace"),
            Self::MovedOn => formatter.write_str("the rotation has moved on meanwhile"),
            Self::HasNewKey(new) => write!(formatter, "this rotation has its new key already ({new})"),
            Self::Unproven => formatter.write_str("the service has not accepted the key just now"),
            Self::Untimely(RotationRequest::RollBack) => {
                formatter.write_str("there is nothing to roll back: the new key is not in use")
            }
            Self::Untimely(RotationRequest::PromoteAgain) => {
                formatter.write_str("there is no key kept aside to put in use")
            }
            Self::Untimely(RotationRequest::Abandon) => formatter.write_str("the new key is in use"),
            Self::KeptAside(other) => write!(
                formatter,
                "the key store keeps one more new key aside ({other}), which a roll back would overwrite"
            ),
        }
    }
}

impl fmt::Display for KeyCheckError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameKey => formatter.write_str("this is the key that is to be replaced"),
            Self::KeyOf(holder) => write!(formatter, "this is {holder}'s key: each environment needs a key of its own"),
            Self::Replaces(stored) => write!(formatter, "another key is stored already, {}", name_of(stored)),
            Self::OtherAccount { old, new } => {
                write!(formatter, "this key answers for another account: {new}, where the old one has {old}")
            }
        }
    }
}

/// The tier and allowance.
impl fmt::Display for AccountPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tier.as_deref().unwrap_or("an unknown tier"))?;
        match self.allowance {
            Some(allowance) => write!(formatter, " with {} credits a month", format::credits(allowance)),
            None => Ok(()),
        }
    }
}

/// `…wxyz (00ab78bf)`
fn name_of(key: &KeyIdentity) -> String {
    let ending = key.ending.as_ref().map(|ending| format!("…{ending} ")).unwrap_or_default();
    format!("{ending}({})", key.fingerprint)
}

/// Reason for which a step was not taken, and the remedy, if any.
#[must_use]
pub fn rotation_failed(error: &RotationError, environment: &EnvironmentName, audience: &RemedyAudience) -> String {
    let what = match error {
        RotationError::Refused(EnrollmentError::Trial(failure))
            if is_refused(failure) && *audience == RemedyAudience::Dialog =>
        {
            NOT_ACCEPTED.to_owned()
        }
        error => error.to_string(),
    };
    let reason = RemedyReason::RotationFailed(error.clone());
    let remedy = Remedy { reason, source: None, environment: environment.clone() };
    match remedy.rotation_failed(error, audience) {
        Some(to_do) => format!("{what}. {}", sentence(&to_do)),
        None => what + ".",
    }
}
