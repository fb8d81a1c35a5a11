//! Asks for the activity of keys, of the service and of the history.

use jiff::Timestamp;

use super::polling;
use super::runner::{Runner, report, told};
use super::tasks::Delivery;
use crate::domain::activity::{PAGE_LENGTH, UsageFailure};
use crate::domain::api_key::Fingerprint;
use crate::domain::history_failure::HistoryFailure;
use crate::monitor::activity::{ActivityEffect, ActivityEvent, UsageOutcome};
use crate::monitor::event::{Event, PollOutcome};
use crate::monitor::leave::LeaveRequest;
use crate::wording::failures;

impl Runner {
    /// Starts what the monitor wants done for the activity of keys.
    pub(super) fn follow_activity(&self, effect: ActivityEffect) {
        match effect {
            ActivityEffect::Load(fingerprint) => {
                let services = self.services.clone();
                let loaded = move |outcome| delivery(ActivityEvent::Loaded { fingerprint, outcome });
                self.tasks.spawn(Some(loaded(Err(HistoryFailure::interrupted()))), async move {
                    let known = services.history.activity(fingerprint, services.clock.now().wall).await;
                    Some(loaded(known.inspect_err(report).map_err(|error| told(&error))))
                });
            }
            ActivityEffect::Read { fingerprint, sequence, offset, leave } => {
                self.read_usage(fingerprint, sequence, offset, leave);
            }
            ActivityEffect::Store { fingerprint, reading } => {
                let services = self.services.clone();
                let stored = move |outcome| delivery(ActivityEvent::Stored { fingerprint, outcome });
                self.tasks.spawn_storing(Some(stored(Err(HistoryFailure::interrupted()))), async move {
                    let added = services.history.add_usage(fingerprint, reading, services.clock.now().wall).await;
                    Some(stored(added.inspect_err(report).map_err(|error| told(&error))))
                });
            }
        }
    }

    fn read_usage(&self, fingerprint: Fingerprint, sequence: u64, offset: u64, leave: LeaveRequest) {
        let read = move |outcome, calls: Option<Vec<Timestamp>>| {
            Event::Activity(ActivityEvent::Read { fingerprint, sequence, outcome, calls })
        };
        let lost = move |counts| {
            let failure = UsageFailure::Failed(polling::interruption(counts));
            Delivery::Event(read(UsageOutcome::Failed(failure), None))
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
                    return Some(Delivery::Event(read(UsageOutcome::Failed(UsageFailure::Failed(failure)), None)));
                }
            };
            let permit = match polling::permit(&services, fingerprint, leave).await {
                Ok(permit) => permit,
                Err(withheld) => {
                    let (outcome, calls) = match withheld.outcome {
                        PollOutcome::LeftToOther { .. } => (UsageOutcome::LeftToOther, None),
                        PollOutcome::Withheld(memory) => (UsageOutcome::Withheld, Some(memory.calls)),
                        _ => (UsageOutcome::Withheld, None),
                    };
                    let ledger_trouble = withheld.ledger_trouble.as_ref().map(told);
                    return Some(Delivery::Polled { event: read(outcome, calls), ledger_trouble });
                }
            };
            let answer = client.usage(&key, PAGE_LENGTH, offset, &services.clock).await;
            let counts = answer.as_ref().err().is_none_or(|failure| failure.failure().counts);
            if let Some(leave) = &permit.leave {
                _ = services.history.end_call(fingerprint, leave, counts).await.inspect_err(report);
            }
            let calls = permit.leave.filter(|_| counts).map(|leave| leave.memory.calls);
            let outcome = match answer {
                Ok(answer) => UsageOutcome::Answered(Box::new(answer)),
                Err(failure) => {
                    let told = failure.failure();
                    tracing::info!(%fingerprint, kind = told.kind().as_str(), "{}", failures::clause(&told.cause));
                    UsageOutcome::Failed(failure)
                }
            };
            let ledger_trouble = permit.ledger_trouble.as_ref().map(told);
            Some(Delivery::Polled { event: read(outcome, calls), ledger_trouble })
        });
    }
}

fn delivery(event: ActivityEvent) -> Delivery {
    Delivery::Event(Event::Activity(event))
}
