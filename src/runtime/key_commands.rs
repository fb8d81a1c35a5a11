//! Commands of the operator that change keys. A read-only dashboard has none, and so no way from a key pressed to a
//! change.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::enrollment::{self, EnrollmentConditions, TrialPolicy};
use super::rotation::{LoadedRotation, RotationExecutor};
use super::shared_client::SharedClient;
use super::tasks::{TaskOutcome, Tasks};
use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, RemovalError};
use crate::domain::rotation::{RotationError, RotationId, RotationRequest};
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter};

/// The keys of all environments, by their fingerprints.
pub type HeldKeys = Vec<(EnvironmentName, Fingerprint)>;

/// Commands that change keys, each run as a task.
pub struct KeyCommands {
    services: Services,
    writer: KeyWriter,
    rotations: RotationExecutor,
    client: SharedClient,
    tasks: Tasks,
    /// Flag of each environment that its last trial was cancelled.
    given_up: HashMap<EnvironmentName, Arc<AtomicBool>>,
    /// Key that was offered last, for an operator who insists on it.
    offered: Option<(EnvironmentName, ApiKey)>,
    /// Environments that are configured and not watched, whose keys are read before a key is stored.
    unwatched: Vec<EnvironmentName>,
}

impl KeyCommands {
    pub(super) fn new(
        services: Services,
        writer: KeyWriter,
        client: SharedClient,
        tasks: Tasks,
        unwatched: Vec<EnvironmentName>,
    ) -> Self {
        let rotations = RotationExecutor::new(services.clone(), writer.clone(), KeyReadTimeout::User);
        Self { services, writer, rotations, client, tasks, given_up: HashMap::new(), offered: None, unwatched }
    }

    /// Tries a key, and stores it if the service accepts it and nothing else speaks against it. Nothing is
    /// delivered of one that was given up in time.
    pub fn try_key(&mut self, environment: EnvironmentName, key: ApiKey, mut conditions: EnrollmentConditions) {
        self.offered = Some((environment.clone(), key.clone()));
        let (services, writer, unwatched) = (self.services.clone(), self.writer.clone(), self.unwatched.clone());
        let client = self.client.get_for(&self.services.base_url);
        let given_up = self.begin_trial(&environment);
        let lost = TaskOutcome::KeyTried(environment.clone(), Err(EnrollmentError::Interrupted));
        self.tasks.spawn_storing(Some(lost), async move {
            conditions.held.extend(enrollment::held_keys(&services, &unwatched).await);
            let tried = match enrollment::check_key(&services, &environment, &key, &conditions).await {
                Ok(()) => enrollment::try_key(&services, client.await, &key, TrialPolicy::AcceptanceRequired).await,
                Err(refused) => Err(refused),
            };
            if given_up.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = match tried {
                Ok(sample) => enrollment::enroll(&services, &writer, &environment, key, sample, &conditions).await,
                Err(refused) => Err(refused),
            };
            Some(TaskOutcome::KeyTried(environment, outcome))
        });
    }

    /// Tries the key again that was tried last, and stores it though something speaks against it.
    pub fn override_trial(&mut self, environment: EnvironmentName, conditions: EnrollmentConditions) {
        if let Some((_, key)) = self.offered.take_if(|(offered_for, _)| *offered_for == environment) {
            self.try_key(environment, key, conditions);
        }
    }

    /// Gives up trying a key, so that it is not stored; wipes the key that was offered last. Once a key is being stored
    /// this comes too late: what came of it is delivered then.
    pub fn cancel_trial(&mut self, environment: &EnvironmentName) {
        if let Some(given_up) = self.given_up.get(environment) {
            given_up.store(true, Ordering::Relaxed);
        }
        self.forget_offered(environment);
    }

    /// Wipes the key that was offered last.
    pub fn forget_offered(&mut self, environment: &EnvironmentName) {
        self.offered.take_if(|(offered_for, _)| offered_for == environment);
    }

    /// Erases the key of an environment from the key store, unless it is being replaced.
    pub fn remove_key(&self, environment: EnvironmentName) {
        let (services, writer) = (self.services.clone(), self.writer.clone());
        let lost = TaskOutcome::KeyRemoved(environment.clone(), Err(RemovalError::Interrupted));
        self.tasks.spawn_storing(Some(lost), async move {
            let outcome = enrollment::remove(&services, &writer, &environment).await;
            Some(TaskOutcome::KeyRemoved(environment, outcome))
        });
    }

    /// Starts the rotation of an environment's key.
    pub fn start_rotation(&self, environment: EnvironmentName) {
        let (rotations, name) = (self.rotations.clone(), environment.clone());
        self.rotate(environment, async move { rotations.start(&name).await });
    }

    /// Tries the new key of a rotation, and puts it in use.
    pub fn offer_key(&mut self, environment: EnvironmentName, key: ApiKey, held: HeldKeys) {
        self.offered = Some((environment.clone(), key.clone()));
        self.offer(environment, key, held, false);
    }

    /// Puts the key in use that was offered last, though it answers for another account.
    pub fn insist(&mut self, environment: EnvironmentName, held: HeldKeys) {
        match self.offered.take_if(|(offered_for, _)| *offered_for == environment) {
            Some((_, key)) => self.offer(environment, key, held, true),
            None => self.rotate(environment, async { Err(RotationError::Wiped) }),
        }
    }

    fn offer(&mut self, environment: EnvironmentName, key: ApiKey, held: HeldKeys, insist: bool) {
        let (rotations, name) = (self.rotations.clone(), environment.clone());
        let client = self.client.get_for(&self.services.base_url);
        let given_up = self.begin_trial(&environment);
        self.rotate(environment, async move {
            let go_on = || !given_up.load(Ordering::Relaxed);
            let offered = rotations.offer(&name, &key, client.await, &held, insist, go_on).await;
            if go_on() { offered } else { offered.or(Err(RotationError::GivenUp)) }
        });
    }

    /// Changes the course of the rotation that the operator has seen.
    pub fn request(&self, seen: RotationId, request: RotationRequest) {
        let (rotations, name) = (self.rotations.clone(), seen.environment.clone());
        let client = self.client.get_for(&self.services.base_url);
        self.rotate(seen.environment.clone(), async move {
            match request {
                RotationRequest::PromoteAgain => rotations.promote(&name, Some(seen), client.await).await,
                RotationRequest::RollBack | RotationRequest::Abandon => {
                    rotations.request(&name, request, Some(seen)).await
                }
            }
        });
    }

    fn rotate(
        &self,
        environment: EnvironmentName,
        step: impl Future<Output = Result<LoadedRotation, RotationError>> + Send + 'static,
    ) {
        let name = environment.clone();
        let delivery = |outcome| TaskOutcome::Rotation { environment: name, outcome, asked: true };
        let lost = TaskOutcome::Rotation { environment, outcome: Err(RotationError::Lost), asked: true };
        self.tasks.spawn_storing(Some(lost), async move {
            match step.await {
                Err(RotationError::GivenUp) => None,
                outcome => Some(delivery(outcome.map(Some))),
            }
        });
    }

    fn begin_trial(&mut self, environment: &EnvironmentName) -> Arc<AtomicBool> {
        let given_up = Arc::default();
        self.given_up.insert(environment.clone(), Arc::clone(&given_up));
        given_up
    }
}
