//! Takes the steps of rotations, with the journal in the history and the keys in the key store.
//!
//! What is to be done next is told by [`next_step`]. One process at a time takes steps; each looks anew at the
//! journal and the key store first, so that whoever comes after a crash goes on where it happened.

#[cfg(test)]
mod tests;

use std::io;

use thiserror::Error;

use super::key_lock;
use super::storing::{self, RefusedKey, Trial};
use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, PollFailure};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{
    Hindrance, Objection, Request, Rotation, Stage, Step, StoredKeys, judge_account, judge_key, left_behind, next_step,
};
use crate::domain::sample::Sample;
use crate::services::Services;
use crate::services::history::HistoryError;
use crate::services::keys::{KeyKeeper, Keys, Patience};
use crate::services::lock::FileLock;
use crate::services::trackyard::Client;

/// More steps than any rotation takes without the operator or the service.
const STEPS_MAX: usize = 24;

/// How far a rotation came, with the keys that are in the key store.
#[derive(Debug)]
pub struct LoadedRotation {
    /// The journal; may have ended just now.
    pub rotation: Rotation,
    /// The key in use.
    pub current: Option<ApiKey>,
    /// The old key that is kept aside.
    pub previous: Option<ApiKey>,
    /// What keeps the next step from being taken.
    pub hindrance: Option<Hindrance>,
}

/// Why a step of a rotation was not taken. Both keys are where they were, or where the journal says.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The key store did not do its part.
    #[error("{} {}", sentence(&.0.message), .0.remedy)]
    KeyStore(KeyFailure),
    /// The journal could not be read or written.
    #[error("{} {}", sentence(&.0.to_string()), .0.remedy())]
    Journal(#[from] HistoryError),
    /// Another process takes a step just now.
    #[error("another process is changing keys just now. Try again in a moment.")]
    Busy,
    /// The lock file can't be used.
    #[error("the lock of the rotation can't be taken: {0}. Make its folder writable.")]
    Lock(io::Error),
    /// The environment's key can't be replaced here.
    #[error("{0}")]
    NotHere(String),
    /// It comes at the wrong time.
    #[error("{0}")]
    WrongTime(&'static str),
    /// The new key may not take the place of the old one.
    #[error("{0}")]
    Objection(#[from] Objection),
    /// The operator gave the new key up before it was stored.
    #[error("given up.")]
    GivenUp,
    /// A fault of this program came between.
    #[error("a fault of this program interrupted this step; the log tells more. Both keys are safe.")]
    Lost,
    /// The service did not accept the new key, or could not be asked.
    #[error("{} Offer a key that was just made, or try again later.", sentence(&.0.message))]
    Refused(RefusedKey),
}

impl From<KeyFailure> for RotationError {
    fn from(failure: KeyFailure) -> Self {
        Self::KeyStore(failure)
    }
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}

/// How far the rotation of an environment came, without a step of ours.
///
/// # Errors
/// When the journal or the key store can't tell.
pub async fn look(services: &Services, environment: &EnvironmentName) -> Result<Option<LoadedRotation>, RotationError> {
    match services.history.rotation(environment.clone()).await? {
        Some(rotation) => {
            let keys = StoredApiKeys::read(&services.keys, environment, Patience::Poll).await?;
            let hindrance = match next_step(&rotation, &keys.fingerprints()) {
                Step::Halt(hindrance) => Some(hindrance),
                _ => None,
            };
            Ok(Some(keys.into_loaded(rotation, hindrance)))
        }
        None => Ok(None),
    }
}

/// Takes the steps of rotations.
#[derive(Clone)]
pub struct Rotations {
    services: Services,
    keeper: KeyKeeper,
    patience: Patience,
}

impl Rotations {
    /// With the right to change keys; `patience` tells whether an operator waits.
    #[must_use]
    pub fn new(services: Services, keeper: KeyKeeper, patience: Patience) -> Self {
        Self { services, keeper, patience }
    }

    /// Goes on with the rotation of an environment as far as it goes by itself. `None` where none is under way.
    ///
    /// # Errors
    /// When a step could not be taken; it can be tried again.
    pub async fn resume(&self, environment: &EnvironmentName) -> Result<Option<LoadedRotation>, RotationError> {
        let Some(rotation) = self.services.history.rotation(environment.clone()).await? else { return Ok(None) };
        let keys = self.read(environment).await?;
        if next_step(&rotation, &keys.fingerprints()) == Step::Wait {
            return Ok(Some(keys.into_loaded(rotation, None)));
        }
        let _lock = self.lock().await?;
        self.go_on(environment).await
    }

    /// Goes on, and looks for a key kept aside where no rotation is under way.
    ///
    /// # Errors
    /// As [`Rotations::resume`].
    pub async fn resume_or_adopt(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<LoadedRotation>, RotationError> {
        let resumed = self.resume(environment).await?;
        if resumed.as_ref().is_some_and(|resumed| resumed.rotation.stage != Stage::Abandoned) {
            return Ok(resumed);
        }
        let entry = entry(environment, KeyRole::Previous);
        match self.services.keys.stored(&entry, self.patience).await? {
            Some(_) => Ok(self.adopt(environment).await?.or(resumed)),
            None => Ok(resumed),
        }
    }

    /// Watches a key on that is kept aside though no rotation is under way, as after the loss of the journal.
    ///
    /// # Errors
    /// As [`Rotations::resume`].
    pub async fn adopt(&self, environment: &EnvironmentName) -> Result<Option<LoadedRotation>, RotationError> {
        let _lock = self.lock().await?;
        let ended = match self.go_on(environment).await? {
            Some(loaded) if loaded.rotation.stage != Stage::Abandoned => return Ok(Some(loaded)),
            ended => ended,
        };
        let stored = self.read(environment).await?.fingerprints();
        let Some(old) = left_behind(&stored) else { return Ok(ended) };
        self.enter(environment, old, Stage::Watching, stored.current).await?;
        self.go_on(environment).await
    }

    /// Starts the rotation of an environment's key, or goes on with the one under way.
    ///
    /// # Errors
    /// When the key is not in the key store, or a step could not be taken.
    pub async fn start(&self, environment: &EnvironmentName) -> Result<LoadedRotation, RotationError> {
        // One that ends by itself just now makes room for the next.
        if let Some(under_way) =
            self.adopt(environment).await?.filter(|loaded| loaded.rotation.stage != Stage::Abandoned)
        {
            return Ok(under_way);
        }
        let loaded = self.services.keys.load(environment, self.patience).await?;
        if !matches!(loaded.source, KeySource::Store(_)) {
            let source = loaded.source;
            return Err(RotationError::NotHere(format!(
                "the key of {environment} comes from {source}, which this program only reads: replace it there."
            )));
        }
        let _lock = self.lock().await?;
        self.enter(environment, loaded.key.fingerprint(), Stage::Started, None).await?;
        // A key that was accepted before the journal was lost is still kept.
        self.go_on_or_end(environment).await
    }

    /// Tries the new key, and puts it in use; the old one is kept aside. `held` are the keys in use of all environments,
    /// to which those of their rotations are added. With `insist`, it may answer for another account. `go_on` is asked once more before anything is stored.
    ///
    /// # Errors
    /// When something speaks against the key, or a step could not be taken.
    pub async fn offer(
        &self,
        environment: &EnvironmentName,
        key: &ApiKey,
        client: Result<Client, PollFailure>,
        held: &[(EnvironmentName, Fingerprint)],
        insist: bool,
        go_on: impl Fn() -> bool,
    ) -> Result<LoadedRotation, RotationError> {
        let LoadedRotation { rotation, current, .. } = self.under_way(environment).await?;
        expects_key(&rotation)?;
        let held = &self.with_rotating(held).await?;
        judge_key(key.fingerprint(), rotation.old, environment, held)?;
        let sample = storing::try_key(&self.services, client.clone(), key, Trial::Demanded).await;
        let sample = sample.map_err(RotationError::Refused)?;
        if !insist {
            let old = self.sample_of_old_key(&rotation, current.as_ref(), client).await?;
            if let Some((new, old)) = sample.as_ref().zip(old) {
                judge_account(&new.account, &old.account)?;
            }
        }
        let _lock = self.lock().await?;
        if !go_on() {
            return Err(RotationError::GivenUp);
        }
        // Another process may have offered a key meanwhile, which must not be overwritten.
        let now = self.go_on_or_end(environment).await?.rotation;
        expects_key(&now)?;
        judge_key(key.fingerprint(), now.old, environment, held)?;
        // Kept before the journal tells of it: whatever happens now, neither key is lost.
        self.keeper.store(&entry(environment, KeyRole::Candidate), key.clone(), self.patience).await?;
        if let Some(sample) = sample {
            self.keep_sample(key.fingerprint(), sample).await;
        }
        self.go_on_or_end(environment).await
    }

    /// Changes the course of a rotation. A request that is being done, as after a crash, is gone on with.
    ///
    /// # Errors
    /// When it comes at the wrong time, or a step could not be taken.
    pub async fn request(
        &self,
        environment: &EnvironmentName,
        request: Request,
    ) -> Result<LoadedRotation, RotationError> {
        let _lock = self.lock().await?;
        let Some(rotation) = self.services.history.rotation(environment.clone()).await? else {
            return Err(RotationError::WrongTime("no rotation is under way."));
        };
        if rotation.stage != request.stage() {
            let Some(stage) = rotation.after(request) else {
                return Err(RotationError::WrongTime(untimely(request)));
            };
            let new = rotation.new;
            self.advance(rotation, stage, new).await?;
        }
        self.go_on_or_end(environment).await
    }

    /// Adds the keys of rotations under way to those that environments hold: they are kept aside, and polled.
    async fn with_rotating(
        &self,
        held: &[(EnvironmentName, Fingerprint)],
    ) -> Result<Vec<(EnvironmentName, Fingerprint)>, RotationError> {
        let mut all = held.to_vec();
        for (holder, _) in held {
            if let Some(Rotation { old, new, .. }) = self.services.history.rotation(holder.clone()).await? {
                all.extend([Some(old), new].into_iter().flatten().map(|key| (holder.clone(), key)));
            }
        }
        Ok(all)
    }

    /// What the service said last of the key that is to be replaced; it is asked where the history does not know.
    async fn sample_of_old_key(
        &self,
        rotation: &Rotation,
        current: Option<&ApiKey>,
        client: Result<Client, PollFailure>,
    ) -> Result<Option<Sample>, RotationError> {
        let remembered = self.services.history.recall(rotation.old, self.services.clock.stamp()).await?.sample;
        match current.filter(|current| remembered.is_none() && current.fingerprint() == rotation.old) {
            Some(old) => {
                let sample = storing::try_key(&self.services, client, old, Trial::Lenient).await.unwrap_or_default();
                if let Some(sample) = sample.clone() {
                    self.keep_sample(rotation.old, sample).await;
                }
                Ok(sample)
            }
            None => Ok(remembered),
        }
    }

    /// Keys are the matter here: a sample that can't be stored stops nothing.
    async fn keep_sample(&self, fingerprint: Fingerprint, sample: Sample) {
        if let Err(error) = self.services.history.store_sample(fingerprint, sample, None).await {
            tracing::warn!(%error, "the sample of a key could not be stored");
        }
    }

    async fn under_way(&self, environment: &EnvironmentName) -> Result<LoadedRotation, RotationError> {
        let loaded = look(&self.services, environment).await?;
        loaded.ok_or(RotationError::WrongTime("no rotation is under way."))
    }

    async fn go_on_or_end(&self, environment: &EnvironmentName) -> Result<LoadedRotation, RotationError> {
        self.go_on(environment).await?.ok_or(RotationError::WrongTime("the rotation has ended meanwhile."))
    }

    /// Takes step after step until somebody else has to act. The lock is held.
    async fn go_on(&self, environment: &EnvironmentName) -> Result<Option<LoadedRotation>, RotationError> {
        let Some(mut rotation) = self.services.history.rotation(environment.clone()).await? else { return Ok(None) };
        for _ in 0..STEPS_MAX {
            let keys = self.read(environment).await?;
            match next_step(&rotation, &keys.fingerprints()) {
                Step::Wait => return Ok(Some(keys.into_loaded(rotation, None))),
                Step::Halt(hindrance) => return Ok(Some(keys.into_loaded(rotation, Some(hindrance)))),
                Step::Copy { from, to } => {
                    if let Some(key) = keys.get(from) {
                        self.keeper.store(&entry(environment, to), key.clone(), self.patience).await?;
                    }
                }
                Step::Erase(role) => {
                    self.keeper.remove(&entry(environment, role), self.patience).await?;
                }
                Step::Enter { stage, new } => rotation = self.advance(rotation, stage, new).await?,
            }
        }
        tracing::error!(%environment, stage = rotation.stage.as_str(), "a rotation does not come to rest");
        Err(RotationError::Busy)
    }

    async fn enter(
        &self,
        environment: &EnvironmentName,
        old: Fingerprint,
        stage: Stage,
        new: Option<Fingerprint>,
    ) -> Result<Rotation, RotationError> {
        let at = self.services.clock.now().wall;
        let started = self.services.history.start_rotation(environment.clone(), old, stage, new, at).await?;
        tracing::info!(%environment, stage = stage.as_str(), "a rotation was started");
        Ok(started)
    }

    async fn advance(
        &self,
        rotation: Rotation,
        stage: Stage,
        new: Option<Fingerprint>,
    ) -> Result<Rotation, RotationError> {
        let at = self.services.clock.now().wall;
        tracing::info!(environment = %rotation.environment, stage = stage.as_str(), "a rotation goes on");
        self.services.history.enter_stage(rotation, stage, new, at).await?.ok_or(RotationError::Busy)
    }

    async fn read(&self, environment: &EnvironmentName) -> Result<StoredApiKeys, RotationError> {
        StoredApiKeys::read(&self.services.keys, environment, self.patience).await
    }

    /// Keeps other processes from changing keys.
    async fn lock(&self) -> Result<Option<FileLock>, RotationError> {
        key_lock::take(&self.services.history).await.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => RotationError::Busy,
            _ => RotationError::Lock(error),
        })
    }
}

/// Why a request can't be met.
fn untimely(request: Request) -> &'static str {
    match request {
        Request::RollBack => "there is nothing to roll back: the new key is not in use.",
        Request::PromoteAgain => "there is no key kept aside to put in use.",
        Request::Abandon => "the new key is in use: roll back before you give the rotation up.",
        Request::OldKeyRefused => "the rotation has moved on meanwhile.",
    }
}

/// Refuses a key where the rotation has one already, or has ended.
fn expects_key(rotation: &Rotation) -> Result<(), RotationError> {
    match rotation.stage {
        Stage::Started => Ok(()),
        Stage::Completed | Stage::Abandoned => Err(RotationError::WrongTime("the rotation has ended meanwhile.")),
        _ => Err(RotationError::WrongTime("this rotation has its new key already.")),
    }
}

fn entry(environment: &EnvironmentName, role: KeyRole) -> KeyEntry {
    KeyEntry::new(environment.clone(), role)
}

/// What the key store holds for one environment.
struct StoredApiKeys {
    current: Option<ApiKey>,
    previous: Option<ApiKey>,
    candidate: Option<ApiKey>,
}

impl StoredApiKeys {
    async fn read(keys: &Keys, environment: &EnvironmentName, patience: Patience) -> Result<Self, RotationError> {
        let read = async |role| keys.stored(&entry(environment, role), patience).await;
        Ok(Self {
            current: read(KeyRole::Current).await?,
            previous: read(KeyRole::Previous).await?,
            candidate: read(KeyRole::Candidate).await?,
        })
    }

    fn get(&self, role: KeyRole) -> Option<&ApiKey> {
        match role {
            KeyRole::Current => self.current.as_ref(),
            KeyRole::Previous => self.previous.as_ref(),
            KeyRole::Candidate => self.candidate.as_ref(),
        }
    }

    fn fingerprints(&self) -> StoredKeys {
        let fingerprint = |role| self.get(role).map(ApiKey::fingerprint);
        StoredKeys {
            current: fingerprint(KeyRole::Current),
            previous: fingerprint(KeyRole::Previous),
            candidate: fingerprint(KeyRole::Candidate),
        }
    }

    fn into_loaded(self, rotation: Rotation, hindrance: Option<Hindrance>) -> LoadedRotation {
        LoadedRotation { rotation, current: self.current, previous: self.previous, hindrance }
    }
}
