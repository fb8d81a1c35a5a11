//! An alert as it is kept: across restarts, and for all processes of a user alike.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::notification::Notification;
use super::observation::Since;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;
use crate::domain::text::sanitise;

/// Acknowledgement of an alert by an operator. Nobody is reminded of it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acknowledgement {
    /// The name of the operator, safe to show.
    pub by: String,
    /// Moment of the acknowledgement.
    pub at: Timestamp,
    /// A note for whoever sees the alert next.
    pub note: Option<AcknowledgementNote>,
}

/// A note of an operator, safe to show: 1 to [`Self::LENGTH_MAX`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct AcknowledgementNote(String);

impl AcknowledgementNote {
    /// The longest note, in characters.
    pub const LENGTH_MAX: usize = 80;

    /// The note, unless nothing can be seen of it.
    #[must_use]
    pub fn unless_blank(text: &str) -> Option<Self> {
        Some(Self::from(text.to_owned())).filter(|note| !note.0.is_empty())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for AcknowledgementNote {
    fn from(text: String) -> Self {
        Self(sanitise(&text, Self::LENGTH_MAX))
    }
}

/// Wish of an operator about the alerts of an environment and those of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcknowledgementRequest {
    /// They were seen; a note may say more.
    Acknowledge(Option<AcknowledgementNote>),
    /// They are to count as unseen again.
    TakeBack,
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
