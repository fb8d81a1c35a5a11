//! Leave to make a call, as the history answers it.

use jiff::Timestamp;

use super::error::HistoryError;
use crate::monitor::event::KeyMemory;

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It may, and is entered.
    Granted {
        /// The number of its entry.
        call: i64,
    },
    /// The limits or a pause don't allow it now, or another process was answered a moment ago.
    Withheld,
    /// Another process watches the key for all until then.
    LeftToOther {
        /// Until when.
        until: Timestamp,
    },
    /// Another process is making a call just now.
    Busy,
}

/// The answer of one ledger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) leave: Leave,
    pub(super) memory: KeyMemory,
}

/// Which of the two ledgers counts a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ledgers {
    /// The history.
    First,
    /// The one in the runtime folder.
    Second,
}

/// The answer to who asks for leave.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaveAnswer {
    /// Whether the call may be made.
    pub leave: Leave,
    /// What is known of the key, with a call that was entered.
    pub memory: KeyMemory,
    /// Why the history itself could not be used, where the call is counted in the runtime folder.
    pub trouble: Option<HistoryError>,
    pub(super) ledger: Ledgers,
}

impl LeaveAnswer {
    /// The number of the call that was entered.
    pub(super) fn call(&self) -> Option<i64> {
        match self.leave {
            Leave::Granted { call } => Some(call),
            _ => None,
        }
    }
}
