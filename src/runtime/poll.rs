//! Calls of the service with a key, each with a permit first.

use std::time::Duration;

use jiff::Timestamp;

use super::tasks::{TaskOutcome, Tasks};
use crate::domain::api_key::{ApiKey, Fingerprint};
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::history_error::HistoryErrorDetails;
use crate::monitor::input::{Input, KeyHistory, PollOutcome};
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::services::Services;
use crate::services::history::{PermitAnswer, PermitDecision};
use crate::services::trackyard::{TIME_LIMIT, TrackyardClient};
use crate::wording::request_errors;

/// First pause between two looks for the answer that another process is waiting for; doubled each time.
const PERMIT_PAUSE_MIN: Duration = Duration::from_millis(25);
/// Longest such pause.
const PERMIT_PAUSE_MAX: Duration = Duration::from_millis(250);
/// Time limit for that answer: as long as the other's call, and what goes with it, can take.
const PERMIT_WAIT_LIMIT: Duration = TIME_LIMIT.saturating_add(Duration::from_secs(6));

/// End of a call.
pub(super) struct CallResult {
    pub(super) outcome: PollOutcome,
    /// Calls of all this user's processes with the key; `None` where the history could not answer.
    pub(super) calls: Option<Vec<Timestamp>>,
    /// History of the key before the call.
    pub(super) history: Option<KeyHistory>,
    /// Reason why the call is not in the request log, if it is not.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
}

/// Starts a poll, which is made if its permit is granted. Delivers the error of the request log, then the poll's end.
pub(super) fn start(
    tasks: &Tasks,
    services: Services,
    client: impl Future<Output = Result<TrackyardClient, PollError>> + Send + 'static,
    key: ApiKey,
    sequence: u64,
    permit: PermitRequest,
) {
    let fingerprint = key.fingerprint();
    let mailbox = tasks.clone();
    tasks.spawn(Some(interrupted(fingerprint, sequence, true)), async move {
        let call = call_service(&services, client.await, &key, permit).await;
        let CallResult { outcome, calls, history, request_log_error } = call;
        if matches!(&outcome, PollOutcome::Failed(error) if error.kind() == PollErrorKind::Unauthorized) {
            services.keys.ask_for_another();
        }
        mailbox.deliver(TaskOutcome::RequestLog(request_log_error)).await;
        let is_made = matches!(outcome, PollOutcome::Answered(_) | PollOutcome::Failed(_));
        let known = history.filter(|_| is_made).map(Box::new);
        Some(Input::Polled { fingerprint, sequence, outcome, calls, known }.into())
    });
}

/// Delivers the end of a poll that could not even be started.
pub(super) fn interrupt(tasks: &Tasks, fingerprint: Fingerprint, sequence: u64) {
    let end = interrupted(fingerprint, sequence, false);
    tasks.spawn(None, async { Some(end) });
}

/// End of a poll that a fault of this program interrupted; `counts` is true when the call may have reached the service.
fn interrupted(fingerprint: Fingerprint, sequence: u64, counts: bool) -> TaskOutcome {
    let outcome = PollOutcome::Failed(interruption(counts));
    Input::Polled { fingerprint, sequence, outcome, calls: None, known: None }.into()
}

/// Error of a call that a panic interrupted.
pub(super) fn interruption(counts: bool) -> PollError {
    PollError::new(RequestError::Interrupted, counts)
}

/// Calls the service, if the permit is granted; a call that never reached the service is withdrawn from the log.
pub(super) async fn call_service(
    services: &Services,
    client: Result<TrackyardClient, PollError>,
    key: &ApiKey,
    permit: PermitRequest,
) -> CallResult {
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let outcome = PollOutcome::Failed(error);
            return CallResult { outcome, calls: None, history: None, request_log_error: None };
        }
    };
    let fingerprint = key.fingerprint();
    let GrantedCall { permit, request_log_error } = match wait_for_permit(services, fingerprint, permit).await {
        Ok(granted) => granted,
        Err(DeniedCall { outcome, request_log_error }) => {
            let history = match &outcome {
                PollOutcome::PermitDenied(history) | PollOutcome::LeasedByOther { history, .. } => {
                    Some((**history).clone())
                }
                _ => None,
            };
            let calls = history.as_ref().map(|history| history.calls.clone());
            return CallResult { outcome, calls, history, request_log_error };
        }
    };
    let outcome = client.me(key, &services.clock).await;
    let mut calls = permit.as_ref().map(|permit| permit.history.calls.clone());
    if let Some(permit) = permit.as_ref().filter(|_| outcome.as_ref().is_err_and(|error| !error.counts)) {
        calls = services.history.withdraw_call(fingerprint, permit, services.clock.stamp()).await.ok();
    }
    let outcome = match outcome {
        Ok(sample) => PollOutcome::Answered(Box::new(sample)),
        Err(error) => {
            tracing::info!(%fingerprint, kind = error.kind().as_str(), "{}", request_errors::clause(&error.cause));
            PollOutcome::Failed(error)
        }
    };
    CallResult { outcome, calls, history: permit.map(|permit| permit.history), request_log_error }
}

/// Right to make a call.
pub(super) struct GrantedCall {
    /// Entry of the call in the request log; `None` where there is no log, and a person asked.
    pub(super) permit: Option<PermitAnswer>,
    /// Reason why the request log could not be used, if so.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
}

/// Refusal of a call.
pub(super) struct DeniedCall {
    /// Outcome in its place.
    pub(super) outcome: PollOutcome,
    /// Reason why the request log could not be used, if so.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
}

/// Waits for the permit of a call. While another process makes a call with the same key, its answer is waited for, and
/// taken over as an answer of our own.
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
                Ok(PermitAnswer { decision: PermitDecision::InFlight, history, .. }) => {
                    request.outcome_number = request.outcome_number.or(Some(history.outcome_number));
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
            tracing::warn!(%error, "the call can be entered in no request log");
            let request_log_error = Some(error.failure().clone());
            return match request.purpose {
                CallPurpose::Manual => Ok(GrantedCall { permit: None, request_log_error }),
                _ => Err(DeniedCall { outcome: PollOutcome::NoRequestLog, request_log_error }),
            };
        }
    };
    let request_log_error = answer.request_log_error.as_ref().map(|error| error.failure().clone());
    let outcome = match answer.decision {
        PermitDecision::Granted { .. } => return Ok(GrantedCall { permit: Some(answer), request_log_error }),
        PermitDecision::LeasedByOther { until } => {
            PollOutcome::LeasedByOther { history: Box::new(answer.history), until }
        }
        PermitDecision::Denied | PermitDecision::InFlight => PollOutcome::PermitDenied(Box::new(answer.history)),
    };
    Err(DeniedCall { outcome, request_log_error })
}
