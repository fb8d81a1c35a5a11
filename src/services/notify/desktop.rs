//! Notifications of the desktop: `org.freedesktop.Notifications` on the session bus of Linux.

use std::sync::OnceLock;
use std::time::Duration;

use super::SinkError;
use super::message;
use crate::domain::alert::{Notification, Occasion};
use crate::domain::status::Severity;
use crate::services::worker::{NoAnswer, Queueing, Worker};

/// What a desktop is asked to show.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    title: String,
    body: String,
    urgency: u8,
}

const LOW: u8 = 0;
const NORMAL: u8 = 1;
const URGENT: u8 = 2;

impl From<&Notification> for Shown {
    fn from(notification: &Notification) -> Self {
        let urgency = match (notification.occasion, notification.severity) {
            (Occasion::Resolved | Occasion::Test, _) => LOW,
            (_, Severity::Critical) => URGENT,
            _ => NORMAL,
        };
        Self { title: message::title(notification), body: message::body(notification), urgency }
    }
}

/// The way to the desktop. Its calls may hang for ever where nobody answers, so they are made on a thread of their own,
/// and while one is stuck there, no other is made.
pub(super) struct Desktop {
    worker: OnceLock<Worker<()>>,
    limit: Duration,
}

impl Desktop {
    pub(super) fn new(limit: Duration) -> Self {
        Self { worker: OnceLock::new(), limit }
    }

    pub(super) async fn show(&self, notification: &Notification) -> Result<(), SinkError> {
        let (shown, limit) = (Shown::from(notification), self.limit);
        let worker = self.worker.get_or_init(|| Worker::start("desktop", || ()));
        match worker.call(limit, Queueing::Refuse, move |()| bus::show(&shown, limit)).await {
            Ok(outcome) => outcome,
            Err(NoAnswer::Slow | NoAnswer::Withdrawn) => Err(slow(limit)),
            Err(NoAnswer::Stuck | NoAnswer::Broken) => Err(SinkError {
                message: "the way to the desktop is stuck for good".to_owned(),
                remedy: "Start the program again.",
            }),
        }
    }
}

fn slow(limit: Duration) -> SinkError {
    SinkError {
        message: format!("the notification service gave no answer within {} s", limit.as_secs_f64()),
        remedy: "Start it again, or log in again.",
    }
}

#[cfg(target_os = "linux")]
mod bus {
    use std::collections::HashMap;
    use std::io;
    use std::time::Duration;

    use zbus::blocking::{Connection, connection};
    use zbus::zvariant::Value;

    use super::{Shown, SinkError, slow};
    use crate::services::notify::message;

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// The service decides how long it is shown.
    const EXPIRES: i32 = -1;
    const NO_SERVICE: &str =
        "Start one (such as dunst, or that of your desktop), or set `desktop = false` in [alerts].";

    /// Shows a notification, with a connection of its own.
    pub(super) fn show(shown: &Shown, limit: Duration) -> Result<(), SinkError> {
        connection::Builder::session()
            .and_then(|builder| builder.method_timeout(limit).build())
            .map_err(|error| no_session(&error))
            .and_then(|connection| notify(&connection, shown).map_err(|error| refused(&error, limit)))
    }

    fn notify(connection: &Connection, shown: &Shown) -> zbus::Result<()> {
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
        SinkError {
            message: "there is no session bus here, and so no desktop".to_owned(),
            remedy: "Start the program from the desktop, or set `desktop = false` in [alerts].",
        }
    }

    fn refused(error: &zbus::Error, limit: Duration) -> SinkError {
        tracing::debug!(%error, "the desktop showed no notification");
        let message = match error {
            zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => return slow(limit),
            zbus::Error::MethodError(name, ..) => {
                let name = name.as_str();
                let is_missing = name.ends_with(".ServiceUnknown") || name.ends_with(".NameHasNoOwner");
                if is_missing || name.contains(".Spawn.") {
                    "no notification service runs in this session"
                } else {
                    "the notification service refused it"
                }
            }
            _ => "the session bus broke off",
        };
        SinkError { message: message.to_owned(), remedy: NO_SERVICE }
    }
}

#[cfg(not(target_os = "linux"))]
mod bus {
    use std::time::Duration;

    use super::{Shown, SinkError};

    /// Other desktops have other ways, which this program does not know.
    pub(super) fn show(_shown: &Shown, _limit: Duration) -> Result<(), SinkError> {
        Err(SinkError {
            message: "notifications of the desktop are not supported on this system".to_owned(),
            remedy: "Use `terminal`, `webhook` or `command` in [alerts] instead.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::notification;
    use super::*;

    #[test]
    fn what_is_critical_is_urgent_and_what_is_over_is_not() {
        let urgency =
            |severity, occasion| Shown::from(&Notification { severity, occasion, ..notification(None, "So.") }).urgency;
        assert_eq!(urgency(Severity::Critical, Occasion::Raised), URGENT);
        assert_eq!(urgency(Severity::Warning, Occasion::Reminder), NORMAL);
        assert_eq!(urgency(Severity::Ok, Occasion::Resolved), LOW);
    }
}
