//! Leave to make a call, as the history answers it.

use jiff::Timestamp;

use super::error::HistoryError;
use crate::monitor::input::KeyHistory;

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitDecision {
    /// It may, and is entered.
    Granted {
        /// The number of its entry.
        call: i64,
    },
    /// The limits or a pause don't allow it now, or another process was answered a moment ago.
    Denied,
    /// Another process watches the key for all until then.
    LeasedByOther {
        /// Until when.
        until: Timestamp,
    },
    /// Another process is making a call just now.
    InFlight,
}

/// The answer of one ledger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestLogAnswer {
    pub(super) decision: PermitDecision,
    pub(super) memory: KeyHistory,
}

/// Which of the two ledgers counts a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestLogPlace {
    /// The history.
    History,
    /// The one in the runtime folder.
    Fallback,
}

/// The answer to who asks for leave.
#[derive(Clone, Debug, PartialEq)]
pub struct PermitAnswer {
    /// Whether the call may be made.
    pub decision: PermitDecision,
    /// What is known of the key, with a call that was entered.
    pub memory: KeyHistory,
    /// Why the history itself could not be used, where the call is counted in the runtime folder.
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
