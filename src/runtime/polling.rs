//! Asks the service with a key, with leave for each call first.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::failure::{Cause, PollFailure};
use crate::monitor::event::{Event, KeyMemory, PollOutcome};
use crate::monitor::leave::{LeaveRequest, Purpose};
use crate::services::Services;
use crate::services::history::{HistoryError, Leave, LeaveAnswer};
use crate::services::trackyard::{Client, TIME_LIMIT};
use crate::wording::failures;

/// While another process asks, its answer is looked for after this, and then ever less often up to the second.
const LOOK_FIRST: Duration = Duration::from_millis(25);
const LOOK_LAST: Duration = Duration::from_millis(250);
/// But not for longer than its call, and what goes with it, can take.
const LOOK_LIMIT: Duration = TIME_LIMIT.saturating_add(Duration::from_secs(6));

/// What came of a poll.
pub struct Poll {
    /// For the monitor.
    pub event: Event,
    /// Why the call could not be entered in the history, if so.
    pub ledger_trouble: Option<HistoryError>,
}

/// What came of a call.
pub(super) struct Call {
    pub(super) outcome: PollOutcome,
    pub(super) calls: Option<Vec<Timestamp>>,
    /// What was known of the key before.
    pub(super) memory: Option<KeyMemory>,
    pub(super) ledger_trouble: Option<HistoryError>,
}

/// One poll, as far as there is leave for it.
pub async fn poll(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    sequence: u64,
    leave: LeaveRequest,
) -> Poll {
    let fingerprint = key.fingerprint();
    let Call { outcome, calls, memory, ledger_trouble } = ask(services, client, key, leave).await;
    let is_made = matches!(outcome, PollOutcome::Answered(_) | PollOutcome::Failed(_));
    let known = memory.filter(|_| is_made).map(Box::new);
    Poll { event: Event::Polled { fingerprint, sequence, outcome, calls, known }, ledger_trouble }
}

/// What stands for a poll that a fault of this program ended; `counts` tells whether it may have reached the service.
#[must_use]
pub fn interrupted(fingerprint: Fingerprint, sequence: u64, counts: bool) -> Event {
    let outcome = PollOutcome::Failed(interruption(counts));
    Event::Polled { fingerprint, sequence, outcome, calls: None, known: None }
}

/// What a call failed for that a fault of this program ended.
pub(super) fn interruption(counts: bool) -> PollFailure {
    PollFailure::new(Cause::Interrupted, counts)
}

/// Takes leave for a call and makes it; one that never reached the service is taken back.
pub(super) async fn ask(
    services: &Services,
    client: Result<Client, PollFailure>,
    key: &ApiKey,
    request: LeaveRequest,
) -> Call {
    let client = match client {
        Ok(client) => client,
        Err(failure) => {
            let outcome = PollOutcome::Failed(failure);
            return Call { outcome, calls: None, memory: None, ledger_trouble: None };
        }
    };
    let fingerprint = key.fingerprint();
    let permit = match permit(services, fingerprint, request).await {
        Ok(permit) => permit,
        Err(Withheld { outcome, ledger_trouble }) => {
            let memory = match &outcome {
                PollOutcome::Withheld(memory) | PollOutcome::LeftToOther { memory, .. } => Some((**memory).clone()),
                _ => None,
            };
            let calls = memory.as_ref().map(|memory| memory.calls.clone());
            return Call { outcome, calls, memory, ledger_trouble };
        }
    };
    let outcome = client.me(key, &services.clock).await;
    let mut calls = permit.leave.as_ref().map(|leave| leave.memory.calls.clone());
    if let Some(leave) = permit.leave.as_ref().filter(|_| outcome.as_ref().is_err_and(|failure| !failure.counts)) {
        calls = services.history.withdraw_call(fingerprint, leave, services.clock.stamp()).await.ok();
    }
    let outcome = match outcome {
        Ok(sample) => PollOutcome::Answered(Box::new(sample)),
        Err(failure) => {
            tracing::info!(%fingerprint, kind = failure.kind().as_str(), "{}", failures::clause(&failure.cause));
            PollOutcome::Failed(failure)
        }
    };
    Call { outcome, calls, memory: permit.leave.map(|leave| leave.memory), ledger_trouble: permit.ledger_trouble }
}

/// The right to make a call.
pub(super) struct Permit {
    /// Where the call is entered; `None` where there is no ledger, and a person asks.
    pub(super) leave: Option<LeaveAnswer>,
    /// Why the history itself could not be used.
    pub(super) ledger_trouble: Option<HistoryError>,
}

/// No right to make a call.
pub(super) struct Withheld {
    /// What it came to instead.
    pub(super) outcome: PollOutcome,
    /// Why the history itself could not be used.
    pub(super) ledger_trouble: Option<HistoryError>,
}

/// Takes leave for a call. While another process makes one with the same key, it is waited for, and what that was answered
/// is as good as an answer of our own.
pub(super) async fn permit(
    services: &Services,
    fingerprint: Fingerprint,
    mut request: LeaveRequest,
) -> Result<Permit, Withheld> {
    let waited = async {
        let mut pause = LOOK_FIRST;
        loop {
            let answer = services.history.take_leave(fingerprint, request, services.clock.stamp()).await;
            match answer {
                Ok(LeaveAnswer { leave: Leave::Busy, memory, .. }) => {
                    request.known = request.known.or(Some(memory.number));
                }
                answer => return answer,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LOOK_LAST);
        }
    };
    let answer = match tokio::time::timeout(LOOK_LIMIT, waited).await {
        Ok(answer) => answer,
        Err(_) => services.history.take_leave(fingerprint, request, services.clock.stamp()).await,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the call can be entered in no ledger");
            let ledger_trouble = Some(error);
            return match request.purpose {
                Purpose::Asked => Ok(Permit { leave: None, ledger_trouble }),
                _ => Err(Withheld { outcome: PollOutcome::Unledgered, ledger_trouble }),
            };
        }
    };
    let ledger_trouble = answer.trouble.clone();
    match answer.leave {
        Leave::Granted { .. } => Ok(Permit { leave: Some(answer), ledger_trouble }),
        Leave::LeftToOther { until } => {
            let outcome = PollOutcome::LeftToOther { memory: Box::new(answer.memory), until };
            Err(Withheld { outcome, ledger_trouble })
        }
        Leave::Withheld | Leave::Busy => {
            let outcome = PollOutcome::Withheld(Box::new(answer.memory));
            Err(Withheld { outcome, ledger_trouble })
        }
    }
}
