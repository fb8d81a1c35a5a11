//! Notifications of the desktop: `org.freedesktop.Notifications` on the session bus of Linux.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::SignedDuration;

use super::message::{self, Dispatch};
use crate::domain::alert::Occasion;
use crate::domain::sink::SinkFailure;
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

impl From<&Dispatch> for Shown {
    fn from(notification: &Dispatch) -> Self {
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

    pub(super) async fn show(&self, notification: &Dispatch) -> Result<(), SinkFailure> {
        let (shown, limit) = (Shown::from(notification), self.limit);
        let worker = self.worker.get_or_init(|| Worker::start("desktop", || ()));
        match worker.call(limit, Queueing::Refuse, move |()| bus::show(&shown, limit)).await {
            Ok(outcome) => outcome,
            Err(NoAnswer::Slow | NoAnswer::Withdrawn) => Err(slow(limit)),
            Err(NoAnswer::Stuck | NoAnswer::Broken) => Err(SinkFailure::Stuck),
        }
    }
}

fn slow(limit: Duration) -> SinkFailure {
    SinkFailure::Silent { limit: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) }
}

#[cfg(target_os = "linux")]
mod bus {
    use std::collections::HashMap;
    use std::io;
    use std::time::Duration;

    use zbus::blocking::{Connection, connection};
    use zbus::zvariant::Value;

    use super::{Shown, SinkFailure, slow};
    use crate::domain::text::{LENGTH_MAX, sanitise};
    use crate::services::notify::message;

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// The service decides how long it is shown.
    const EXPIRES: i32 = -1;

    /// Shows a notification, with a connection of its own.
    pub(super) fn show(shown: &Shown, limit: Duration) -> Result<(), SinkFailure> {
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

    fn no_session(error: &zbus::Error) -> SinkFailure {
        tracing::debug!(%error, "no connection to the session bus");
        SinkFailure::NoSession
    }

    fn refused(error: &zbus::Error, limit: Duration) -> SinkFailure {
        tracing::debug!(%error, "the desktop showed no notification");
        match error {
            zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => slow(limit),
            zbus::Error::MethodError(name, said, _) => {
                let name = name.as_str();
                let is_missing = name.ends_with(".ServiceUnknown") || name.ends_with(".NameHasNoOwner");
                let said = format!("{name} {}", said.as_deref().unwrap_or_default());
                let said = Some(sanitise(&said, LENGTH_MAX));
                if is_missing || name.contains(".Spawn.") {
                    SinkFailure::NoService { said }
                } else {
                    SinkFailure::Refused { said }
                }
            }
            error => SinkFailure::BrokenOff { said: Some(sanitise(&error.to_string(), LENGTH_MAX)) },
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod bus {
    use std::time::Duration;

    use super::{Shown, SinkFailure};

    /// Other desktops have other ways, which this program does not know.
    pub(super) fn show(_shown: &Shown, _limit: Duration) -> Result<(), SinkFailure> {
        Err(SinkFailure::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::notification;
    use super::*;

    #[test]
    fn what_is_critical_is_urgent_and_what_is_over_is_not() {
        let urgency =
            |severity, occasion| Shown::from(&Dispatch { severity, occasion, ..notification(None, "So.") }).urgency;
        assert_eq!(urgency(Severity::Critical, Occasion::Raised), URGENT);
        assert_eq!(urgency(Severity::Warning, Occasion::Reminder), NORMAL);
        assert_eq!(urgency(Severity::Ok, Occasion::Resolved), LOW);
    }
}
