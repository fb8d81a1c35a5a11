//! What can happen to the monitor.

use jiff::Timestamp;

use super::key_verdict::KeyVerdict;
use super::refusals::OtherKey;
use super::usage::UsageInput;
use crate::domain::alert::{AlertRecord, AlertWriteOutcome};
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, PollError};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::last_use::ExternalUse;
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
        /// Whose key it is.
        environment: EnvironmentName,
        /// What came of it.
        outcome: Result<HeldKey, KeyError>,
    },
    /// The key store told of a change, or of an answer that came late.
    KeyStoreChanged,
    /// The journal and the key store were asked how far the rotation of an environment's key came, or a step of it
    /// was taken; or why that is not known, as a plain sentence.
    RotationLoaded {
        /// Whose key it is.
        environment: EnvironmentName,
        /// Where it stands; `None` where none is under way.
        outcome: Result<Option<HeldRotation>, RotationError>,
    },
    /// The history was asked what it knows of a key.
    KeyHistoryLoaded {
        /// Which key.
        fingerprint: Fingerprint,
        /// What it knows; or why it could not answer.
        history: Result<KeyHistory, HistoryErrorDetails>,
    },
    /// The history was asked for the balances of a key's account, as far back as a forecast looks.
    BalancesLoaded {
        /// Which key.
        fingerprint: Fingerprint,
        /// The balances, oldest first, about one for each hour; `None` where the history could not answer.
        points: Option<Vec<CreditsPoint>>,
    },
    /// The history was asked for the newest lines of the event log: oldest first, none where it could not answer.
    EventsLoaded(Vec<LogEntry>),
    /// A poll ended.
    Polled {
        /// Which key.
        fingerprint: Fingerprint,
        /// The number of the [`Effect::Poll`](super::effect::Effect::Poll) that asked for it.
        sequence: u64,
        /// What came of it.
        outcome: PollOutcome,
        /// Calls of all this user's processes with the key in the last day, this one included if it counts; `None`
        /// where the history could not answer.
        calls: Option<Vec<Timestamp>>,
        /// What the history knew of the key when it gave leave for the call; `None` where none was given.
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
    /// What an alert became was kept, or not.
    AlertStored {
        /// What it was to become.
        record: Box<AlertRecord>,
        /// What came of it.
        settlement: AlertWriteOutcome,
    },
    /// The operator has seen the alerts of an environment, and those of the machine.
    AlertsAcknowledged(EnvironmentName),
}

/// A key that the runtime holds in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// What may be told of it.
    pub identity: KeyIdentity,
    /// Where it came from.
    pub source: KeySource,
}

/// A rotation, and its old key if the runtime holds that in memory to watch it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldRotation {
    /// How far it came; may have ended just now.
    pub rotation: Rotation,
    /// What may be told of the old key.
    pub old_key: Option<KeyIdentity>,
    /// Why the next step could not be done.
    pub error: Option<RotationError>,
}

/// What the history knows of a key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyHistory {
    /// The newest sample; that there is one means that the service accepted the key before.
    pub sample: Option<Sample>,
    /// The last known use by others.
    pub others_use: Option<ExternalUse>,
    /// Calls of all this user's processes with the key in the last two days, oldest first.
    pub calls: Vec<Timestamp>,
    /// Until when the operator wants no reminder to replace the key.
    pub snoozed_until: Option<Timestamp>,
    /// How the key stands since the newest sample.
    pub verdict: Box<KeyVerdict>,
    /// How often calls of any process came to something.
    pub outcome_number: u64,
    /// Whether another process is making a call just now.
    pub is_under_way: bool,
    /// Whether the process that is told this has stored how the key stands.
    pub is_own: bool,
    /// How the other keys fare that the history knows.
    pub others: Vec<OtherKey>,
}

impl KeyHistory {
    /// The same with what is known elsewhere: all calls count, and of everything else the newest.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        let newest = |memory: &Self| memory.sample.as_ref().map(|sample| sample.at);
        if newest(&other) > newest(&self) {
            self.sample = other.sample;
        }
        if other.verdict.at > self.verdict.at {
            self.verdict = other.verdict;
            self.is_own = other.is_own;
        }
        self.others_use = self.others_use.or(other.others_use);
        self.snoozed_until = self.snoozed_until.max(other.snoozed_until);
        self.is_under_way |= other.is_under_way;
        self.others.extend(other.others);
        self.calls.extend(other.calls);
        self.calls.sort_unstable();
        self
    }
}

/// What came of a poll.
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
        /// What the history knows of the key.
        history: Box<KeyHistory>,
        /// Until when that process has the lease.
        until: Timestamp,
    },
}

impl PollOutcome {
    /// The sample that it brought, from the service or from another process.
    #[must_use]
    pub fn sample(&self) -> Option<&Sample> {
        match self {
            Self::Answered(sample) => Some(sample),
            Self::LeasedByOther { history: memory, .. } | Self::PermitDenied(memory) => memory.sample.as_ref(),
            Self::Failed(_) | Self::NoRequestLog => None,
        }
    }
}
