//! Asks the service with a key, with each call in the ledger first.

use jiff::Timestamp;

use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::domain::sample::Sample;
use crate::monitor::event::{Event, PollOutcome};
use crate::services::Services;
use crate::services::keys::{LoadedKey, Patience};
use crate::services::trackyard::Client;

/// One poll, for the monitor.
pub async fn poll(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    sequence: u64,
    calls_per_day: Option<u64>,
) -> Event {
    let fingerprint = key.fingerprint();
    let (outcome, calls) = ask(services, client, key, calls_per_day).await;
    Event::Polled { fingerprint, sequence, outcome, calls }
}

/// What stands for a poll whose task was lost.
#[must_use]
pub fn interrupted(fingerprint: Fingerprint, sequence: u64) -> Event {
    let failure = PollFailure {
        kind: PollFailureKind::Client,
        message: "the poll was interrupted by a fault of this program; the log tells more".to_owned(),
        retry_after: None,
        counts: true,
        server_clock: None,
    };
    Event::Polled { fingerprint, sequence, outcome: PollOutcome::Failed(failure), calls: None }
}

/// Enters the call in the ledger and makes it; one that never reached the service is taken back.
async fn ask(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    calls_per_day: Option<u64>,
) -> (PollOutcome, Option<Vec<Timestamp>>) {
    let client = match client {
        Ok(client) => client,
        Err(failure) => return (PollOutcome::Failed(failure), None),
    };
    let (fingerprint, at) = (key.fingerprint(), services.clock.now().wall);
    let mut calls = match services.history.enter_call(fingerprint, at, calls_per_day).await {
        Ok(entry) if !entry.entered => return (PollOutcome::OverBudget, Some(entry.calls)),
        Ok(entry) => Some(entry.calls),
        Err(error) => {
            tracing::warn!(%error, "the call could not be entered in the ledger");
            None
        }
    };
    match client.me(key, &services.clock).await {
        Ok(sample) => (PollOutcome::Answered(Box::new(sample)), calls),
        Err(failure) => {
            tracing::info!(%fingerprint, kind = failure.kind.as_str(), "{}", failure.message);
            if !failure.counts && calls.is_some() {
                calls = services.history.withdraw_call(fingerprint, at).await.ok();
            }
            (PollOutcome::Failed(failure), calls)
        }
    }
}

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
}

/// A key that was not stored.
pub struct RefusedKey {
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
            message: "trying the key was interrupted by a fault of this program".to_owned(),
            remedy: "Try again; the log tells more.".to_owned(),
        }
    }

    fn by_service(failure: &PollFailure) -> Self {
        Self { message: failure.message.clone(), remedy: failure.kind.remedy().to_owned() }
    }
}

/// Tries a key against the service and stores it; one that is refused never replaces another.
///
/// # Errors
/// Why it was not stored.
pub async fn try_and_store(
    services: &Services,
    client: Result<Client, PollFailure>,
    environment: &EnvironmentName,
    key: ApiKey,
    trial: Trial,
) -> Result<AcceptedKey, RefusedKey> {
    let sample = match ask(services, client, &key, None).await.0 {
        PollOutcome::Answered(sample) => Some(*sample),
        PollOutcome::Failed(failure) if trial == Trial::Lenient && !is_refusal(failure.kind) => None,
        PollOutcome::Failed(failure) => return Err(RefusedKey::by_service(&failure)),
        PollOutcome::OverBudget => None,
    };
    let stored = services.keys.store(environment, key.clone(), Patience::User).await;
    stored.map_err(|failure| RefusedKey { message: failure.message, remedy: failure.remedy })?;
    if let Some(sample) = &sample
        && let Err(error) = services.history.store_sample(key.fingerprint(), sample.clone(), None).await
    {
        tracing::warn!(%error, "the sample of a new key could not be stored");
    }
    let overridden_by = services.keys.overriding_source(environment);
    let source = KeySource::Store(services.keys.store_name());
    Ok(AcceptedKey { loaded: LoadedKey { key, source }, sample, overridden_by })
}

fn is_refusal(kind: PollFailureKind) -> bool {
    matches!(kind, PollFailureKind::Unauthorized | PollFailureKind::Forbidden)
}
