//! The steps of a rotation, with the journal in the history and the keys in the key store.

use super::{LoadedRotation, RotationExecutor};
use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::environment::EnvironmentName;
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{
    Proof, Rotation, RotationBlockedReason, RotationError, RotationIntent, RotationStage, RotationStep, StoredKeys,
    next_step,
};
use crate::domain::sample::Sample;
use crate::domain::time::Now;
use crate::services::file_lock::FileLock;
use crate::services::keys::{KeyReadTimeout, Keys};

/// More steps than any rotation takes without the operator or the service.
const STEPS_MAX: usize = 24;

/// The right to take steps; without a lock for a history that no other process shares.
pub(super) struct RotationLock {
    _lock: Option<FileLock>,
}

impl From<Option<FileLock>> for RotationLock {
    fn from(lock: Option<FileLock>) -> Self {
        Self { _lock: lock }
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
        _leave: &RotationLock,
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
            let journal = self
                .services
                .history
                .run({
                    let environment = environment.clone();
                    move |store| store.rotation(&environment)
                })
                .await?;
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
                    self.keeper.erase(&entry(environment, role), seen, self.patience).await?;
                }
                return Ok(());
            }
            RotationStep::Wait | RotationStep::Halt(_) | RotationStep::Begin { .. } | RotationStep::Enter { .. } => {
                return Ok(());
            }
        };
        if let Some(key) = key {
            self.keeper.replace(&entry(environment, to), seen(to), key.clone(), self.patience).await?;
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

    pub(super) async fn read(&self, environment: &EnvironmentName) -> Result<StoredApiKeys, RotationError> {
        StoredApiKeys::read(&self.services.keys, environment, self.patience).await
    }
}

pub(super) fn entry(environment: &EnvironmentName, role: KeyRole) -> KeyEntry {
    KeyEntry::new(environment.clone(), role)
}

/// What the key store holds for one environment.
pub(super) struct StoredApiKeys {
    current: Option<ApiKey>,
    previous: Option<ApiKey>,
    candidate: Option<ApiKey>,
}

impl StoredApiKeys {
    pub(super) async fn read(
        keys: &Keys,
        environment: &EnvironmentName,
        patience: KeyReadTimeout,
    ) -> Result<Self, RotationError> {
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::account::Account;
    use crate::domain::limit::Limit;
    use crate::domain::quota::Quota;

    #[test]
    fn an_acceptance_counts_from_when_the_service_gave_it() {
        let key = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
        let accepted = Now { elapsed: Proof::LASTS * 5, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
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
