//! What the Secret Service of a Linux session says of its failures, and how it is unlocked.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use keyring_core::Error;
use secret_service::Error as ServiceError;
use zbus::blocking::fdo::{DBusProxy, PropertiesProxy};
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::names::InterfaceName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, Value};
use zbus::{DBusError, MatchRule, message};

use super::trouble::Trouble;

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// What an error of the Secret Service's library is known to mean.
pub(super) fn known(error: &(dyn StdError + 'static)) -> Option<Trouble> {
    match error.downcast_ref::<ServiceError>()? {
        ServiceError::Unavailable => Some(Trouble::NoSession),
        ServiceError::Locked => Some(Trouble::Locked),
        ServiceError::Prompt => Some(Trouble::Dismissed),
        ServiceError::PromptDisconnected => Some(Trouble::Ended),
        ServiceError::NoResult => Some(Trouble::NoCollection),
        ServiceError::Crypto(_) => Some(Trouble::Undecipherable),
        ServiceError::Zbus(error) => of_bus(error),
        ServiceError::ZbusFdo(error) => of_standard(error),
        _ => None,
    }
}

fn of_bus(error: &zbus::Error) -> Option<Trouble> {
    match error {
        zbus::Error::Connection(error, _) if error.kind() == io::ErrorKind::PermissionDenied => {
            Some(Trouble::SessionDenied)
        }
        zbus::Error::Connection(..) | zbus::Error::Address(_) => Some(Trouble::NoSession),
        zbus::Error::Handshake(_) => Some(Trouble::SessionDenied),
        zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => Some(Trouble::Deaf),
        zbus::Error::InputOutput(_) => Some(Trouble::Ended),
        zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
        zbus::Error::FDO(error) => of_standard(error),
        _ => None,
    }
}

fn of_standard(error: &zbus::fdo::Error) -> Option<Trouble> {
    match error {
        zbus::fdo::Error::ZBus(error) => of_bus(error),
        _ => of_name(error.name().as_str()),
    }
}

/// By the name that a D-Bus error has.
fn of_name(name: &str) -> Option<Trouble> {
    if let Some(name) = name.strip_prefix("org.freedesktop.DBus.Error.") {
        return match name {
            "ServiceUnknown" | "NameHasNoOwner" | "TimedOut" => Some(Trouble::NoService),
            _ if name.starts_with("Spawn.") => Some(Trouble::NoService),
            "NoReply" | "Disconnected" | "NoServer" | "Timeout" => Some(Trouble::Ended),
            "AccessDenied" | "AuthFailed" | "InteractiveAuthorizationRequired" => Some(Trouble::Denied),
            "UnknownObject" | "UnknownMethod" | "UnknownInterface" => Some(Trouble::Gone),
            _ => None,
        };
    }
    match name {
        "org.freedesktop.Secret.Error.IsLocked" => Some(Trouble::Locked),
        "org.freedesktop.Secret.Error.NoSuchObject" => Some(Trouble::Gone),
        "org.freedesktop.Secret.Error.NoSession" => Some(Trouble::Ended),
        // It could not be started by the session's manager.
        _ if name.starts_with("org.freedesktop.systemd1.") => Some(Trouble::NoService),
        _ => None,
    }
}

/// Unlocks what a call will need, and waits neither for the service nor for the user for ever.
pub(super) struct Unlocking {
    /// How long the service may take for an answer.
    pub(super) service_max: Duration,
    /// How long the question for the password may stand on the screen.
    pub(super) user_max: Duration,
}

impl Unlocking {
    /// Unlocks whatever has the attributes; and where nothing has, for a new entry, the collection that takes it.
    ///
    /// # Errors
    /// As the calls of the keyring's library.
    pub(super) fn unlock(&self, attributes: &HashMap<&str, &str>, for_new: bool) -> keyring_core::Result<()> {
        self.try_unlock(attributes, for_new).map_err(|error| Error::PlatformFailure(Box::new(error)))
    }

    fn try_unlock(&self, attributes: &HashMap<&str, &str>, for_new: bool) -> Result<(), ServiceError> {
        let bus = connection::Builder::session()?.method_timeout(self.service_max).build()?;
        let (unlocked, mut locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            call(&bus, "SearchItems", &(attributes,))?;
        if for_new && unlocked.is_empty() && locked.is_empty() {
            let collection: OwnedObjectPath = call(&bus, "ReadAlias", &("default",))?;
            if collection.as_str() == "/" {
                return Err(ServiceError::NoResult);
            }
            if is_locked(&bus, &collection)? {
                locked.push(collection);
            }
        }
        if locked.is_empty() {
            return Ok(());
        }
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = call(&bus, "Unlock", &(&locked,))?;
        if prompt.as_str() == "/" { Ok(()) } else { ask(&bus, &prompt, self.user_max) }
    }
}

fn call<B, T>(bus: &Connection, method: &str, body: &B) -> zbus::Result<T>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
    T: serde::de::DeserializeOwned + zbus::zvariant::Type,
{
    bus.call_method(Some(NAME), PATH, Some(SERVICE), method, body)?.body().deserialize()
}

fn is_locked(bus: &Connection, collection: &ObjectPath<'_>) -> Result<bool, ServiceError> {
    let properties = PropertiesProxy::builder(bus).destination(NAME)?.path(collection)?.build()?;
    let locked = properties.get(InterfaceName::from_static_str_unchecked(COLLECTION), "Locked")?;
    Ok(bool::try_from(locked)?)
}

/// Has the service ask the user, and waits for the end of that; or of the service, which says nothing when it dies.
fn ask(bus: &Connection, prompt: &ObjectPath<'_>, user_max: Duration) -> Result<(), ServiceError> {
    let mut messages = MessageIterator::from(bus);
    let completed = MatchRule::builder().msg_type(message::Type::Signal).path(prompt)?.interface(PROMPT)?;
    let lost = MatchRule::builder().msg_type(message::Type::Signal).member("NameOwnerChanged")?.arg(0, NAME)?;
    let daemon = DBusProxy::new(bus)?;
    daemon.add_match_rule(completed.build())?;
    daemon.add_match_rule(lost.build())?;
    bus.call_method(Some(NAME), prompt, Some(PROMPT), "Prompt", &("",))?;

    let (ended, end) = channel::<()>();
    let closing = bus.clone();
    let forgotten = prompt.to_owned();
    let watch = move || {
        if end.recv_timeout(user_max) == Err(RecvTimeoutError::Timeout) {
            tracing::debug!("the keyring's question was not answered");
            drop(end);
            drop(closing.call_method(Some(NAME), &forgotten, Some(PROMPT), "Dismiss", &()));
            drop(closing.close());
        }
    };
    thread::Builder::new().name("key-prompt".to_owned()).spawn(watch).map_err(zbus::Error::from)?;
    let outcome = messages.find_map(|message| answer(&message, prompt)).unwrap_or(Err(ServiceError::Prompt));
    match outcome {
        // The end of the wait came by closing the connection.
        Err(_) if ended.send(()).is_err() => Err(ServiceError::Prompt),
        outcome => outcome,
    }
}

/// What a message says of a prompt; nothing where it is about something else.
fn answer(message: &zbus::Result<zbus::Message>, prompt: &ObjectPath<'_>) -> Option<Result<(), ServiceError>> {
    let message = match message {
        Ok(message) => message,
        Err(error) => return Some(Err(error.clone().into())),
    };
    let header = message.header();
    match header.member()?.as_str() {
        "NameOwnerChanged" => {
            let body = message.body();
            let (name, _, owner): (&str, &str, &str) = body.deserialize().ok()?;
            (name == NAME && owner.is_empty()).then_some(Err(ServiceError::PromptDisconnected))
        }
        "Completed" if header.path() == Some(prompt) => {
            let body = message.body();
            let outcome = body.deserialize::<(bool, Value<'_>)>();
            Some(
                outcome
                    .map_err(ServiceError::from)
                    .and_then(|(dismissed, _)| if dismissed { Err(ServiceError::Prompt) } else { Ok(()) }),
            )
        }
        _ => None,
    }
}
