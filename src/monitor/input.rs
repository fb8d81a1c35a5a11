//! Inputs of the monitor: all that it can be told.

use jiff::Timestamp;

pub use super::polling::key_history::KeyHistory;
use super::usage::messages::UsageInput;
use crate::domain::alert::{AcknowledgementRequest, AlertRecord, AlertWriteOutcome};
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, PollError};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::log_entry::LogEntry;
use crate::domain::rotation::{Rotation, RotationError};
use crate::domain::sample::{CreditsPoint, Sample};
use crate::domain::sink::{SinkError, SinkKind};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Input {
    /// The program started.
    Started,
    /// Time went by.
    Ticked,
    /// A source of keys was asked, or a key was just stored.
    KeyLoaded {
        /// Environment of the key.
        environment: EnvironmentName,
        /// Key that was found; or why there is none.
        outcome: Result<HeldKey, KeyError>,
    },
    /// The key store told of a change, or of an answer that came late.
    KeyStoreChanged,
    /// The journal and the key store were asked how far the rotation of an environment's key came, or a step of it
    /// was taken; or why that is not known.
    RotationLoaded {
        /// Environment of the key.
        environment: EnvironmentName,
        /// Rotation under way; `None` where there is none.
        outcome: Result<Option<HeldRotation>, RotationError>,
    },
    /// The history was asked what it knows of a key.
    KeyHistoryLoaded {
        /// Key in question.
        fingerprint: Fingerprint,
        /// Knowledge of the key; or why the history could not answer.
        history: Result<KeyHistory, HistoryErrorDetails>,
    },
    /// The history was asked for the balances of a key's account, as far back as a forecast looks.
    BalancesLoaded {
        /// Key in question.
        fingerprint: Fingerprint,
        /// The balances, oldest first, about one for each hour; `None` where the history could not answer.
        points: Option<Vec<CreditsPoint>>,
    },
    /// The history was asked for the newest lines of the event log: oldest first, none where it could not answer.
    EventsLoaded(Vec<LogEntry>),
    /// A poll ended.
    Polled {
        /// Key in question.
        fingerprint: Fingerprint,
        /// The number of the [`Effect::Poll`](super::effect::Effect::Poll) that asked for it.
        sequence: u64,
        /// Outcome of the poll.
        outcome: PollOutcome,
        /// Calls of all this user's processes with the key in the last two days, this one included if it counts; `None`
        /// where the history could not answer.
        calls: Option<Vec<Timestamp>>,
        /// Knowledge of the key in the history when it gave the permit for the call; `None` where none was given.
        known: Option<Box<KeyHistory>>,
    },
    /// Something was stored; or why not.
    HistoryReported(Option<HistoryErrorDetails>),
    /// A sink took a notification; or why not.
    SinkReported(SinkKind, Option<SinkError>),
    /// The operator wants news of one environment at once.
    RefreshRequested(EnvironmentName),
    /// The operator wants news of all environments at once.
    RefreshAllRequested,
    /// The operator stops or resumes timed polls.
    PauseToggled,
    /// The operator puts off the reminder that rotation is due soon.
    RotationSnoozed(EnvironmentName),
    /// Something about the activity of keys.
    Usage(UsageInput),
    /// The history was asked which alerts are kept; `None` where it could not answer.
    AlertsLoaded(Option<Vec<AlertRecord>>),
    /// A change of an alert was kept, or not.
    AlertStored {
        /// Alert after the change.
        record: Box<AlertRecord>,
        /// Outcome of the write.
        settlement: AlertWriteOutcome,
    },
    /// The operator has seen the alerts of an environment, and those of the machine, or takes that back.
    AcknowledgementRequested(EnvironmentName, AcknowledgementRequest),
}

/// A key that the runtime holds in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// Public part of the key.
    pub identity: KeyIdentity,
    /// Source of the key.
    pub source: KeySource,
}

/// A rotation, and its old key if the runtime holds that in memory to watch it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldRotation {
    /// The rotation as far as it came; may have ended just now.
    pub rotation: Rotation,
    /// Public part of the old key.
    pub old_key: Option<KeyIdentity>,
    /// Error of the next step, where that could not be done.
    pub error: Option<RotationError>,
}

/// Outcome of a poll.
#[derive(Clone, Debug, PartialEq)]
pub enum PollOutcome {
    /// A sample.
    Answered(Box<Sample>),
    /// No sample.
    Failed(PollError),
    /// Not made: the limits, a pause, or another process that has just asked. What the history knows of the key tells.
    PermitDenied(Box<KeyHistory>),
    /// Not made: there is no place to count calls in, and nobody asked.
    NoRequestLog,
    /// Not made: another process of this user polls the key.
    LeasedByOther {
        /// Knowledge of the key in the history.
        history: Box<KeyHistory>,
        /// Time until which that process has the lease.
        until: Timestamp,
    },
    /// Not made: the key is not known here.
    Observed {
        /// Knowledge of the key in the history.
        history: Box<KeyHistory>,
        /// True where another process polls the key.
        is_polled: bool,
    },
}

impl PollOutcome {
    /// Knowledge of the key in the history, where that tells in the place of the service.
    #[must_use]
    pub fn history(&self) -> Option<&KeyHistory> {
        match self {
            Self::PermitDenied(history) | Self::LeasedByOther { history, .. } | Self::Observed { history, .. } => {
                Some(history)
            }
            Self::Answered(_) | Self::Failed(_) | Self::NoRequestLog => None,
        }
    }

    /// The sample that it brought, from the service or from another process.
    #[must_use]
    pub fn sample(&self) -> Option<&Sample> {
        match self {
            Self::Answered(sample) => Some(sample),
            other => other.history()?.sample.as_ref(),
        }
    }
}
