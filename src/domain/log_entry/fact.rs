//! Events, with the values that tell of them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::kind::EventKind;
use crate::domain::account::AccountPlan;
use crate::domain::activity::UsageAnomaly;
use crate::domain::alert::{AcknowledgementNote, Condition, Observation};
use crate::domain::api_key::Fingerprint;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::limit::Limit;
use crate::domain::rotation::RotationStage;
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::{Flag, Status};

/// Two moments of the same event, as two processes see it, may differ by so much.
const SAME_EVENT_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// Event, as it is stored. Text is made of it where it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventFact {
    /// A condition holds that did not: a status, a flag, or a fault of all environments.
    Began(Observation),
    /// The service accepts the key; `again` tells whether it had before.
    Accepted {
        /// True when it was accepted before.
        again: bool,
    },
    /// The environment has no key; `removed` tells whether it was seen to have had one.
    NoKey {
        /// True when it had one.
        removed: bool,
    },
    /// A flag holds no more.
    FlagOver(Flag),
    /// The operator put off the reminder that rotation is due soon.
    Snoozed {
        /// End of the snooze.
        until: Timestamp,
    },
    /// The service was reached again.
    Reached,
    /// The service does not refuse every key any more.
    RefusalsOver(RefusalsEnd),
    /// Nothing can be stored; `None` once it can be again.
    History(Option<HistoryErrorDetails>),
    /// Some rows of the history can't be read: the tables, and how many of each.
    Unreadable(Vec<(String, u64)>),
    /// A notification in the queue of a sink can't be read, and was put aside.
    PutAside(String),
    /// The machine slept, or the program stood still, for so long.
    Slept(SignedDuration),
    /// The clock of this machine was set, by so much.
    ClockSet(SignedDuration),
    /// The key that took the place of another answers for another account.
    OtherAccount {
        /// Plan of the key before.
        old: AccountPlan,
        /// Plan of this one.
        new: AccountPlan,
    },
    /// The rotation of a key came to a stage.
    Rotation {
        /// Stage that was reached; `None` where another process ended the rotation.
        stage: Option<RotationStage>,
        /// The key that is replaced.
        old: Option<Fingerprint>,
        /// The last characters of that, where they are known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ending: Option<String>,
    },
    /// The balance rose, or was cut.
    Balance {
        /// By what.
        cause: BalanceCause,
        /// Balance before, in credits.
        from: f64,
        /// Balance after, in credits.
        to: f64,
    },
    /// Another plan is in force.
    Plan(PlanChange),
    /// A key is used in an unusual way.
    Unusual(UsageAnomaly),
    /// The operator has seen an alert.
    Acknowledged {
        /// Condition of the alert.
        condition: Condition,
        /// Name of the operator.
        by: String,
        /// Note of the operator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<AcknowledgementNote>,
    },
    /// The operator took an acknowledgement back.
    Unacknowledged {
        /// Condition of the alert.
        condition: Condition,
        /// Name of the operator.
        by: String,
    },
    /// A sink fails; `None` once it works again.
    Sink(SinkKind, Option<SinkError>),
    /// As an earlier version of this program told it.
    #[serde(skip)]
    Earlier {
        /// Kind of the event.
        kind: EventKind,
        /// One plain sentence, safe to show.
        text: String,
    },
}

/// Reason for which the service does not refuse every key any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalsEnd {
    /// It accepts one.
    Accepted,
    /// It has lasted, so that each key counts as revoked.
    Lasted,
}

/// Cause of a change of the balance, beside its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BalanceCause {
    /// It was filled up to the allowance, which was in force before and is after.
    Reset,
    /// It rose, but was not filled up.
    TopUp,
    /// It came with another plan.
    Plan,
}

/// Change of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanChange {
    /// The tier.
    Tier {
        /// Before.
        old: String,
        /// Now.
        new: String,
    },
    /// The credits in a month.
    Allowance {
        /// Before.
        old: f64,
        /// Now.
        new: f64,
    },
    /// The requests that are allowed in a minute.
    MinuteLimit {
        /// Before.
        old: Limit,
        /// Now.
        new: Limit,
    },
    /// The requests that are allowed in a day.
    DayLimit {
        /// Before.
        old: Limit,
        /// Now.
        new: Limit,
    },
}

impl EventFact {
    /// Kind of the event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Began(observation) => match observation.condition {
                Condition::Status(status) => EventKind::Status(status),
                Condition::Flag(flag) => EventKind::Flag(flag),
                Condition::Outage | Condition::Offline => EventKind::Network,
                Condition::AllRefused => EventKind::Refusals,
            },
            Self::Accepted { .. } => EventKind::Status(Status::Active),
            Self::NoKey { .. } => EventKind::Status(Status::NoKey),
            Self::FlagOver(flag) => EventKind::Flag(*flag),
            Self::Snoozed { .. } => EventKind::Flag(Flag::RotateSoon),
            Self::Reached => EventKind::Network,
            Self::RefusalsOver(_) => EventKind::Refusals,
            Self::History(_) | Self::Unreadable(_) | Self::PutAside(_) => EventKind::History,
            Self::Slept(_) | Self::ClockSet(_) => EventKind::Gap,
            Self::OtherAccount { .. } => EventKind::Key,
            Self::Rotation { .. } => EventKind::Rotation,
            Self::Balance { cause: BalanceCause::Reset, .. } => EventKind::Reset,
            Self::Balance { cause: BalanceCause::TopUp, .. } => EventKind::TopUp,
            Self::Balance { cause: BalanceCause::Plan, .. } | Self::Plan(_) => EventKind::Plan,
            Self::Unusual(_) => EventKind::Activity,
            Self::Acknowledged { .. } | Self::Unacknowledged { .. } => EventKind::Alert,
            Self::Sink(sink, _) => EventKind::Sink(*sink),
            Self::Earlier { kind, .. } => *kind,
        }
    }

    /// True when another process tells of the same event so. How long it slept, each process knows by itself.
    #[must_use]
    pub fn is_same_event(&self, other: &Self) -> bool {
        let is_near = |one: &SignedDuration, other: &SignedDuration| (*one - *other).abs() <= SAME_EVENT_WITHIN;
        match (self, other) {
            (Self::Slept(one), Self::Slept(other)) | (Self::ClockSet(one), Self::ClockSet(other)) => {
                is_near(one, other)
            }
            // Not every process has had the old key in memory.
            (Self::Rotation { stage, old, .. }, Self::Rotation { stage: other_stage, old: other_old, .. }) => {
                (stage, old) == (other_stage, other_old)
            }
            _ => self == other,
        }
    }

    /// Beginning of the state, where that is before it was noticed.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Began(observation) => Some(observation.since.at()),
            _ => None,
        }
    }
}
