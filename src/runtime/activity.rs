//! Asks for the activity of keys, of the service and of the history.

use jiff::Timestamp;

use super::effect_runner::{EffectRunner, log_history_error, to_history_error};
use super::poll;
use super::tasks::TaskOutcome;
use crate::domain::activity::{PAGE_LENGTH, UsageError};
use crate::domain::api_key::Fingerprint;
use crate::domain::history_error::HistoryErrorDetails;
use crate::monitor::input::{Input, PollOutcome};
use crate::monitor::quota::PermitRequest;
use crate::monitor::usage::{UsageEffect, UsageInput, UsageOutcome};
use crate::wording::request_errors;

impl EffectRunner {
    /// Starts what the monitor wants done for the activity of keys.
    pub(super) fn follow_activity(&self, effect: UsageEffect) {
        match effect {
            UsageEffect::Load(fingerprint) => {
                let services = self.services.clone();
                let loaded = move |outcome| delivery(UsageInput::Loaded { fingerprint, outcome });
                self.tasks.spawn(Some(loaded(Err(HistoryErrorDetails::interrupted()))), async move {
                    let known =
                        services.history.run(move |store| store.activity(fingerprint, services.clock.now().wall)).await;
                    Some(loaded(known.inspect_err(log_history_error).map_err(|error| to_history_error(&error))))
                });
            }
            UsageEffect::Read { fingerprint, sequence, offset, permit: leave } => {
                self.read_usage(fingerprint, sequence, offset, leave);
            }
            UsageEffect::Store { fingerprint, reading } => {
                let services = self.services.clone();
                let stored = move |outcome| delivery(UsageInput::Stored { fingerprint, outcome });
                self.tasks.spawn_storing(Some(stored(Err(HistoryErrorDetails::interrupted()))), async move {
                    let added = services
                        .history
                        .run(move |store| store.add_usage(fingerprint, &reading, services.clock.now().wall))
                        .await;
                    Some(stored(added.inspect_err(log_history_error).map_err(|error| to_history_error(&error))))
                });
            }
        }
    }

    fn read_usage(&self, fingerprint: Fingerprint, sequence: u64, offset: u64, leave: PermitRequest) {
        let read = move |outcome, calls: Option<Vec<Timestamp>>| {
            Input::Usage(UsageInput::Read { fingerprint, sequence, outcome, calls })
        };
        let lost = move |counts| {
            let failure = UsageError::Failed(poll::interruption(counts));
            TaskOutcome::Event(read(UsageOutcome::Failed(failure), None))
        };
        let Some(key) = self.keys.get(&fingerprint).cloned() else {
            tracing::error!(%fingerprint, "the key to ask for its usage with is not in memory");
            self.tasks.spawn(None, async move { Some(lost(false)) });
            return;
        };
        let services = self.services.clone();
        let client = self.client.get_for(&services.base_url);
        let leave = self.without_lease_for_a_moment(leave);
        self.tasks.spawn(Some(lost(true)), async move {
            let client = match client.await {
                Ok(client) => client,
                Err(failure) => {
                    return Some(TaskOutcome::Event(read(UsageOutcome::Failed(UsageError::Failed(failure)), None)));
                }
            };
            let permit = match poll::wait_for_permit(&services, fingerprint, leave).await {
                Ok(permit) => permit,
                Err(withheld) => {
                    let (outcome, calls) = match withheld.outcome {
                        PollOutcome::LeasedByOther { .. } => (UsageOutcome::LeasedByOther, None),
                        PollOutcome::PermitDenied(memory) => (UsageOutcome::PermitDenied, Some(memory.calls)),
                        _ => (UsageOutcome::PermitDenied, None),
                    };
                    let ledger_trouble = withheld.request_log_error.as_ref().map(to_history_error);
                    return Some(TaskOutcome::Polled { event: read(outcome, calls), ledger_trouble });
                }
            };
            let answer = client.usage(&key, PAGE_LENGTH, offset, &services.clock).await;
            let counts = answer.as_ref().err().is_none_or(|failure| failure.failure().counts);
            if let Some(leave) = &permit.permit {
                _ = services.history.end_call(fingerprint, leave, counts).await.inspect_err(log_history_error);
            }
            let calls = permit.permit.filter(|_| counts).map(|leave| leave.memory.calls);
            let outcome = match answer {
                Ok(answer) => UsageOutcome::Answered(Box::new(answer)),
                Err(failure) => {
                    let told = failure.failure();
                    tracing::info!(%fingerprint, kind = told.kind().as_str(), "{}", request_errors::clause(&told.cause));
                    UsageOutcome::Failed(failure)
                }
            };
            let ledger_trouble = permit.request_log_error.as_ref().map(to_history_error);
            Some(TaskOutcome::Polled { event: read(outcome, calls), ledger_trouble })
        });
    }
}

fn delivery(event: UsageInput) -> TaskOutcome {
    TaskOutcome::Event(Input::Usage(event))
}
