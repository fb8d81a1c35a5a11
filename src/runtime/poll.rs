//! Asks the service with a key, with leave for each call first.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::error::{PollError, RequestError};
use crate::monitor::input::{Input, KeyHistory, PollOutcome};
use crate::monitor::quota::{CallPurpose, PermitRequest};
use crate::services::Services;
use crate::services::history::{HistoryError, PermitAnswer, PermitDecision};
use crate::services::trackyard::{TIME_LIMIT, TrackyardClient};
use crate::wording::request_errors;

/// While another process asks, its answer is looked for after this, and then ever less often up to the second.
const PERMIT_PAUSE_MIN: Duration = Duration::from_millis(25);
const PERMIT_PAUSE_MAX: Duration = Duration::from_millis(250);
/// But not for longer than its call, and what goes with it, can take.
const PERMIT_WAIT_LIMIT: Duration = TIME_LIMIT.saturating_add(Duration::from_secs(6));

/// What came of a poll.
pub struct PollResult {
    /// For the monitor.
    pub event: Input,
    /// Why the call could not be entered in the history, if so.
    pub request_log_error: Option<HistoryError>,
}

/// What came of a call.
pub(super) struct CallResult {
    pub(super) outcome: PollOutcome,
    pub(super) calls: Option<Vec<Timestamp>>,
    /// What was known of the key before.
    pub(super) memory: Option<KeyHistory>,
    pub(super) request_log_error: Option<HistoryError>,
}

/// One poll, as far as there is leave for it.
pub async fn poll(
    services: &Services,
    client: Result<TrackyardClient, PollError>,
    key: &ApiKey,
    sequence: u64,
    leave: PermitRequest,
) -> PollResult {
    let fingerprint = key.fingerprint();
    let CallResult { outcome, calls, memory, request_log_error: ledger_trouble } =
        call_service(services, client, key, leave).await;
    let is_made = matches!(outcome, PollOutcome::Answered(_) | PollOutcome::Failed(_));
    let known = memory.filter(|_| is_made).map(Box::new);
    PollResult {
        event: Input::Polled { fingerprint, sequence, outcome, calls, known },
        request_log_error: ledger_trouble,
    }
}

/// What stands for a poll that a fault of this program ended; `counts` tells whether it may have reached the service.
#[must_use]
pub fn interrupted(fingerprint: Fingerprint, sequence: u64, counts: bool) -> Input {
    let outcome = PollOutcome::Failed(interruption(counts));
    Input::Polled { fingerprint, sequence, outcome, calls: None, known: None }
}

/// What a call failed for that a fault of this program ended.
pub(super) fn interruption(counts: bool) -> PollError {
    PollError::new(RequestError::Interrupted, counts)
}

/// Takes leave for a call and makes it; one that never reached the service is taken back.
pub(super) async fn call_service(
    services: &Services,
    client: Result<TrackyardClient, PollError>,
    key: &ApiKey,
    request: PermitRequest,
) -> CallResult {
    let client = match client {
        Ok(client) => client,
        Err(failure) => {
            let outcome = PollOutcome::Failed(failure);
            return CallResult { outcome, calls: None, memory: None, request_log_error: None };
        }
    };
    let fingerprint = key.fingerprint();
    let permit = match wait_for_permit(services, fingerprint, request).await {
        Ok(permit) => permit,
        Err(DeniedCall { outcome, request_log_error: ledger_trouble }) => {
            let memory = match &outcome {
                PollOutcome::PermitDenied(memory) | PollOutcome::LeasedByOther { history: memory, .. } => {
                    Some((**memory).clone())
                }
                _ => None,
            };
            let calls = memory.as_ref().map(|memory| memory.calls.clone());
            return CallResult { outcome, calls, memory, request_log_error: ledger_trouble };
        }
    };
    let outcome = client.me(key, &services.clock).await;
    let mut calls = permit.permit.as_ref().map(|leave| leave.memory.calls.clone());
    if let Some(leave) = permit.permit.as_ref().filter(|_| outcome.as_ref().is_err_and(|failure| !failure.counts)) {
        calls = services.history.withdraw_call(fingerprint, leave, services.clock.stamp()).await.ok();
    }
    let outcome = match outcome {
        Ok(sample) => PollOutcome::Answered(Box::new(sample)),
        Err(failure) => {
            tracing::info!(%fingerprint, kind = failure.kind().as_str(), "{}", request_errors::clause(&failure.cause));
            PollOutcome::Failed(failure)
        }
    };
    CallResult {
        outcome,
        calls,
        memory: permit.permit.map(|leave| leave.memory),
        request_log_error: permit.request_log_error,
    }
}

/// The right to make a call.
pub(super) struct GrantedCall {
    /// Where the call is entered; `None` where there is no ledger, and a person asks.
    pub(super) permit: Option<PermitAnswer>,
    /// Why the history itself could not be used.
    pub(super) request_log_error: Option<HistoryError>,
}

/// No right to make a call.
pub(super) struct DeniedCall {
    /// What it came to instead.
    pub(super) outcome: PollOutcome,
    /// Why the history itself could not be used.
    pub(super) request_log_error: Option<HistoryError>,
}

/// Takes leave for a call. While another process makes one with the same key, it is waited for, and what that was answered
/// is as good as an answer of our own.
pub(super) async fn wait_for_permit(
    services: &Services,
    fingerprint: Fingerprint,
    mut request: PermitRequest,
) -> Result<GrantedCall, DeniedCall> {
    let waited = async {
        let mut pause = PERMIT_PAUSE_MIN;
        loop {
            let answer = services.history.request_permit(fingerprint, request, services.clock.stamp()).await;
            match answer {
                Ok(PermitAnswer { decision: PermitDecision::InFlight, memory, .. }) => {
                    request.outcome_number = request.outcome_number.or(Some(memory.outcome_number));
                }
                answer => return answer,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PERMIT_PAUSE_MAX);
        }
    };
    let answer = match tokio::time::timeout(PERMIT_WAIT_LIMIT, waited).await {
        Ok(answer) => answer,
        Err(_) => services.history.request_permit(fingerprint, request, services.clock.stamp()).await,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the call can be entered in no ledger");
            let ledger_trouble = Some(error);
            return match request.purpose {
                CallPurpose::Manual => Ok(GrantedCall { permit: None, request_log_error: ledger_trouble }),
                _ => Err(DeniedCall { outcome: PollOutcome::NoRequestLog, request_log_error: ledger_trouble }),
            };
        }
    };
    let ledger_trouble = answer.request_log_error.clone();
    match answer.decision {
        PermitDecision::Granted { .. } => Ok(GrantedCall { permit: Some(answer), request_log_error: ledger_trouble }),
        PermitDecision::LeasedByOther { until } => {
            let outcome = PollOutcome::LeasedByOther { history: Box::new(answer.memory), until };
            Err(DeniedCall { outcome, request_log_error: ledger_trouble })
        }
        PermitDecision::Denied | PermitDecision::InFlight => {
            let outcome = PollOutcome::PermitDenied(Box::new(answer.memory));
            Err(DeniedCall { outcome, request_log_error: ledger_trouble })
        }
    }
}
