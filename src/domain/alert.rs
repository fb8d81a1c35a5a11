//! Alerts: conditions that are worth telling someone who does not look at the screen.

mod condition;
mod notification;
mod observation;
mod quiet_hours;
mod record;

use jiff::SignedDuration;

pub use condition::Condition;
pub use notification::{Notification, NotificationContent, NotificationKind, ResolvedReason};
pub use observation::{Observation, ObservationDetail, Since};
pub use quiet_hours::QuietHours;
pub use record::{
    Acknowledgement, AcknowledgementNote, AcknowledgementRequest, AlertChange, AlertRecord, AlertWriteOutcome,
};

/// Rules by which alerts fire, are told again and resolve.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRules {
    /// A condition is told once it has held for so long, and is over once it has not held for so long.
    pub minimum_duration: SignedDuration,
    /// Time after which an alert that fires and was not acknowledged is told again; `None` is never.
    pub remind_after: Option<SignedDuration>,
    /// Hours in which only what is critical is told at once; the rest waits for their end.
    pub quiet_hours: Option<QuietHours>,
    /// Conditions that raise no alert in any environment.
    pub muted: Vec<Condition>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self {
            minimum_duration: SignedDuration::from_mins(2),
            remind_after: Some(SignedDuration::from_hours(24)),
            quiet_hours: None,
            muted: Vec::new(),
        }
    }
}
