//! Activity of a key as it stands at a moment.

use jiff::Timestamp;

use crate::domain::activity::ActivityRecord;
use crate::domain::error::PollError;
use crate::domain::history_error::HistoryErrorDetails;

/// Reason why the activity is not known, or not up to date.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum ActivityError {
    /// The service has no `/usage` for this key; it is asked again after a day.
    NotAvailable(PollError),
    /// `/usage` could not be asked; it is tried again.
    Failed(PollError),
    /// The share of the day that is left for it is used up.
    OverBudget,
    /// The history can't be used.
    History(HistoryErrorDetails),
}

/// Activity of a key.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ActivitySnapshot {
    /// Record of the history; `None` before the history was asked.
    pub record: Option<ActivityRecord>,
    /// Reason why that is not all, if so.
    pub error: Option<ActivityError>,
    /// True while it is being read.
    pub reading: bool,
    /// Time of the next scan, where that is planned.
    pub next_at: Option<Timestamp>,
}
