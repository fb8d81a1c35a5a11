//! Permits, as the history answers a request for one.

use jiff::Timestamp;

use super::error::HistoryError;
use crate::monitor::input::KeyHistory;

/// Decision on a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitDecision {
    /// The call may be made, and is entered.
    Granted {
        /// The number of its entry.
        call: i64,
    },
    /// The limits or a pause don't allow it now, or another process was answered a moment ago.
    Denied,
    /// Another process holds the lease of the key until then.
    LeasedByOther {
        /// End of the lease.
        until: Timestamp,
    },
    /// Another process is making a call just now.
    InFlight,
}

/// Answer of one request log.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestLogAnswer {
    pub(super) decision: PermitDecision,
    pub(super) history: KeyHistory,
}

/// Request log that counts a call, of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestLogPlace {
    /// The history.
    History,
    /// The one in the runtime folder.
    Fallback,
}

/// Answer to a request for a permit.
#[derive(Clone, Debug, PartialEq)]
pub struct PermitAnswer {
    /// Decision on the permit.
    pub decision: PermitDecision,
    /// History of the key, with a call that was entered.
    pub history: KeyHistory,
    /// Error of the history itself, where the call is counted in the runtime folder.
    pub request_log_error: Option<HistoryError>,
    pub(super) log: RequestLogPlace,
}

impl PermitAnswer {
    /// The number of the call that was entered.
    pub(super) fn call(&self) -> Option<i64> {
        match self.decision {
            PermitDecision::Granted { call } => Some(call),
            _ => None,
        }
    }
}
