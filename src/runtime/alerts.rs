//! Keeps what alerts become, and tells it: the sinks once for all processes, each terminal for itself.

use super::runner::report;
use super::tasks::{Delivery, Tasks};
use crate::domain::alert::{AlertChange, AlertRecord, Settlement};
use crate::monitor::event::Event;
use crate::services::Services;
use crate::services::notify::Notifier;

/// Starts to keep a change of an alert. It is told once that is done; where it can't be kept it is told all the same,
/// for better twice than not at all.
pub(super) fn settle(tasks: &Tasks, services: Services, change: AlertChange) {
    let record = change.record.clone();
    let settled =
        move |settlement| Delivery::Event(Event::AlertSettled { record: Box::new(record.clone()), settlement });
    let lost = settled(Settlement::Unstored);
    let teller = tasks.clone();
    tasks.spawn_storing(Some(lost), async move {
        let settlement = match services.history.settle_alert(change.record.clone()).await.inspect_err(report) {
            Ok(None) => Settlement::Kept,
            Ok(Some(kept)) => Settlement::Overtaken(Box::new(kept)),
            Err(_) => Settlement::Unstored,
        };
        if let Some(announced) = tell(&services.notifier, change, &settlement) {
            teller.deliver(announced).await;
        }
        Some(settled(settlement))
    });
}

/// Hands what is to be told to the sinks, unless another process does; answers with what this terminal is to tell.
fn tell(notifier: &Notifier, change: AlertChange, settlement: &Settlement) -> Option<Delivery> {
    let notification = change.notification?;
    let Audience { sinks, terminal } = audience(&change.record, settlement);
    if sinks {
        notifier.notify(&notification);
    }
    terminal.then_some(Delivery::Announced(notification))
}

/// Who is to hear of a change.
#[derive(Debug, PartialEq, Eq)]
struct Audience {
    sinks: bool,
    terminal: bool,
}

/// The sinks hear of it from the process that kept it. Where another kept the same, this terminal does not know yet;
/// where it kept something else, this process was wrong.
fn audience(record: &AlertRecord, settlement: &Settlement) -> Audience {
    match settlement {
        Settlement::Kept | Settlement::Unstored => Audience { sinks: true, terminal: true },
        Settlement::Overtaken(kept) => Audience { sinks: false, terminal: kept.says_the_same(record) },
    }
}

#[cfg(test)]
mod outages;
#[cfg(test)]
mod tests;
