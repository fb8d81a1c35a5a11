//! A notification as a desktop shows it.

use super::super::message::{self, RenderedNotification};
use crate::domain::alert::NotificationKind;
use crate::domain::status::Severity;

/// Title, body and urgency of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DesktopNotification {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) urgency: u8,
}

const LOW: u8 = 0;
const NORMAL: u8 = 1;
const URGENT: u8 = 2;

impl From<&RenderedNotification> for DesktopNotification {
    fn from(notification: &RenderedNotification) -> Self {
        let urgency = match (notification.occasion, notification.severity) {
            (NotificationKind::Resolved | NotificationKind::Test, _) => LOW,
            (_, Severity::Critical) => URGENT,
            _ => NORMAL,
        };
        Self { title: message::title(notification), body: message::body(notification), urgency }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::message::tests::notification;
    use super::*;

    #[test]
    fn what_is_critical_is_urgent_and_what_is_over_is_not() {
        let urgency = |severity, occasion| {
            DesktopNotification::from(&RenderedNotification { severity, occasion, ..notification(None, "So.") }).urgency
        };
        assert_eq!(urgency(Severity::Critical, NotificationKind::Raised), URGENT);
        assert_eq!(urgency(Severity::Warning, NotificationKind::Reminder), NORMAL);
        assert_eq!(urgency(Severity::Ok, NotificationKind::Resolved), LOW);
    }
}
