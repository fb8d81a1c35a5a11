//! An alert as it is kept: across restarts, and for all processes of a user alike.

use jiff::Timestamp;

use super::condition::Condition;
use super::notification::Notification;
use super::observation::Since;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;

/// Acknowledgement of an alert by an operator. Nobody is reminded of it any more.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Acknowledgement {
    /// The name of the operator, safe to show.
    pub by: String,
    /// Moment of the acknowledgement.
    pub at: Timestamp,
}

/// An alert that was told, or is over: one for each environment and family of conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRecord {
    /// Environment that it is about; `None` for all of them.
    pub environment: Option<EnvironmentName>,
    /// The worst of the family that holds, or held.
    pub condition: Condition,
    /// Number of changes of the alert, by whichever process; a change is kept only by the process that knew the
    /// version before.
    pub version: u64,
    /// True once it is over.
    pub is_resolved: bool,
    /// Severity when it was told last.
    pub severity: Severity,
    /// Moment at which any condition of the family was first seen to hold.
    pub began_at: Timestamp,
    /// Beginning of this condition.
    pub since: Since,
    /// Moment at which it was told last.
    pub notified_at: Timestamp,
    /// Acknowledgement, if there is one.
    pub acknowledged: Option<Acknowledgement>,
}

impl AlertRecord {
    /// True for the alert of the same environment and family.
    #[must_use]
    pub fn is_same_alert(&self, other: &Self) -> bool {
        self.environment == other.environment && self.condition.family() == other.condition.family()
    }

    /// True when it says the same of the world.
    #[must_use]
    pub fn has_same_facts(&self, other: &Self) -> bool {
        self.is_same_alert(other) && self.condition == other.condition && self.is_resolved == other.is_resolved
    }
}

/// Change of an alert, with the news that the process tells that is the first to keep it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertChange {
    /// The alert as it is now; its version is one above that which was known.
    pub record: AlertRecord,
    /// News of it; `None` where nobody need hear of it.
    pub notification: Option<Notification>,
}

/// Outcome of keeping a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertWriteOutcome {
    /// It is kept.
    Stored,
    /// Another process was faster: the alert as that left it.
    VersionConflict(Box<AlertRecord>),
    /// It could not be kept.
    NotStored,
}
