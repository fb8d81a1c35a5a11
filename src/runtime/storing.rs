//! Tries keys that an operator brings, and stores those that are accepted.

use std::io;

use super::key_lock;
use super::polling;
use crate::domain::api_key::{ApiKey, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, KeyFailureKind, PollFailure, PollFailureKind};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{self, Objection, StoredKeys, judge_account};
use crate::domain::sample::Sample;
use crate::monitor::event::PollOutcome;
use crate::services::Services;
use crate::services::keys::{KeyKeeper, LoadedKey, Patience};
use crate::services::lock::FileLock;
use crate::services::trackyard::Client;

/// Whether a key must have been accepted by the service before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It must.
    Demanded,
    /// It may not have been refused: a service that can't be reached is no obstacle.
    Lenient,
}

/// A key that is stored now.
pub struct AcceptedKey {
    /// The key, from the key store.
    pub loaded: LoadedKey,
    /// What the service said of it; `None` where it could not be asked.
    pub sample: Option<Sample>,
    /// The source that comes before the key store, so that the stored key is not used.
    pub overridden_by: Option<KeySource>,
    /// What is odd about it as a replacement of the key before: it answers for another account.
    pub objection: Option<Objection>,
}

/// A key that was not stored, or not for certain.
#[derive(Debug)]
pub struct RefusedKey {
    /// Whether it may have been stored all the same.
    pub perhaps_stored: bool,
    /// One plain sentence: why.
    pub message: String,
    /// One plain sentence: what to do about it.
    pub remedy: String,
}

impl RefusedKey {
    /// The task was lost.
    #[must_use]
    pub fn interrupted() -> Self {
        Self {
            perhaps_stored: true,
            message: format!("{UNKNOWN}: trying it was interrupted by a fault of this program"),
            remedy: format!("{LOOK}; the log tells more."),
        }
    }

    fn busy(_: Busy) -> Self {
        Self { perhaps_stored: false, message: BUSY.to_owned(), remedy: BUSY_REMEDY.to_owned() }
    }

    fn by_service(failure: &PollFailure) -> Self {
        let remedy = failure.kind.remedy().to_owned();
        Self { perhaps_stored: false, message: failure.message.clone(), remedy }
    }

    /// A store that gave no answer in time may still take the key, once it is unlocked.
    fn by_store(failure: KeyFailure) -> Self {
        let KeyFailure { kind, message, remedy } = failure;
        if kind != KeyFailureKind::Slow {
            return Self { perhaps_stored: false, message, remedy };
        }
        let remedy = format!("Unlock it if it asks for a password. {LOOK}.");
        Self { perhaps_stored: true, message: format!("{UNKNOWN}: {message}"), remedy }
    }
}

const UNKNOWN: &str = "it is not known whether the key was stored";
const LOOK: &str = "Look with `trackyard-tui key list`";

/// Tries a key against the service and stores it; one that is refused never replaces another.
///
/// # Errors
/// Why it was not stored.
pub async fn try_and_store(
    services: &Services,
    keeper: &KeyKeeper,
    client: Result<Client, PollFailure>,
    environment: &EnvironmentName,
    key: ApiKey,
    trial: Trial,
) -> Result<AcceptedKey, RefusedKey> {
    let sample = try_key(services, client, &key, trial).await?;
    store(services, keeper, environment, key, sample).await
}

/// Tries a key against the service, and answers with what it said.
///
/// # Errors
/// Why the key is not to be stored.
pub async fn try_key(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    trial: Trial,
) -> Result<Option<Sample>, RefusedKey> {
    match polling::ask(services, client, key, None).await.outcome {
        PollOutcome::Answered(sample) => Ok(Some(*sample)),
        PollOutcome::Failed(failure) if trial == Trial::Lenient && !is_refusal(failure.kind) => Ok(None),
        PollOutcome::Failed(failure) => Err(RefusedKey::by_service(&failure)),
        PollOutcome::OverBudget | PollOutcome::LeftToOther { .. } => Ok(None),
    }
}

/// Stores a key that was tried, with its sample.
///
/// # Errors
/// Why it was not stored, or is not known to be.
pub async fn store(
    services: &Services,
    keeper: &KeyKeeper,
    environment: &EnvironmentName,
    key: ApiKey,
    sample: Option<Sample>,
) -> Result<AcceptedKey, RefusedKey> {
    let _lock = lock(services).await.map_err(RefusedKey::busy)?;
    let objection = compare_accounts(services, environment, sample.as_ref()).await;
    let stored = keeper.store(&environment.clone().into(), key.clone(), Patience::User).await;
    stored.map_err(RefusedKey::by_store)?;
    if let Some(sample) = &sample
        && let Err(error) = services.history.store_sample(key.fingerprint(), sample.clone(), None).await
    {
        tracing::warn!(%error, "the sample of a new key could not be stored");
    }
    let overridden_by = services.keys.overriding_source(environment);
    let source = KeySource::Store(services.keys.store_name());
    Ok(AcceptedKey { loaded: LoadedKey { key, source }, sample, overridden_by, objection })
}

/// Another process is changing keys.
struct Busy;

const BUSY: &str = "another process is changing keys just now";
const BUSY_REMEDY: &str = "Try again in a moment.";

/// Keeps other processes from changing keys. Where no lock can be had, as in a read-only home, there is no journal of a
/// rotation either that could go wrong.
async fn lock(services: &Services) -> Result<Option<FileLock>, Busy> {
    match key_lock::take(&services.history).await {
        Ok(lock) => Ok(lock),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(Busy),
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
) -> Option<Objection> {
    let before = services.keys.stored(&environment.clone().into(), Patience::User).await.ok()??;
    let memory = services.history.recall(before.fingerprint(), services.clock.now().wall).await.ok()?;
    judge_account(&new?.account, &memory.sample?.account).err()
}

/// Erases all keys of an environment from the key store, the key in use last, and tells whether there was any; refused
/// while the key is being replaced, when one of them may be the only one that works.
///
/// # Errors
/// Why it was not erased, or is not known to be, and what to do, in plain sentences.
pub async fn remove(services: &Services, keeper: &KeyKeeper, environment: &EnvironmentName) -> Result<bool, String> {
    let _lock = lock(services).await.map_err(|Busy| format!("{BUSY}. {BUSY_REMEDY}"))?;
    let explained = |failure: KeyFailure| format!("{}. {}", failure.message, failure.remedy);
    let entry = |role| KeyEntry::new(environment.clone(), role);
    let stored = async |role| {
        let key = services.keys.stored(&entry(role), Patience::User).await.map_err(explained)?;
        Ok::<_, String>(key.map(|key| key.fingerprint()))
    };
    let (current, previous) = (stored(KeyRole::Current).await?, stored(KeyRole::Previous).await?);
    let left_behind = rotation::left_behind(&StoredKeys { current, previous, candidate: None });
    if left_behind.is_some() || matches!(services.history.rotation(environment.clone()).await, Ok(Some(_))) {
        return Err(format!(
            "a rotation of the key of {environment} is under way. End it first: press o, or run `trackyard-tui key \
             rotate {environment}`."
        ));
    }
    let mut removed = false;
    for role in KeyRole::ALL.into_iter().rev() {
        removed |= keeper.remove(&entry(role), Patience::User).await.map_err(explained)?;
    }
    Ok(removed)
}

fn is_refusal(kind: PollFailureKind) -> bool {
    matches!(kind, PollFailureKind::Unauthorized | PollFailureKind::Forbidden)
}
