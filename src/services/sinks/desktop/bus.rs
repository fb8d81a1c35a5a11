//! The desktop of a Linux session: `org.freedesktop.Notifications` on its bus.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use jiff::SignedDuration;
use zbus::blocking::{Connection, connection};
use zbus::zvariant::Value;

use super::super::message;
use super::notification::DesktopNotification;
use crate::domain::sink::SinkError;
use crate::domain::text::{LENGTH_MAX, sanitise};

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
        zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => {
            SinkError::Silent { limit: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) }
        }
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
