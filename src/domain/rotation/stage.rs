//! Stages of a rotation, and the requests that change its course.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Stage that a rotation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum RotationStage {
    /// The operator makes the new key, and offers it.
    Started,
    /// The new key was accepted by the service, and is being put in the place of the old one, which is kept aside.
    Promoting,
    /// The new key is in use; the old one is watched until the service refuses it.
    Watching,
    /// The old key is being put back in its place.
    RollingBack,
    /// The old key is in use, and the new one kept aside: the operator decides.
    RolledBack,
    /// The new key, which is not in use, is being erased.
    Abandoning,
    /// The service refuses the old key, which is being erased.
    Erasing,
    /// Ended: the old key was refused, and is erased.
    Completed,
    /// Ended: the old key stays in use, or another took its place.
    Abandoned,
}

impl RotationStage {
    /// The word that stands in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// True once the rotation has come to its end.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Abandoned)
    }
}

/// Request of the operator that changes the course of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RotationRequest {
    /// The operator wants the old key back in use.
    RollBack,
    /// The operator wants the new key in use after all.
    PromoteAgain,
    /// The operator gives the rotation up.
    Abandon,
}

impl RotationRequest {
    /// The stage in which it is done. Where a rotation stands there already, the request is being done.
    #[must_use]
    pub fn stage(self) -> RotationStage {
        match self {
            Self::RollBack => RotationStage::RollingBack,
            Self::PromoteAgain => RotationStage::Promoting,
            Self::Abandon => RotationStage::Abandoning,
        }
    }
}
