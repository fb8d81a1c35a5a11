//! Keeps what alerts become, and tells it: the sinks once for all processes, each terminal for itself.

use super::effect_runner::log_history_error;
use super::tasks::{TaskOutcome, Tasks};
use crate::domain::alert::{AlertChange, AlertRecord, AlertWriteOutcome};
use crate::monitor::input::Input;
use crate::services::Services;
use crate::services::sinks::Notifier;

/// Starts to keep a change of an alert. It is told once that is done; where it can't be kept it is told all the same,
/// for better twice than not at all.
pub(super) fn store_and_notify(tasks: &Tasks, services: Services, change: AlertChange) {
    let (record, changed) = (change.record.clone(), change.record.clone());
    let settled =
        move |settlement| TaskOutcome::Event(Input::AlertStored { record: Box::new(record.clone()), settlement });
    let lost = settled(AlertWriteOutcome::NotStored);
    let teller = tasks.clone();
    tasks.spawn_storing(Some(lost), async move {
        let settlement =
            match services.history.run(move |store| store.store_alert(&changed)).await.inspect_err(log_history_error) {
                Ok(None) => AlertWriteOutcome::Stored,
                Ok(Some(kept)) => AlertWriteOutcome::VersionConflict(Box::new(kept)),
                Err(_) => AlertWriteOutcome::NotStored,
            };
        if let Some(announced) = notify(&services.notifier, change, &settlement) {
            teller.deliver(announced).await;
        }
        Some(settled(settlement))
    });
}

/// Hands what is to be told to the sinks, unless another process does; answers with what this terminal is to tell.
fn notify(notifier: &Notifier, change: AlertChange, settlement: &AlertWriteOutcome) -> Option<TaskOutcome> {
    let notification = change.notification?;
    let Audience { sinks, terminal } = audience(&change.record, settlement);
    if sinks {
        notifier.notify(&notification);
    }
    terminal.then_some(TaskOutcome::TerminalNotification(notification))
}

/// Who is to hear of a change.
#[derive(Debug, PartialEq, Eq)]
struct Audience {
    sinks: bool,
    terminal: bool,
}

/// The sinks hear of it from the process that kept it. Where another kept the same, this terminal does not know yet;
/// where it kept something else, this process was wrong.
fn audience(record: &AlertRecord, settlement: &AlertWriteOutcome) -> Audience {
    match settlement {
        AlertWriteOutcome::Stored | AlertWriteOutcome::NotStored => Audience { sinks: true, terminal: true },
        AlertWriteOutcome::VersionConflict(kept) => Audience { sinks: false, terminal: kept.has_same_facts(record) },
    }
}

#[cfg(test)]
mod outage_tests;
#[cfg(test)]
mod tests;
