//! Notifications of the desktop: `org.freedesktop.Notifications` on the session bus of Linux.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::SignedDuration;

use super::message::{self, RenderedNotification};
use crate::domain::alert::NotificationKind;
use crate::domain::sink::SinkError;
use crate::domain::status::Severity;
use crate::services::blocking::{BlockingCallError, BlockingThread, Queueing};

/// What a desktop is asked to show.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DesktopNotification {
    title: String,
    body: String,
    urgency: u8,
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

/// The way to the desktop. Its calls may hang for ever where nobody answers, so they are made on a thread of their own,
/// and while one is stuck there, no other is made.
pub(super) struct DesktopSink {
    worker: OnceLock<BlockingThread<()>>,
    limit: Duration,
}

impl DesktopSink {
    pub(super) fn new(limit: Duration) -> Self {
        Self { worker: OnceLock::new(), limit }
    }

    pub(super) async fn show(&self, notification: &RenderedNotification) -> Result<(), SinkError> {
        let (shown, limit) = (DesktopNotification::from(notification), self.limit);
        let worker = self.worker.get_or_init(|| BlockingThread::start("desktop", || ()));
        match worker.call(limit, Queueing::Refuse, move |()| bus::show(&shown, limit)).await {
            Ok(outcome) => outcome,
            Err(BlockingCallError::Slow | BlockingCallError::Withdrawn) => Err(slow(limit)),
            Err(BlockingCallError::Stuck | BlockingCallError::Broken) => Err(SinkError::Stuck),
        }
    }
}

fn slow(limit: Duration) -> SinkError {
    SinkError::Silent { limit: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) }
}

#[cfg(target_os = "linux")]
mod bus {
    use std::collections::HashMap;
    use std::io;
    use std::time::Duration;

    use zbus::blocking::{Connection, connection};
    use zbus::zvariant::Value;

    use super::{DesktopNotification, SinkError, slow};
    use crate::domain::text::{LENGTH_MAX, sanitise};
    use crate::services::sinks::message;

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// The service decides how long it is shown.
    const EXPIRES: i32 = -1;

    /// Shows a notification, with a connection of its own.
    pub(super) fn show(shown: &DesktopNotification, limit: Duration) -> Result<(), SinkError> {
        connection::Builder::session()
            .and_then(|builder| builder.method_timeout(limit).build())
            .map_err(|error| no_session(&error))
            .and_then(|connection| notify(&connection, shown).map_err(|error| refused(&error, limit)))
    }

    fn notify(connection: &Connection, shown: &DesktopNotification) -> zbus::Result<()> {
        let capabilities = connection.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &())?;
        let capabilities: Vec<String> = capabilities.body().deserialize()?;
        // Where the body is no markup, it would be shown with its escapes.
        let has_markup = capabilities.iter().any(|capability| capability == "body-markup");
        let body = if has_markup { message::escaped(&shown.body) } else { shown.body.clone() };
        let hints = HashMap::from([("urgency", Value::from(shown.urgency))]);
        let (no_actions, icon): ([&str; 0], _) = ([], "dialog-information");
        let arguments =
            ("trackyard-tui", 0_u32, icon, shown.title.as_str(), body.as_str(), &no_actions[..], hints, EXPIRES);
        connection.call_method(Some(NAME), PATH, Some(NAME), "Notify", &arguments).map(drop)
    }

    fn no_session(error: &zbus::Error) -> SinkError {
        tracing::debug!(%error, "no connection to the session bus");
        SinkError::NoSession
    }

    fn refused(error: &zbus::Error, limit: Duration) -> SinkError {
        tracing::debug!(%error, "the desktop showed no notification");
        match error {
            zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => slow(limit),
            zbus::Error::MethodError(name, said, _) => {
                let name = name.as_str();
                let is_missing = name.ends_with(".ServiceUnknown") || name.ends_with(".NameHasNoOwner");
                let said = format!("{name} {}", said.as_deref().unwrap_or_default());
                let said = Some(sanitise(&said, LENGTH_MAX));
                if is_missing || name.contains(".Spawn.") {
                    SinkError::NoService { said }
                } else {
                    SinkError::Refused { said }
                }
            }
            error => SinkError::BrokenOff { said: Some(sanitise(&error.to_string(), LENGTH_MAX)) },
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod bus {
    use std::time::Duration;

    use super::{DesktopNotification, SinkError};

    /// Other desktops have other ways, which this program does not know.
    pub(super) fn show(_shown: &DesktopNotification, _limit: Duration) -> Result<(), SinkError> {
        Err(SinkError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::notification;
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
