//! Stores the changes of alerts, and notifies: the sinks once for all processes, each terminal for itself.

use super::tasks::{TaskOutcome, Tasks, logged};
use crate::domain::alert::{AlertChange, AlertRecord, AlertWriteOutcome};
use crate::monitor::input::Input;
use crate::services::history::History;
use crate::services::sinks::Notifier;

/// Starts to store a change of an alert, and notifies after that. Where it can't be stored, notifications go out all
/// the same, for twice is better than not at all.
pub(super) fn store_and_notify(tasks: &Tasks, history: History, notifier: Notifier, change: AlertChange) {
    let record = Box::new(change.record.clone());
    let stored = change.record.clone();
    let lost = Input::AlertStored { record: record.clone(), settlement: AlertWriteOutcome::NotStored };
    let mailbox = tasks.clone();
    tasks.spawn_storing(Some(lost.into()), async move {
        let settlement = match logged(history.run(move |store| store.store_alert(&stored)).await) {
            Ok(None) => AlertWriteOutcome::Stored,
            Ok(Some(newer)) => AlertWriteOutcome::VersionConflict(Box::new(newer)),
            Err(_) => AlertWriteOutcome::NotStored,
        };
        if let Some(announced) = notify(&notifier, change, &settlement) {
            mailbox.deliver(announced).await;
        }
        Some(Input::AlertStored { record, settlement }.into())
    });
}

/// Hands a notification to the sinks, unless another process does; answers with what this terminal is to show.
fn notify(notifier: &Notifier, change: AlertChange, settlement: &AlertWriteOutcome) -> Option<TaskOutcome> {
    let notification = change.notification?;
    let Audience { sinks, terminal } = audience(&change.record, settlement);
    if sinks {
        notifier.notify(&notification);
    }
    terminal.then_some(TaskOutcome::TerminalNotification(notification))
}

/// Receivers of a notification.
#[derive(Debug, PartialEq, Eq)]
struct Audience {
    sinks: bool,
    terminal: bool,
}

/// The process that stored a change notifies the sinks. Where another process stored the same, this terminal has not
/// shown it yet; where it stored something else, this process was wrong.
fn audience(record: &AlertRecord, settlement: &AlertWriteOutcome) -> Audience {
    match settlement {
        AlertWriteOutcome::Stored | AlertWriteOutcome::NotStored => Audience { sinks: true, terminal: true },
        AlertWriteOutcome::VersionConflict(newer) => Audience { sinks: false, terminal: newer.has_same_facts(record) },
    }
}

#[cfg(test)]
mod outage_tests;
#[cfg(test)]
mod tests;
