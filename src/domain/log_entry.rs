//! A line of the event log: something that happened.

mod fact;
mod kind;

use jiff::Timestamp;

use super::environment::Environment;
use super::status::Severity;

pub use fact::{BalanceCause, EventFact, PlanChange, PlanTerms, RefusalsEnd};
pub use kind::EventKind;

/// A line of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// Which environment; `None` for all of them.
    pub environment: Option<Environment>,
    /// How bad.
    pub severity: Severity,
    /// What happened.
    pub fact: EventFact,
}

impl LogEntry {
    /// What kind of event it is.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.fact.kind()
    }
}
