//! Journal of a rotation, and what the key store holds for its environment.

use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{
    Rotation, RotationBlockedReason, RotationError, RotationIntent, RotationStep, StoredKeys, next_step,
};
use crate::services::Services;
use crate::services::history::{History, HistoryError};
use crate::services::keys::{KeyReadTimeout, Keys};

/// State of a rotation, with the keys that are in the key store.
#[derive(Debug)]
pub struct LoadedRotation {
    /// Journal; may have ended just now.
    pub rotation: Rotation,
    /// Key in use.
    pub current: Option<ApiKey>,
    /// Old key, kept aside.
    pub previous: Option<ApiKey>,
    /// New key that is not in use.
    pub candidate: Option<ApiKey>,
    /// Reason why the next step can't be taken.
    pub hindrance: Option<RotationBlockedReason>,
}

/// State of an environment's rotation, without taking a step.
///
/// # Errors
/// When the journal or the key store can't be read.
pub async fn load_rotation(
    services: &Services,
    environment: &EnvironmentName,
) -> Result<Option<LoadedRotation>, RotationError> {
    let Some(rotation) = journal(&services.history, environment).await? else { return Ok(None) };
    let keys = StoredApiKeys::read(&services.keys, environment, KeyReadTimeout::Poll).await?;
    let hindrance = match next_step(&RotationIntent::Resume, Some(&rotation), &keys.fingerprints(), None) {
        Ok(RotationStep::Halt(hindrance)) => Some(hindrance),
        _ => None,
    };
    Ok(Some(keys.into_loaded(rotation, hindrance)))
}

impl From<HistoryError> for RotationError {
    fn from(error: HistoryError) -> Self {
        Self::Journal(error.failure().clone())
    }
}

/// Journal of the rotation under way, if any.
pub(super) async fn journal(
    history: &History,
    environment: &EnvironmentName,
) -> Result<Option<Rotation>, RotationError> {
    let environment = environment.clone();
    Ok(history.run(move |store| store.rotation(&environment)).await?)
}

pub(super) fn entry(environment: &EnvironmentName, role: KeyRole) -> KeyEntry {
    KeyEntry::new(environment.clone(), role)
}

/// Keys that the key store holds for one environment.
pub(super) struct StoredApiKeys {
    current: Option<ApiKey>,
    previous: Option<ApiKey>,
    candidate: Option<ApiKey>,
}

impl StoredApiKeys {
    pub(super) async fn read(
        keys: &Keys,
        environment: &EnvironmentName,
        timeout: KeyReadTimeout,
    ) -> Result<Self, RotationError> {
        let read = async |role| keys.stored(&entry(environment, role), timeout).await;
        Ok(Self {
            current: read(KeyRole::Current).await?,
            previous: read(KeyRole::Previous).await?,
            candidate: read(KeyRole::Candidate).await?,
        })
    }

    pub(super) fn get(&self, role: KeyRole) -> Option<&ApiKey> {
        match role {
            KeyRole::Current => self.current.as_ref(),
            KeyRole::Previous => self.previous.as_ref(),
            KeyRole::Candidate => self.candidate.as_ref(),
        }
    }

    pub(super) fn fingerprints(&self) -> StoredKeys {
        let fingerprint = |role| self.get(role).map(ApiKey::fingerprint);
        StoredKeys {
            current: fingerprint(KeyRole::Current),
            previous: fingerprint(KeyRole::Previous),
            candidate: fingerprint(KeyRole::Candidate),
        }
    }

    pub(super) fn into_loaded(self, rotation: Rotation, hindrance: Option<RotationBlockedReason>) -> LoadedRotation {
        let Self { current, previous, candidate } = self;
        LoadedRotation { rotation, current, previous, candidate, hindrance }
    }
}
