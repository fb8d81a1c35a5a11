//! Reads a page of `/usage`, with a permit for the call first.

use jiff::Timestamp;

use super::poll;
use super::tasks::logged;
use crate::domain::activity::{PAGE_LENGTH, UsageError};
use crate::domain::api_key::ApiKey;
use crate::domain::error::PollError;
use crate::domain::history_error::HistoryErrorDetails;
use crate::monitor::input::PollOutcome;
use crate::monitor::polling::permit::PermitRequest;
use crate::monitor::usage::UsageOutcome;
use crate::services::Services;
use crate::services::trackyard::TrackyardClient;
use crate::wording::request_errors;

/// End of a call for a page.
pub(super) struct UsagePageResult {
    pub(super) outcome: UsageOutcome,
    /// Calls of all this user's processes with the key in the last two days; `None` where the history could not answer.
    pub(super) calls: Option<Vec<Timestamp>>,
    /// Reason why the call is not in the request log, if it is not.
    pub(super) request_log_error: Option<HistoryErrorDetails>,
}

/// Calls the service for the page that begins with call number `offset`, if the permit is granted.
pub(super) async fn read(
    services: &Services,
    client: Result<TrackyardClient, PollError>,
    key: &ApiKey,
    offset: u64,
    permit: PermitRequest,
) -> UsagePageResult {
    let fingerprint = key.fingerprint();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let outcome = UsageOutcome::Failed(UsageError::Failed(error));
            return UsagePageResult { outcome, calls: None, request_log_error: None };
        }
    };
    let granted = match poll::wait_for_permit(services, fingerprint, permit).await {
        Ok(granted) => granted,
        Err(denied) => {
            let (outcome, calls) = match denied.outcome {
                PollOutcome::LeasedByOther { .. } => (UsageOutcome::LeasedByOther, None),
                PollOutcome::PermitDenied(history) => (UsageOutcome::PermitDenied, Some(history.calls)),
                _ => (UsageOutcome::PermitDenied, None),
            };
            return UsagePageResult { outcome, calls, request_log_error: denied.request_log_error };
        }
    };
    let answer = client.usage(key, PAGE_LENGTH, offset, &services.clock).await;
    let counts = answer.as_ref().err().is_none_or(|error| error.failure().counts);
    if let Some(permit) = &granted.permit {
        _ = logged(services.history.end_call(fingerprint, permit, counts).await);
    }
    let calls = granted.permit.filter(|_| counts).map(|permit| permit.history.calls);
    let outcome = match answer {
        Ok(answer) => UsageOutcome::Answered(Box::new(answer)),
        Err(error) => {
            let said = error.failure();
            tracing::info!(%fingerprint, kind = said.kind().as_str(), "{}", request_errors::clause(&said.cause));
            UsageOutcome::Failed(error)
        }
    };
    UsagePageResult { outcome, calls, request_log_error: granted.request_log_error }
}
