//! The journal of a rotation: what is written down of it, so that whoever comes after a crash knows where it stands.

use jiff::Timestamp;

use super::stage::{RotationRequest, RotationStage};
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;

/// The journal of a rotation. It knows keys by their fingerprints only.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rotation {
    /// Its number in the journal.
    pub number: i64,
    /// Environment whose key is replaced.
    pub environment: EnvironmentName,
    /// The key that is replaced.
    pub old: Fingerprint,
    /// The key that takes its place, once it was accepted by the service.
    pub new: Option<Fingerprint>,
    /// Stage that it came to.
    pub stage: RotationStage,
    /// Moment of its start.
    pub started_at: Timestamp,
    /// Moment from which on the new key is in use.
    pub promoted_at: Option<Timestamp>,
    /// Moment at which it was completed or abandoned.
    pub ended_at: Option<Timestamp>,
}

/// Identity of a rotation, with its keys: what is concluded of one holds for no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationId {
    /// Environment whose key is replaced.
    pub environment: EnvironmentName,
    /// Its number in the journal. A journal that was begun anew counts from the beginning.
    pub number: i64,
    /// Moment of its start.
    pub started_at: Timestamp,
    /// The key that is replaced.
    pub old: Fingerprint,
    /// The key that takes its place.
    pub new: Option<Fingerprint>,
}

impl Rotation {
    /// Identity, with the keys that it has now.
    #[must_use]
    pub fn id(&self) -> RotationId {
        let Self { number, ref environment, old, new, started_at, .. } = *self;
        RotationId { environment: environment.clone(), number, started_at, old, new }
    }

    /// The stage that a request leads to; `None` where it comes at the wrong time.
    #[must_use]
    pub fn after(&self, request: RotationRequest) -> Option<RotationStage> {
        let is_timely = match request {
            RotationRequest::RollBack => matches!(self.stage, RotationStage::Promoting | RotationStage::Watching),
            RotationRequest::PromoteAgain => self.stage == RotationStage::RolledBack,
            RotationRequest::Abandon => matches!(self.stage, RotationStage::Started | RotationStage::RolledBack),
        };
        is_timely.then(|| request.stage())
    }
}
