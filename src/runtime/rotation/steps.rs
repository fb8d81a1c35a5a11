//! Steps of a rotation, with the journal in the history and the keys in the key store.

use std::io;

use super::stored_keys::{LoadedRotation, StoredApiKeys, entry, journal};
use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::environment::EnvironmentName;
use crate::domain::key_entry::KeyRole;
use crate::domain::rotation::{Proof, Rotation, RotationError, RotationIntent, RotationStage, RotationStep, next_step};
use crate::domain::sample::Sample;
use crate::domain::time::Now;
use crate::runtime::key_lock::{self, KeyLock};
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter};

/// Most steps of one call: more than any rotation takes without the operator or the service.
const STEPS_MAX: usize = 24;

/// Executor of rotations.
#[derive(Clone)]
pub struct RotationExecutor {
    pub(super) services: Services,
    pub(super) writer: KeyWriter,
    pub(super) timeout: KeyReadTimeout,
}

impl RotationExecutor {
    /// An executor with the right to change keys; `timeout` is longer where an operator waits.
    #[must_use]
    pub fn new(services: Services, writer: KeyWriter, timeout: KeyReadTimeout) -> Self {
        Self { services, writer, timeout }
    }
}

/// A key that the service has accepted.
pub(super) struct ProvenKey<'a> {
    key: &'a ApiKey,
    proof: Proof,
}

impl<'a> ProvenKey<'a> {
    /// A key that the service accepted with this sample, which another process may have brought a while ago.
    pub(super) fn new(key: &'a ApiKey, sample: &Sample, now: &Now) -> Self {
        Self { key, proof: Proof { key: key.fingerprint(), accepted_at: now.elapsed_at(sample.at) } }
    }
}

impl RotationExecutor {
    /// Takes step after step until somebody else has to act, each from what the journal and the key store say by then.
    pub(super) async fn carry_out(
        &self,
        _lock: &KeyLock,
        environment: &EnvironmentName,
        mut intent: RotationIntent,
        proven: Option<ProvenKey<'_>>,
    ) -> Result<Option<LoadedRotation>, RotationError> {
        let mut ended = None;
        let accepted = |proven: &Option<ProvenKey<'_>>| {
            proven.as_ref().and_then(|proven| proven.proof.proven(self.services.clock.now().elapsed))
        };
        let mut is_asked_anew = false;
        for _ in 0..STEPS_MAX {
            let journal = journal(&self.services.history, environment).await?;
            let keys = self.read(environment).await?;
            let step = next_step(&intent, journal.as_ref(), &keys.fingerprints(), accepted(&proven))?;
            let is_act = !matches!(step, RotationStep::Wait | RotationStep::Halt(_));
            if is_act && !std::mem::replace(&mut is_asked_anew, true) {
                // What is done rests on what the key store says now, not on what it said before.
                self.services.keys.invalidate();
                continue;
            }
            match (step, journal) {
                (RotationStep::Wait, journal) => {
                    return Ok(journal.or(ended).map(|rotation| keys.into_loaded(rotation, None)));
                }
                (RotationStep::Halt(hindrance), journal) => {
                    return Ok(journal.map(|rotation| keys.into_loaded(rotation, Some(hindrance))));
                }
                (RotationStep::Begin { old, stage, new }, _) => self.enter(environment, old, stage, new).await?,
                (RotationStep::Enter { stage, new }, Some(rotation)) => {
                    ended = Some(self.advance(rotation, stage, new).await?).filter(|after| after.stage.is_ended());
                    if let Some(ended) = ended.take_if(|_| !intent.outlasts_the_end()) {
                        return Ok(Some(self.read(environment).await?.into_loaded(ended, None)));
                    }
                }
                (RotationStep::Enter { .. }, None) => return Err(RotationError::Busy),
                // Reading took so long that the acceptance is too old by now.
                (step, _) if step.promotes() && accepted(&proven).is_none() => continue,
                (step, _) => self.change(environment, step, &keys, proven.as_ref()).await?,
            }
            intent = intent.after(step);
        }
        tracing::error!(%environment, ?intent, "a rotation does not come to rest");
        Err(RotationError::Busy)
    }

    /// Changes the key store, unless it holds something else by now.
    async fn change(
        &self,
        environment: &EnvironmentName,
        step: RotationStep,
        keys: &StoredApiKeys,
        proven: Option<&ProvenKey<'_>>,
    ) -> Result<(), RotationError> {
        let seen = |role| keys.get(role).map(ApiKey::fingerprint);
        let (to, key) = match step {
            RotationStep::Keep(_) => (KeyRole::Candidate, proven.map(|proven| proven.key)),
            RotationStep::Copy { from, to } => (to, keys.get(from)),
            RotationStep::Erase(role) => {
                if let Some(seen) = seen(role) {
                    self.writer.erase(&entry(environment, role), seen, self.timeout).await?;
                }
                return Ok(());
            }
            RotationStep::Wait | RotationStep::Halt(_) | RotationStep::Begin { .. } | RotationStep::Enter { .. } => {
                return Ok(());
            }
        };
        if let Some(key) = key {
            self.writer.replace(&entry(environment, to), seen(to), key.clone(), self.timeout).await?;
        }
        Ok(())
    }

    async fn enter(
        &self,
        environment: &EnvironmentName,
        old: Fingerprint,
        stage: RotationStage,
        new: Option<Fingerprint>,
    ) -> Result<(), RotationError> {
        let at = self.services.clock.now().wall;
        let started = environment.clone();
        self.services.history.run(move |store| store.start_rotation(started, old, stage, new, at)).await?;
        tracing::info!(%environment, stage = stage.as_str(), "a rotation was started");
        Ok(())
    }

    pub(super) async fn advance(
        &self,
        rotation: Rotation,
        stage: RotationStage,
        new: Option<Fingerprint>,
    ) -> Result<Rotation, RotationError> {
        let at = self.services.clock.now().wall;
        tracing::info!(environment = %rotation.environment, stage = stage.as_str(), "a rotation goes on");
        self.services
            .history
            .run(move |store| store.enter_stage(&rotation, stage, new, at))
            .await?
            .ok_or(RotationError::Busy)
    }

    /// Keeps other processes from changing keys.
    pub(super) async fn lock(&self) -> Result<KeyLock, RotationError> {
        key_lock::take(&self.services.history).await.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => RotationError::Busy,
            _ => RotationError::Lock { said: error.to_string() },
        })
    }

    pub(super) async fn read(&self, environment: &EnvironmentName) -> Result<StoredApiKeys, RotationError> {
        StoredApiKeys::read(&self.services.keys, environment, self.timeout).await
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::account::Account;
    use crate::domain::limit::Limit;
    use crate::domain::quota::Quota;
    use crate::domain::time::Elapsed;

    #[test]
    fn an_acceptance_counts_from_when_the_service_gave_it() {
        let key = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
        let accepted = Now { elapsed: Elapsed::ZERO + Proof::LASTS * 5, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
        let account = Account {
            tier: None,
            credits_remaining: 1.0,
            monthly_allowance: None,
            requests_per_minute: Limit::Unknown,
            requests_per_day: Limit::Unknown,
            created_at: None,
            last_used_at: None,
        };
        let (latency, quota) = (SignedDuration::ZERO, Quota::default());
        let sample = Sample { at: accepted.wall, latency, server_clock: None, account, quota };
        for taken_over_after in [0, 30, 60].map(SignedDuration::from_secs) {
            let proof = ProvenKey::new(&key, &sample, &accepted.after(taken_over_after)).proof;
            assert_eq!(proof.proven(accepted.elapsed + Proof::LASTS), Some(key.fingerprint()));
            assert_eq!(proof.proven(accepted.elapsed + Proof::LASTS + SignedDuration::from_millis(1)), None);
        }
    }
}
