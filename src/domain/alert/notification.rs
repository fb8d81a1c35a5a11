//! Notifications: the news of an alert, for the sinks.

use jiff::{SignedDuration, Timestamp};
use strum::IntoStaticStr;

use super::condition::Condition;
use super::observation::{Observation, Since};
use crate::domain::environment::Environment;
use crate::domain::status::Severity;

/// Occasion of a notification.
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

/// News for the sinks. Nothing of a key is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Moment of the decision to send it.
    pub at: Timestamp,
    /// Environment that it is about; `None` for all of them.
    pub environment: Option<Environment>,
    /// Severity of the condition; [`Severity::Ok`] once it is over.
    pub severity: Severity,
    /// News of the alert.
    pub news: NotificationContent,
}

/// News of an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum NotificationContent {
    /// A condition holds.
    Raised(Observation),
    /// It still holds, after so long.
    Reminder(Observation, SignedDuration),
    /// A condition holds no more.
    Resolved {
        /// Condition that is over.
        condition: Condition,
        /// Beginning of the condition.
        since: Since,
        /// Reason, with the time that it had held where that is known.
        end: ResolvedReason,
        /// A milder one of its family that goes on.
        rest: Option<Observation>,
    },
    /// Nothing happened: the operator tries a sink.
    Test(Since),
}

/// Reason for which an alert is over.
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
    /// Occasion on which it is sent.
    #[must_use]
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::Raised(_) => NotificationKind::Raised,
            Self::Reminder(..) => NotificationKind::Reminder,
            Self::Resolved { .. } => NotificationKind::Resolved,
            Self::Test(_) => NotificationKind::Test,
        }
    }

    /// Condition that it is about; `None` in a test.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Raised(observation) | Self::Reminder(observation, _) => Some(observation.condition),
            Self::Resolved { condition, .. } => Some(*condition),
            Self::Test(_) => None,
        }
    }

    /// Beginning of the condition; in a test, of the test.
    #[must_use]
    pub fn since(&self) -> Since {
        match self {
            Self::Raised(observation) | Self::Reminder(observation, _) => observation.since,
            Self::Resolved { since, .. } | Self::Test(since) => *since,
        }
    }
}
