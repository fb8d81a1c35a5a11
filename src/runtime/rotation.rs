//! Rotations of keys, with the journal in the history and the keys in the key store.
//!
//! The rule for the next step is [`next_step`]. One process at a time takes steps, and reads the journal and the key
//! store before each, so that a rotation goes on after a crash where it stopped, and no step rests on what was true
//! before.

mod steps;
pub(super) mod stored_keys;
#[cfg(test)]
mod tests;

use super::enrollment::{self, TrialPolicy};
use super::key_lock::KeyLock;
use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::PollError;
use crate::domain::rotation::{
    RevokedKey, Rotation, RotationError, RotationId, RotationIntent, RotationRequest, RotationRequestError,
    RotationStage, RotationStep, check_account, check_key, next_step,
};
use crate::domain::sample::Sample;
use crate::services::trackyard::TrackyardClient;
use steps::ProvenKey;
use stored_keys::journal;

pub use steps::RotationExecutor;
pub use stored_keys::{LoadedRotation, load_rotation};

impl RotationExecutor {
    /// Goes on with the rotation of an environment as far as it goes by itself. `None` where none is under way.
    ///
    /// # Errors
    /// When a step could not be taken; it can be tried again.
    pub async fn resume(&self, environment: &EnvironmentName) -> Result<Option<LoadedRotation>, RotationError> {
        match journal(&self.services.history, environment).await? {
            Some(journal) => self.continue_rotation(environment, RotationIntent::Resume, Some(journal)).await,
            None => Ok(None),
        }
    }

    /// Goes on, and where no rotation is under way, as after the loss of the journal, with the keys that were left
    /// behind in the key store.
    ///
    /// # Errors
    /// As [`RotationExecutor::resume`].
    pub async fn resume_or_adopt(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<LoadedRotation>, RotationError> {
        let journal = journal(&self.services.history, environment).await?;
        self.continue_rotation(environment, RotationIntent::Adopt, journal).await
    }

    /// Takes what steps there are to take, without the lock where there are none.
    async fn continue_rotation(
        &self,
        environment: &EnvironmentName,
        intent: RotationIntent,
        journal: Option<Rotation>,
    ) -> Result<Option<LoadedRotation>, RotationError> {
        let keys = self.read(environment).await?;
        if next_step(&intent, journal.as_ref(), &keys.fingerprints(), None)? == RotationStep::Wait {
            return Ok(journal.map(|rotation| keys.into_loaded(rotation, None)));
        }
        let lock = self.lock().await?;
        self.carry_out(&lock, environment, intent, None).await
    }

    /// Starts the rotation of an environment's key, or goes on with the one under way.
    ///
    /// # Errors
    /// When the key is not in the key store, or a step could not be taken.
    pub async fn start(&self, environment: &EnvironmentName) -> Result<LoadedRotation, RotationError> {
        // One that ends by itself just now makes room for the next.
        if let Some(under_way) =
            self.resume_or_adopt(environment).await?.filter(|loaded| loaded.rotation.stage != RotationStage::Abandoned)
        {
            return Ok(under_way);
        }
        let loaded = self.services.keys.load(environment, self.timeout).await?;
        if !matches!(loaded.source, KeySource::Store(_)) {
            return Err(RotationError::NotStored(loaded.source));
        }
        let lock = self.lock().await?;
        self.carry_out_all(&lock, environment, RotationIntent::Start, None).await
    }

    /// Tries the new key, and puts it in use; the old one is kept aside. `held` are the keys in use of all
    /// environments, to which those of their rotations are added. With `insist`, it may answer for another account.
    /// `go_on` is asked once more before anything is stored.
    ///
    /// # Errors
    /// When something speaks against the key, or a step could not be taken.
    pub async fn offer(
        &self,
        environment: &EnvironmentName,
        key: &ApiKey,
        client: Result<TrackyardClient, PollError>,
        held: &[(EnvironmentName, Fingerprint)],
        insist: bool,
        go_on: impl Fn() -> bool,
    ) -> Result<LoadedRotation, RotationError> {
        let LoadedRotation { rotation, current, .. } = self.under_way(environment).await?;
        expects(key.fingerprint(), &rotation)?;
        let held = &self.with_rotating(held).await?;
        check_key(key.fingerprint(), rotation.old, environment, held)?;
        let sample = self.prove(client.clone(), key).await?;
        let proof = ProvenKey::new(key, &sample, &self.services.clock.now());
        if !insist && let Some(old) = self.sample_of_old_key(&rotation, current.as_ref(), client).await? {
            check_account(&sample.account, &old.account)?;
        }
        let lock = self.lock().await?;
        if !go_on() {
            return Err(RotationError::GivenUp);
        }
        // Another process may have changed the rotation meanwhile.
        let now = journal(&self.services.history, environment).await?;
        check_key(key.fingerprint(), now.ok_or(RotationRequestError::NoRotation)?.old, environment, held)?;
        let offered =
            self.carry_out_all(&lock, environment, RotationIntent::Offer(key.fingerprint()), Some(proof)).await;
        self.keep_sample(key.fingerprint(), sample).await;
        offered
    }

    /// Tries the new key that is kept aside, and puts it in use after all; in the rotation `seen`, if that is given.
    ///
    /// # Errors
    /// When the service does not accept it, it comes at the wrong time, or a step could not be taken.
    pub async fn promote(
        &self,
        environment: &EnvironmentName,
        seen: Option<RotationId>,
        client: Result<TrackyardClient, PollError>,
    ) -> Result<LoadedRotation, RotationError> {
        let LoadedRotation { rotation, candidate, .. } = self.under_way(environment).await?;
        let seen = seen.unwrap_or_else(|| rotation.id());
        let candidate = candidate.filter(|key| Some(key.fingerprint()) == seen.new);
        let Some(key) = candidate.filter(|_| rotation.after(RotationRequest::PromoteAgain).is_some()) else {
            return Err(RotationRequestError::Untimely(RotationRequest::PromoteAgain).into());
        };
        let sample = self.prove(client, &key).await.map_err(|error| match error {
            RotationError::Refused(error) => RotationError::NotPromoted(error),
            error => error,
        })?;
        let proof = ProvenKey::new(&key, &sample, &self.services.clock.now());
        let lock = self.lock().await?;
        let intent = RotationIntent::Change(seen, RotationRequest::PromoteAgain);
        let promoted = self.carry_out_all(&lock, environment, intent, Some(proof)).await;
        self.keep_sample(key.fingerprint(), sample).await;
        promoted
    }

    /// Rolls a rotation back or gives it up; the rotation `seen`, if that is given. A request that is being done, as
    /// after a crash, is gone on with.
    ///
    /// # Errors
    /// When it comes at the wrong time, or a step could not be taken.
    pub async fn request(
        &self,
        environment: &EnvironmentName,
        request: RotationRequest,
        seen: Option<RotationId>,
    ) -> Result<LoadedRotation, RotationError> {
        let lock = self.lock().await?;
        let outcome = self.apply_request(&lock, environment, request, seen.as_ref()).await;
        if let Err(RotationError::KeyStore(_)) = &outcome {
            self.journal_request(environment, request, seen.as_ref()).await?;
        }
        outcome
    }

    async fn apply_request(
        &self,
        lock: &KeyLock,
        environment: &EnvironmentName,
        request: RotationRequest,
        seen: Option<&RotationId>,
    ) -> Result<LoadedRotation, RotationError> {
        let seen = if let Some(seen) = seen {
            seen.clone()
        } else {
            let resumed = self.carry_out_all(lock, environment, RotationIntent::Resume, None).await?;
            if resumed.rotation.stage.is_ended() {
                return Ok(resumed);
            }
            resumed.rotation.id()
        };
        self.carry_out_all(lock, environment, RotationIntent::Change(seen, request), None).await
    }

    /// Notes in the journal what the operator wants, so that it is done once the key store answers again.
    async fn journal_request(
        &self,
        environment: &EnvironmentName,
        request: RotationRequest,
        seen: Option<&RotationId>,
    ) -> Result<(), RotationError> {
        let journal = journal(&self.services.history, environment).await?;
        let journal = journal.filter(|rotation| seen.is_none_or(|seen| rotation.id() == *seen));
        let Some(rotation) = journal else { return Ok(()) };
        if let Some(stage) = rotation.after(request) {
            let new = rotation.new;
            self.advance(rotation, stage, new).await?;
        }
        Ok(())
    }

    /// Erases a revoked key, and closes its rotation. Where that has moved on meanwhile, only its state is returned.
    ///
    /// # Errors
    /// When a step could not be taken; it can be tried again.
    pub async fn erase_dead_key(
        &self,
        environment: &EnvironmentName,
        dead: RevokedKey,
    ) -> Result<Option<LoadedRotation>, RotationError> {
        let lock = self.lock().await?;
        match self.carry_out(&lock, environment, RotationIntent::EraseRevoked(dead), None).await {
            Err(RotationError::WrongTime(refusal)) => {
                tracing::info!(%environment, ?refusal, "what was concluded of an old key is void");
                self.carry_out(&lock, environment, RotationIntent::Resume, None).await
            }
            outcome => outcome,
        }
    }

    async fn carry_out_all(
        &self,
        lock: &KeyLock,
        environment: &EnvironmentName,
        intent: RotationIntent,
        proven: Option<ProvenKey<'_>>,
    ) -> Result<LoadedRotation, RotationError> {
        self.carry_out(lock, environment, intent, proven).await?.ok_or_else(|| RotationRequestError::NoRotation.into())
    }

    /// Asks the service for a key; only an acceptance will do.
    async fn prove(&self, client: Result<TrackyardClient, PollError>, key: &ApiKey) -> Result<Sample, RotationError> {
        let tried = enrollment::try_key(&self.services, client, key, TrialPolicy::SampleRequired).await;
        tried.map_err(RotationError::Refused)?.ok_or_else(|| RotationRequestError::Unproven.into())
    }

    /// Adds the keys of rotations under way to those that environments hold: they are kept aside, and polled.
    async fn with_rotating(
        &self,
        held: &[(EnvironmentName, Fingerprint)],
    ) -> Result<Vec<(EnvironmentName, Fingerprint)>, RotationError> {
        let mut all = held.to_vec();
        for (holder, _) in held {
            if let Some(Rotation { old, new, .. }) = journal(&self.services.history, holder).await? {
                all.extend([Some(old), new].into_iter().flatten().map(|key| (holder.clone(), key)));
            }
        }
        Ok(all)
    }

    /// Newest sample of the key that is to be replaced; the service is asked where the history has none.
    async fn sample_of_old_key(
        &self,
        rotation: &Rotation,
        current: Option<&ApiKey>,
        client: Result<TrackyardClient, PollError>,
    ) -> Result<Option<Sample>, RotationError> {
        let known = self.services.history.recall(rotation.old, self.services.clock.stamp()).await?.sample;
        match current.filter(|current| known.is_none() && current.fingerprint() == rotation.old) {
            Some(old) => {
                let sample =
                    enrollment::try_key(&self.services, client, old, TrialPolicy::Lenient).await.unwrap_or_default();
                if let Some(sample) = sample.clone() {
                    self.keep_sample(rotation.old, sample).await;
                }
                Ok(sample)
            }
            None => Ok(known),
        }
    }

    /// Keys are the matter here: a sample that can't be stored stops nothing.
    async fn keep_sample(&self, fingerprint: Fingerprint, sample: Sample) {
        if let Err(error) = self.services.history.run(move |store| store.store_sample(fingerprint, &sample, None)).await
        {
            tracing::warn!(%error, "the sample of a key could not be stored");
        }
    }

    async fn under_way(&self, environment: &EnvironmentName) -> Result<LoadedRotation, RotationError> {
        let loaded = load_rotation(&self.services, environment).await?;
        loaded.ok_or_else(|| RotationRequestError::NoRotation.into())
    }
}

/// Refuses a key where the rotation has another one already.
fn expects(key: Fingerprint, rotation: &Rotation) -> Result<(), RotationRequestError> {
    match rotation.new.filter(|_| rotation.stage != RotationStage::Started) {
        Some(new) if new != key => Err(RotationRequestError::HasNewKey(new)),
        _ => Ok(()),
    }
}
