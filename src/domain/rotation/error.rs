//! Reasons for which a step of a rotation was not taken.

use super::key_check::KeyCheckError;
use super::stage::RotationStage;
use super::step::RotationBlockedReason;
use super::transitions::RotationRequestError;
use crate::domain::api_key::KeySource;
use crate::domain::error::{EnrollmentError, KeyError, KeyErrorKind};
use crate::domain::history_error::HistoryErrorDetails;

/// Reason for which a step of a rotation was not taken. Both keys are where they were, or where the journal says.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum RotationError {
    /// The key store did not do its part.
    KeyStore(KeyError),
    /// The journal could not be read or written.
    Journal(HistoryErrorDetails),
    /// Another process takes a step just now.
    Busy,
    /// The lock file can't be used.
    Lock {
        /// Words of the system.
        said: String,
    },
    /// The environment's key comes from a source that this program only reads.
    NotStored(KeySource),
    /// It can't be done where the rotation stands now.
    WrongTime(RotationRequestError),
    /// Something keeps the rotation from going on, before the operator decides.
    Blocked {
        /// Reason for which it does not go on.
        reason: RotationBlockedReason,
        /// Stage of the rotation.
        stage: RotationStage,
    },
    /// The key that the operator insists on is not in memory any more.
    Wiped,
    /// The new key may not take the place of the old one.
    CheckFailed(KeyCheckError),
    /// The operator gave the new key up before it was stored.
    GivenUp,
    /// A fault of this program came between.
    Lost,
    /// The service did not accept the new key that was offered, or could not be asked.
    Refused(EnrollmentError),
    /// The service did not accept the new key that is kept aside, or could not be asked: the old one stays in use.
    NotPromoted(EnrollmentError),
}

impl RotationError {
    /// True when the operator may insist on the key that was offered, which is kept in memory until then.
    #[must_use]
    pub fn can_override(&self) -> bool {
        matches!(self, Self::CheckFailed(error) if error.can_be_overridden())
    }
}

impl From<KeyError> for RotationError {
    fn from(failure: KeyError) -> Self {
        match failure.kind() {
            KeyErrorKind::Changed => Self::Busy,
            _ => Self::KeyStore(failure),
        }
    }
}

impl From<RotationRequestError> for RotationError {
    fn from(refusal: RotationRequestError) -> Self {
        Self::WrongTime(refusal)
    }
}

impl From<KeyCheckError> for RotationError {
    fn from(error: KeyCheckError) -> Self {
        Self::CheckFailed(error)
    }
}
