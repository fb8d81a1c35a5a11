//! A line of the event log: something that happened.

mod fact;
mod kind;

use jiff::Timestamp;

use super::environment::Environment;
use super::status::Severity;

pub use fact::{BalanceCause, EventFact, PlanChange, RefusalsEnd};
pub use kind::EventKind;

/// A line of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Moment of the event.
    pub at: Timestamp,
    /// Environment that it is about; `None` for all of them.
    pub environment: Option<Environment>,
    /// Severity of the event.
    pub severity: Severity,
    /// Event itself.
    pub fact: EventFact,
}

impl LogEntry {
    /// Kind of the event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.fact.kind()
    }
}
