//! Where notifications go: to programs and machines beside the dashboard.

use crate::domain::alert::Notification;

/// The sinks that the operator asked for. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Notifier {}

impl Notifier {
    /// Hands a notification to every sink, and returns at once: a sink that hangs or fails harms nothing.
    pub fn notify(&self, notification: &Notification) {
        tracing::info!(
            environment = notification.environment.as_ref().map(|environment| environment.name.as_str()),
            condition = notification.condition.map(crate::domain::alert::Condition::as_str),
            occasion = notification.occasion.as_str(),
            "{}",
            notification.text
        );
    }
}
