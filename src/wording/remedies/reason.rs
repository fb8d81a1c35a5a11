//! The facts that something is to be done about.

use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, KeyError, KeyErrorKind, PollErrorKind, RemovalError, RequestError};
use crate::domain::rotation::RotationError;

/// Fact that something is to be done about.
#[derive(Clone, Debug, PartialEq)]
pub enum RemedyReason {
    /// No source has a key.
    NoKey,
    /// A source can't be asked, or has something that can be no key.
    KeyFailed(KeyError),
    /// A poll with the key in use failed.
    PollFailed(RequestError),
    /// A key that was just typed or pasted was not stored, or not for certain.
    NotStored(EnrollmentError),
    /// A key was not erased, or not for certain.
    NotErased(RemovalError),
    /// A step of a rotation was not taken.
    RotationFailed(RotationError),
    /// The key is old.
    RotationDue,
    /// A rotation waits for someone.
    RotationWaits,
    /// Another environment holds the same key.
    SharedKey,
    /// This machine's clock is wrong.
    ClockSkew,
    /// Nothing can be reached.
    Offline,
    /// The service refuses every key.
    AllRefused,
}

/// A fact of an environment, and the source of its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// Fact that something is to be done about.
    pub reason: RemedyReason,
    /// Source of the key, or the one that it would have come from; `None` where it has none.
    pub source: Option<KeySource>,
    /// Environment of the key.
    pub environment: EnvironmentName,
}

impl Remedy {
    /// True when the dashboard does it at the press of a key, for the environment that is chosen.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        let is_ours = matches!(self.source, None | Some(KeySource::Store(_)));
        match &self.reason {
            RemedyReason::RotationWaits => true,
            RemedyReason::NoKey | RemedyReason::RotationDue => is_ours,
            RemedyReason::PollFailed(failed) => is_ours && failed.kind() == PollErrorKind::Unauthorized,
            RemedyReason::KeyFailed(failure) => {
                is_ours && matches!(failure.kind(), KeyErrorKind::Missing | KeyErrorKind::Entry)
            }
            _ => false,
        }
    }
}
