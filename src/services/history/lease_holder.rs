//! The holder of leases and permits: one history of one process.

use crate::services::process;

/// Holder of a lease, or of the permit for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeaseHolder {
    number: i64,
    process: Option<String>,
}

impl LeaseHolder {
    /// Another holder in this process.
    pub(super) fn new() -> Self {
        Self { number: fastrand::i64(..), process: process::own_name().map(ToOwned::to_owned) }
    }

    /// Holder with this number, and a process that can't be told from others.
    #[cfg(test)]
    pub(super) fn numbered(number: i64) -> Self {
        Self { number, process: None }
    }

    /// The number that tells it from all others.
    pub(super) fn number(&self) -> i64 {
        self.number
    }

    /// The name of its process.
    pub(super) fn process(&self) -> Option<&str> {
        self.process.as_deref()
    }
}
