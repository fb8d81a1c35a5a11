//! Asks the service with a key, with each call in the ledger first.

use jiff::Timestamp;

use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::monitor::effect::Lease;
use crate::monitor::event::{Event, KeyMemory, PollOutcome};
use crate::services::Services;
use crate::services::history::{Entry, HistoryError};
use crate::services::trackyard::Client;

/// What came of a poll.
pub struct Poll {
    /// For the monitor.
    pub event: Event,
    /// Why the call could not be entered in the ledger, if so; the poll went on without.
    pub ledger_trouble: Option<HistoryError>,
}

/// What came of a call.
pub(super) struct Call {
    pub(super) outcome: PollOutcome,
    calls: Option<Vec<Timestamp>>,
    ledger_trouble: Option<HistoryError>,
}

/// One poll, unless another process that polls the key is to make it. `lease` is what this process, by its number, asks for;
/// `None` leaves leases alone.
pub async fn poll(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    sequence: u64,
    calls_per_day: Option<u64>,
    lease: Option<(u64, Lease)>,
) -> Poll {
    let fingerprint = key.fingerprint();
    if let Some((holder, lease)) = lease
        && let Some((memory, until)) = left_to_other(services, fingerprint, holder, lease).await
    {
        let calls = Some(memory.calls.clone());
        let outcome = PollOutcome::LeftToOther { memory: Box::new(memory), until };
        return Poll { event: Event::Polled { fingerprint, sequence, outcome, calls }, ledger_trouble: None };
    }
    let Call { outcome, calls, ledger_trouble } = ask(services, client, key, calls_per_day).await;
    if let Some((holder, _)) = lease
        && !matches!(outcome, PollOutcome::Answered(_))
    {
        // Only an answer is stored for the others: of a failure they have to find out by themselves.
        _ = services.history.release_lease(fingerprint, holder).await;
    }
    Poll { event: Event::Polled { fingerprint, sequence, outcome, calls }, ledger_trouble }
}

/// What another process that holds the lease of a key has stored, and until when it holds it. Without a history each
/// process polls for itself.
async fn left_to_other(
    services: &Services,
    fingerprint: Fingerprint,
    holder: u64,
    lease: Lease,
) -> Option<(KeyMemory, Timestamp)> {
    let now = services.clock.now().wall;
    let until = services.history.take_lease(fingerprint, holder, now, lease).await.ok()??;
    let memory = services.history.recall(fingerprint, now).await.ok()?;
    Some((memory, until))
}

/// What stands for a poll that a fault of this program ended; `counts` tells whether it may have reached the service.
#[must_use]
pub fn interrupted(fingerprint: Fingerprint, sequence: u64, counts: bool) -> Event {
    let outcome = PollOutcome::Failed(interruption(counts));
    Event::Polled { fingerprint, sequence, outcome, calls: None }
}

/// What a call failed for that a fault of this program ended.
pub(super) fn interruption(counts: bool) -> PollFailure {
    PollFailure {
        kind: PollFailureKind::Client,
        message: "the poll was interrupted by a fault of this program; the log tells more".to_owned(),
        retry_after: None,
        counts,
        server_clock: None,
    }
}

/// Enters the call in the ledger and makes it; one that never reached the service is taken back.
pub(super) async fn ask(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    calls_per_day: Option<u64>,
) -> Call {
    let client = match client {
        Ok(client) => client,
        Err(failure) => return Call { outcome: PollOutcome::Failed(failure), calls: None, ledger_trouble: None },
    };
    let fingerprint = key.fingerprint();
    let ask = || client.me(key, &services.clock);
    let Entered { outcome, calls, ledger_trouble } =
        enter_and_ask(services, fingerprint, calls_per_day, ask, |failure: &PollFailure| failure.counts).await;
    let outcome = match outcome {
        Some(Ok(sample)) => PollOutcome::Answered(Box::new(sample)),
        Some(Err(failure)) => {
            tracing::info!(%fingerprint, kind = failure.kind.as_str(), "{}", failure.message);
            PollOutcome::Failed(failure)
        }
        None => PollOutcome::OverBudget,
    };
    Call { outcome, calls, ledger_trouble }
}

/// What came of a request that was to be entered in the ledger first.
pub(super) struct Entered<T, E> {
    /// What the service answered; `None` where the calls of the day were used up, and it was not asked.
    pub(super) outcome: Option<Result<T, E>>,
    /// The calls of the day, where the history told them.
    pub(super) calls: Option<Vec<Timestamp>>,
    /// Why the call could not be entered, if so; it was made without.
    pub(super) ledger_trouble: Option<HistoryError>,
}

/// Enters a call in the ledger and makes it; one that does not count is taken back.
pub(super) async fn enter_and_ask<T, E>(
    services: &Services,
    fingerprint: Fingerprint,
    calls_per_day: Option<u64>,
    ask: impl AsyncFnOnce() -> Result<T, E>,
    counts: impl Fn(&E) -> bool,
) -> Entered<T, E> {
    let at = services.clock.now().wall;
    let (mut calls, ledger_trouble) = match services.history.enter_call(fingerprint, at, calls_per_day).await {
        Ok(Entry { entered: false, calls }) => {
            return Entered { outcome: None, calls: Some(calls), ledger_trouble: None };
        }
        Ok(entry) => (Some(entry.calls), None),
        Err(error) => {
            tracing::warn!(%error, "the call could not be entered in the ledger");
            (None, Some(error))
        }
    };
    let outcome = ask().await;
    if outcome.as_ref().is_err_and(|failure| !counts(failure)) && calls.is_some() {
        calls = services.history.withdraw_call(fingerprint, at).await.ok();
    }
    Entered { outcome: Some(outcome), calls, ledger_trouble }
}
