//! What a notification tells.

use jiff::{SignedDuration, Timestamp};
use strum::IntoStaticStr;

use super::condition::Condition;
use super::observation::{Observation, Since};
use crate::domain::environment::Environment;
use crate::domain::status::Severity;

/// Why a notification is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum NotificationKind {
    /// The condition holds.
    Raised,
    /// It still holds, and nobody has acknowledged it.
    Reminder,
    /// It is over.
    Resolved,
    /// Nothing happened: the operator tries a sink.
    Test,
}

impl NotificationKind {
    /// The word for it in a notification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What is sent to the sinks. Nothing of a key is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// When it was decided on.
    pub at: Timestamp,
    /// Which environment; `None` for all of them.
    pub environment: Option<Environment>,
    /// How bad it is; [`Severity::Ok`] once it is over.
    pub severity: Severity,
    /// What it tells.
    pub news: NotificationContent,
}

/// What is told of an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum NotificationContent {
    /// A condition holds.
    Raised(Observation),
    /// It still holds, after so long.
    Reminder(Observation, SignedDuration),
    /// A condition holds no more.
    Resolved {
        /// Which.
        condition: Condition,
        /// Since when it had held.
        since: Since,
        /// Why, and for how long it had held where that is known.
        end: ResolvedReason,
        /// A milder one of its family that goes on.
        rest: Option<Observation>,
    },
    /// Nothing happened: the operator tries a sink.
    Test(Since),
}

/// Why an alert is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedReason {
    /// It was seen that the condition holds no more, after so long.
    Over(SignedDuration),
    /// The key was removed, after so long.
    KeyRemoved(SignedDuration),
    /// No source has a key any more, after so long.
    NoKey(SignedDuration),
    /// The operator muted it.
    Muted,
    /// The environment is configured no more.
    Unconfigured,
}

impl NotificationContent {
    /// Why it is told.
    #[must_use]
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::Raised(_) => NotificationKind::Raised,
            Self::Reminder(..) => NotificationKind::Reminder,
            Self::Resolved { .. } => NotificationKind::Resolved,
            Self::Test(_) => NotificationKind::Test,
        }
    }

    /// What it is about; `None` in a test.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Raised(observation) | Self::Reminder(observation, _) => Some(observation.condition),
            Self::Resolved { condition, .. } => Some(*condition),
            Self::Test(_) => None,
        }
    }

    /// Since when the condition holds, or had held.
    #[must_use]
    pub fn since(&self) -> Since {
        match self {
            Self::Raised(observation) | Self::Reminder(observation, _) => observation.since,
            Self::Resolved { since, .. } | Self::Test(since) => *since,
        }
    }
}
