//! Enrollment of a key that the operator brings: tried, and stored if nothing speaks against it.

use std::io;

use jiff::SignedDuration;

use super::enrolled_key::EnrolledKey;
use super::key_lock::{self, KeyLock};
use super::poll::{self, CallResult};
use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, KeyError, KeyErrorKind, PollError, PollErrorKind, RemovalError};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{
    KeyCheckError, KeyCheckOverrides, LeftoverKey, StoredKeys, check_account, check_stored, leftover_keys,
};
use crate::domain::sample::Sample;
use crate::monitor::input::PollOutcome;
use crate::monitor::polling::key::KeyState;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::monitor::settings::Polling;
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter, LoadedKey};
use crate::services::trackyard::TrackyardClient;

/// Age up to which an earlier verdict or sample answers for a key that may not be tried now.
const TAKEN_OVER_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Answer of the service that a key needs to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialPolicy {
    /// A sample.
    SampleRequired,
    /// An acceptance, be the account out of credits or not.
    AcceptanceRequired,
    /// No refusal: a service that can't be reached is no obstacle.
    Lenient,
}

impl TrialPolicy {
    /// True when a key is stored though its trial failed so.
    fn tolerates(self, kind: PollErrorKind) -> bool {
        match self {
            Self::SampleRequired => false,
            Self::AcceptanceRequired => kind == PollErrorKind::CreditsOut,
            Self::Lenient => !kind.is_refusal(),
        }
    }
}

/// Conditions that a key is checked by before it is stored.
#[derive(Clone, Debug, Default)]
pub struct EnrollmentConditions {
    /// Keys of all environments.
    pub held: Vec<(EnvironmentName, Fingerprint)>,
    /// Checks that the operator overrides.
    pub overrides: KeyCheckOverrides,
}

/// Keys that environments have now, as far as their sources answer.
pub async fn held_keys(services: &Services, environments: &[EnvironmentName]) -> Vec<(EnvironmentName, Fingerprint)> {
    let mut held = Vec::new();
    for environment in environments {
        if let Ok(loaded) = services.keys.load(environment, KeyReadTimeout::Poll).await {
            held.push((environment.clone(), loaded.key.fingerprint()));
        }
    }
    held
}

/// Checks a key by itself, before the service is asked.
///
/// # Errors
/// The objection to storing it, or why that is not known.
pub async fn check_key(
    services: &Services,
    environment: &EnvironmentName,
    key: &ApiKey,
    conditions: &EnrollmentConditions,
) -> Result<(), EnrollmentError> {
    refuse_while_rotating(services, environment).await?;
    let stored = match services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await {
        Ok(stored) => stored.map(|key| key.identity()),
        // What can be no key is no loss.
        Err(failure) if failure.kind() == KeyErrorKind::Entry => None,
        Err(failure) => return Err(EnrollmentError::Unread(failure)),
    };
    let EnrollmentConditions { held, overrides } = conditions;
    let verdict = check_stored(key.fingerprint(), stored.as_ref(), environment, held, overrides);
    verdict.map_err(EnrollmentError::CheckFailed)
}

/// Tries a key against the service and stores it; one that is refused, or that `conditions` speak against, never
/// replaces another.
///
/// # Errors
/// The reason why it was not stored.
pub async fn try_and_enroll(
    services: &Services,
    writer: &KeyWriter,
    client: Result<TrackyardClient, PollError>,
    environment: &EnvironmentName,
    key: ApiKey,
    trial: TrialPolicy,
    conditions: &EnrollmentConditions,
) -> Result<EnrolledKey, EnrollmentError> {
    check_key(services, environment, &key, conditions).await?;
    let sample = try_key(services, client, &key, trial).await?;
    enroll(services, writer, environment, key, sample, conditions).await
}

/// Tries a key against the service, and answers with what it said.
///
/// # Errors
/// The reason why the key is not to be stored.
pub async fn try_key(
    services: &Services,
    client: Result<TrackyardClient, PollError>,
    key: &ApiKey,
    trial: TrialPolicy,
) -> Result<Option<Sample>, EnrollmentError> {
    let asked = services.clock.now();
    let request = PermitRequest::once(CallPurpose::Manual, Polling::SHARE_MAX);
    let call = poll::call_service(services, client, key, request).await;
    store_verdict(services, key.fingerprint(), &call).await;
    match call.outcome {
        PollOutcome::Answered(sample) => Ok(Some(*sample)),
        PollOutcome::Failed(failure) if trial.tolerates(failure.kind()) => Ok(None),
        PollOutcome::Failed(failure) => Err(EnrollmentError::Trial(failure)),
        PollOutcome::PermitDenied(history) => {
            let now = services.clock.now();
            let is_new = history.verdict.at.is_some_and(|at| now.age(at) <= TAKEN_OVER_MAX);
            // A passing fault says something of this try only if it was met since.
            let is_answer =
                |failure: &&PastFailure| is_new && (failure.kind().is_verdict() || failure.at >= asked.wall);
            let failure = history.verdict.failure.as_ref();
            let sample = history.sample.clone().filter(|_| is_new && failure.is_none());
            match (failure.filter(is_answer), sample) {
                (Some(failure), _) if trial.tolerates(failure.kind()) => Ok(None),
                (Some(failure), _) => Err(EnrollmentError::Trial(failure.failure())),
                (None, Some(sample)) => Ok(Some(sample)),
                (None, None) if trial == TrialPolicy::Lenient && history.verdict.refusal.is_none() => Ok(None),
                (None, None) => Err(EnrollmentError::Untried(KeyState::from_history(*history, &now).next_asked(&now))),
            }
        }
        PollOutcome::LeasedByOther { .. } | PollOutcome::Observed { .. } | PollOutcome::NoRequestLog => {
            Err(EnrollmentError::Untried(SignedDuration::ZERO))
        }
    }
}

/// Stores the outcome of a trial for all processes.
async fn store_verdict(services: &Services, fingerprint: Fingerprint, call: &CallResult) {
    let (history, now) = (&services.history, services.clock.now());
    let stored = match &call.outcome {
        PollOutcome::Answered(sample) => {
            history.store_answer(fingerprint, (**sample).clone(), None, None, services.clock.stamp()).await
        }
        // What this process can't do by itself says nothing to others.
        PollOutcome::Failed(failure) if failure.kind() != PollErrorKind::Client => {
            let mut state = KeyState::from_history(call.history.clone().unwrap_or_default(), &now);
            state.fail(failure.clone(), &Polling::default(), &now, &mut fastrand::Rng::new());
            history.store_verdict(fingerprint, state.verdict(&now), services.clock.stamp()).await
        }
        _ => return,
    };
    if let Err(error) = stored {
        tracing::warn!(%error, "what came of a trial could not be stored");
    }
}

/// Stores a key that was tried, with its sample, if nothing speaks against it still; refused while a rotation of the
/// environment's key is under way, which would lose track of the keys that it holds.
///
/// # Errors
/// The reason why it was not stored, or is not known to be.
pub async fn enroll(
    services: &Services,
    writer: &KeyWriter,
    environment: &EnvironmentName,
    key: ApiKey,
    sample: Option<Sample>,
    conditions: &EnrollmentConditions,
) -> Result<EnrolledKey, EnrollmentError> {
    let _lock = lock(services, EnrollmentError::Busy).await?;
    check_key(services, environment, &key, conditions).await?;
    let objection = compare_accounts(services, environment, sample.as_ref()).await;
    let stored = writer.store(&environment.clone().into(), key.clone(), KeyReadTimeout::User).await;
    stored.map_err(EnrollmentError::Unwritten)?;
    if let Some(sample) = sample.clone() {
        let fingerprint = key.fingerprint();
        let stored = services.history.run(move |store| store.store_sample(fingerprint, &sample, None)).await;
        if let Err(error) = stored {
            tracing::warn!(%error, "the sample of a new key could not be stored");
        }
    }
    let overridden_by = services.keys.overriding_source(environment);
    let source = KeySource::Store(services.keys.store_name());
    Ok(EnrolledKey { loaded: LoadedKey { key, source }, sample, overridden_by, objection })
}

/// Keeps other processes from changing keys; `None` where no lock can be had, as in a read-only home, for there is no
/// journal of a rotation either that could go wrong.
///
/// # Errors
/// `busy` when another process is changing keys.
async fn lock<E>(services: &Services, busy: E) -> Result<Option<KeyLock>, E> {
    match key_lock::take(&services.history).await {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(busy),
        Err(error) => {
            tracing::warn!(%error, "keys are changed without a lock");
            Ok(None)
        }
    }
}

/// Compares the account of a new key with that of the stored key whose place it takes, as far as both are known.
async fn compare_accounts(
    services: &Services,
    environment: &EnvironmentName,
    new: Option<&Sample>,
) -> Option<KeyCheckError> {
    let before = services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await.ok()??;
    let history = services.history.recall(before.fingerprint(), services.clock.stamp()).await.ok()?;
    check_account(&new?.account, &history.sample?.account).err()
}

/// Erases all keys of an environment from the key store, the key in use last; `true` where there was any. Refused while
/// the key is being replaced, when one of them may be the only one that works.
///
/// # Errors
/// The reason why it was not erased, or is not known to be.
pub async fn remove(
    services: &Services,
    writer: &KeyWriter,
    environment: &EnvironmentName,
) -> Result<bool, RemovalError> {
    let _lock = lock(services, RemovalError::Busy).await?;
    let is_rotating = match ongoing_rotation(services, environment).await.map_err(RemovalError::KeyStore)? {
        // A new key that is in use nowhere goes with the rest.
        None | Some(OngoingRotation::LeftBehind(LeftoverKey::New(_))) => false,
        Some(OngoingRotation::Journal | OngoingRotation::LeftBehind(LeftoverKey::Old(_))) => true,
    };
    if is_rotating {
        return Err(RemovalError::Rotating);
    }
    let mut removed = false;
    for role in KeyRole::ALL.into_iter().rev() {
        let entry = KeyEntry::new(environment.clone(), role);
        removed |= writer.remove(&entry, KeyReadTimeout::User).await.map_err(RemovalError::KeyStore)?;
    }
    Ok(removed)
}

/// Evidence that a rotation is under way.
enum OngoingRotation {
    /// Its journal.
    Journal,
    /// A leftover key in the key store, after the loss of the journal.
    LeftBehind(LeftoverKey),
}

async fn ongoing_rotation(
    services: &Services,
    environment: &EnvironmentName,
) -> Result<Option<OngoingRotation>, KeyError> {
    if matches!(
        services
            .history
            .run({
                let environment = environment.clone();
                move |store| store.rotation(&environment)
            })
            .await,
        Ok(Some(_))
    ) {
        return Ok(Some(OngoingRotation::Journal));
    }
    let stored = async |role| {
        let entry = KeyEntry::new(environment.clone(), role);
        match services.keys.stored(&entry, KeyReadTimeout::User).await {
            Ok(key) => Ok(key.map(|key| key.fingerprint())),
            Err(failure) if failure.kind() == KeyErrorKind::Entry => Ok(None),
            Err(failure) => Err(failure),
        }
    };
    let (current, previous) = (stored(KeyRole::Current).await?, stored(KeyRole::Previous).await?);
    let candidate = stored(KeyRole::Candidate).await?;
    Ok(leftover_keys(&StoredKeys { current, previous, candidate }).map(OngoingRotation::LeftBehind))
}

async fn refuse_while_rotating(services: &Services, environment: &EnvironmentName) -> Result<(), EnrollmentError> {
    match ongoing_rotation(services, environment).await.map_err(EnrollmentError::Unread)? {
        None => Ok(()),
        Some(_) => Err(EnrollmentError::Rotating),
    }
}
