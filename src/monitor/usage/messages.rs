//! Inputs and effects of the usage scans.

use jiff::Timestamp;

use crate::domain::activity::{ActivityRecord, ScannedUsage, UsageError, UsageResponse, UsageUpdate};
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::history_error::HistoryErrorDetails;
use crate::monitor::polling::permit::PermitRequest;

/// Something that happened to the usage scans.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageInput {
    /// From now on the activity is followed.
    Followed,
    /// The operator looks at the activity of an environment, or no longer at any.
    Opened(Option<EnvironmentName>),
    /// The history was asked for what it knows of a key; or why it could not answer.
    Loaded {
        /// The key.
        fingerprint: Fingerprint,
        /// Its record of the activity.
        outcome: Result<ActivityRecord, HistoryErrorDetails>,
    },
    /// A page of `/usage` was asked for.
    Read {
        /// Key to ask with.
        fingerprint: Fingerprint,
        /// The number of the [`UsageEffect::Read`] that asked for it.
        sequence: u64,
        /// Outcome.
        outcome: UsageOutcome,
        /// Calls of all this user's processes with the key in the last two days, this one included if it counts; `None`
        /// where the history could not answer.
        calls: Option<Vec<Timestamp>>,
    },
    /// A reading was stored; or why not.
    Stored {
        /// The key.
        fingerprint: Fingerprint,
        /// Outcome.
        outcome: Result<UsageUpdate, HistoryErrorDetails>,
    },
}

/// Outcome of a request for a page.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageOutcome {
    /// A page.
    Answered(Box<UsageResponse>),
    /// No page.
    Failed(UsageError),
    /// Not asked: the limits, or a pause, allow it only later.
    PermitDenied,
    /// Not asked: another process of this user looks.
    LeasedByOther,
}

/// Something to do for a usage scan.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageEffect {
    /// Ask the history what it knows of the activity of a key.
    Load(Fingerprint),
    /// Enter a call in the request log, then ask for a page of `/usage`.
    Read {
        /// Key to ask with.
        fingerprint: Fingerprint,
        /// Told again in the answer.
        sequence: u64,
        /// The number of the first call on the page.
        offset: u64,
        /// The permit to ask for first; with the first page, it tells how the scan is shared with other processes.
        permit: PermitRequest,
    },
    /// Add what was read to the history.
    Store {
        /// The key.
        fingerprint: Fingerprint,
        /// The calls that were read.
        reading: ScannedUsage,
    },
}
