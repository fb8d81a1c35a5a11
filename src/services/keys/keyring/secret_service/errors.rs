//! Meanings of the errors of the session bus and of the Secret Service.

use std::error::Error as StdError;
use std::io;

use secret_service::Error as ServiceError;
use zbus::DBusError;

use crate::domain::error::KeyringError;

/// Beginning of the names of D-Bus's own errors.
const STANDARD: &str = "org.freedesktop.DBus.Error.";

/// An error of this platform. It shows no sentence: texts are made elsewhere.
#[derive(Debug)]
struct PlatformKeyringError(KeyringError);

impl std::fmt::Display for PlatformKeyringError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            KeyringError::Other { said: Some(said) } => formatter.write_str(said),
            known => write!(formatter, "{known:?}"),
        }
    }
}

impl StdError for PlatformKeyringError {}

/// Meaning of an error, as far as it is known.
pub fn known(error: &(dyn StdError + 'static)) -> Option<KeyringError> {
    match error.downcast_ref::<PlatformKeyringError>()? {
        PlatformKeyringError(KeyringError::Other { .. }) => None,
        PlatformKeyringError(fault) => Some(fault.clone()),
    }
}

/// True where a service that refuses an enciphered session knows none: it says that it does not support it; or, as a
/// KDE Wallet that lacks a library, that the library is missing.
pub(super) fn is_without_cipher(error: &ServiceError) -> bool {
    is_reply(error, "NotSupported", "") || is_reply(error, "InvalidArgs", "libqca-ossl is missing")
}

/// True where a KDE Wallet refuses an enciphered session because the public number that it was sent happens to be a
/// byte shorter than most.
pub(super) fn is_short(error: &ServiceError) -> bool {
    is_reply(error, "InvalidArgs", "public key size")
}

/// True where an error is the standard one of this name, with these words in it.
fn is_reply(error: &ServiceError, name: &str, words: &str) -> bool {
    let ServiceError::Zbus(zbus::Error::MethodError(told, text, _)) = error else { return false };
    told.strip_prefix(STANDARD) == Some(name) && text.as_deref().unwrap_or_default().contains(words)
}

impl From<KeyringError> for keyring::Error {
    fn from(fault: KeyringError) -> Self {
        match fault {
            KeyringError::Ambiguous => Self::Ambiguous(Vec::new()),
            fault => Self::PlatformFailure(Box::new(PlatformKeyringError(fault))),
        }
    }
}

impl From<ServiceError> for KeyringError {
    fn from(error: ServiceError) -> Self {
        let known = match &error {
            ServiceError::Unavailable => Some(Self::NoSession),
            ServiceError::Locked => Some(Self::Locked),
            ServiceError::Prompt => Some(Self::Dismissed),
            ServiceError::PromptDisconnected => Some(Self::Ended),
            ServiceError::NoResult => Some(Self::NoCollection),
            ServiceError::Crypto(_) => Some(Self::Undecipherable),
            ServiceError::Zbus(error) => of_bus(error),
            ServiceError::ZbusFdo(error) => of_standard(error),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { said: Some(error.to_string()) })
    }
}

impl From<zbus::Error> for KeyringError {
    fn from(error: zbus::Error) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<zbus::fdo::Error> for KeyringError {
    fn from(error: zbus::fdo::Error) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<zbus::zvariant::Error> for KeyringError {
    fn from(error: zbus::zvariant::Error) -> Self {
        ServiceError::from(error).into()
    }
}

fn of_bus(error: &zbus::Error) -> Option<KeyringError> {
    match error {
        zbus::Error::Connection(error, _) if error.kind() == io::ErrorKind::PermissionDenied => {
            Some(KeyringError::SessionDenied)
        }
        zbus::Error::Connection(..) | zbus::Error::Address(_) => Some(KeyringError::NoSession),
        zbus::Error::Handshake(_) => Some(KeyringError::SessionDenied),
        zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut => Some(KeyringError::Deaf),
        zbus::Error::InputOutput(_) => Some(KeyringError::Ended),
        zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
        zbus::Error::FDO(error) => of_standard(error),
        _ => None,
    }
}

fn of_standard(error: &zbus::fdo::Error) -> Option<KeyringError> {
    match error {
        zbus::fdo::Error::ZBus(error) => of_bus(error),
        _ => of_name(error.name().as_str()),
    }
}

/// By the name that a D-Bus error has.
fn of_name(name: &str) -> Option<KeyringError> {
    if let Some(name) = name.strip_prefix(STANDARD) {
        return match name {
            "ServiceUnknown" | "NameHasNoOwner" | "TimedOut" => Some(KeyringError::NoService),
            _ if name.starts_with("Spawn.") => Some(KeyringError::NoService),
            "NoReply" | "Disconnected" | "NoServer" | "Timeout" => Some(KeyringError::Ended),
            "AccessDenied" | "AuthFailed" | "InteractiveAuthorizationRequired" => Some(KeyringError::Denied),
            "UnknownObject" | "UnknownMethod" | "UnknownInterface" => Some(KeyringError::Gone),
            _ => None,
        };
    }
    match name {
        "org.freedesktop.Secret.Error.IsLocked" => Some(KeyringError::Locked),
        "org.freedesktop.Secret.Error.NoSuchObject" => Some(KeyringError::Gone),
        "org.freedesktop.Secret.Error.NoSession" => Some(KeyringError::Outdated),
        // It could not be started by the session's manager.
        _ if name.starts_with("org.freedesktop.systemd1.") => Some(KeyringError::NoService),
        _ => None,
    }
}
