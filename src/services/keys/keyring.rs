//! The operating system's keyring.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::{Zeroize, Zeroizing};

use super::{KeyStore, variables};
use crate::domain::api_key::ApiKey;
use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::key_entry::KeyEntry;
use crate::domain::text::{redact, sanitise};

/// The service under which all keys stand; the user is the name of the entry: that of the environment for the key in use.
const SERVICE: &str = "trackyard-tui";
/// How much of what the platform says of a failure is shown, in characters.
const DETAIL_MAX: usize = 120;

/// The operating system's keyring: Secret Service, Keychain or Credential Manager.
///
/// Its calls block, for ever where a prompt to unlock it is never answered.
#[derive(Default)]
pub struct OsKeyring {
    /// Kept while it works. A restarted daemon no longer knows it, so that it has to be opened again.
    store: Option<Arc<CredentialStore>>,
}

impl OsKeyring {
    /// Does something with an entry. Where a store that was opened earlier fails, it is opened
    /// again, and the action repeated.
    fn with_entry<T>(
        &mut self,
        entry: &KeyEntry,
        action: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        if let Some(store) = self.store.take() {
            match act(&store, entry, &action) {
                Err(error @ Error::PlatformFailure(_)) => {
                    tracing::debug!(error = detail(&error, None), "opening the keyring again");
                }
                outcome => {
                    self.store = Some(store);
                    return outcome;
                }
            }
        }
        let store = open()?;
        let outcome = act(&store, entry, &action);
        if !matches!(outcome, Err(Error::PlatformFailure(_))) {
            self.store = Some(store);
        }
        outcome
    }
}

impl KeyStore for OsKeyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyFailure> {
        match self.with_entry(entry, Entry::get_password).map(Zeroizing::new) {
            Ok(text) => ApiKey::parse(&text).map(Some).map_err(|reason| invalid(entry, &reason.to_string())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failure(entry, error, None)),
        }
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyFailure> {
        self.with_entry(entry, |entry| entry.set_password(key.expose()))
            .map_err(|error| failure(entry, error, Some(key)))
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyFailure> {
        match self.with_entry(entry, Entry::delete_credential) {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(failure(entry, error, None)),
        }
    }
}

fn act<T>(
    store: &Arc<CredentialStore>,
    entry: &KeyEntry,
    action: impl Fn(&Entry) -> keyring_core::Result<T>,
) -> keyring_core::Result<T> {
    let label = format!("Trackyard API key ({entry})");
    let modifiers = if cfg!(target_os = "linux") {
        HashMap::from([("label", label.as_str())])
    } else if cfg!(windows) {
        // On this machine only: by default it would roam with the user's profile.
        HashMap::from([("persistence", "Local")])
    } else {
        HashMap::new()
    };
    action(&store.build(SERVICE, &entry.to_string(), Some(&modifiers))?)
}

/// Opens the Secret Service anew each time.
#[cfg(target_os = "linux")]
fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

/// The platform's own store, which needs no connection that could break.
#[cfg(not(target_os = "linux"))]
fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    if keyring::Entry::store_status().is_err() {
        return Err(Error::NoDefaultStore);
    }
    keyring_core::get_default_store().ok_or(Error::NoDefaultStore)
}

/// Says what happened and what to do, and wipes what the error carries of the secret.
fn failure(entry: &KeyEntry, mut error: Error, written: Option<&ApiKey>) -> KeyFailure {
    if let Error::BadEncoding(secret) | Error::BadDataFormat(secret, _) = &mut error {
        secret.zeroize();
    }
    let variable = variables::own_variable(&entry.environment);
    let (kind, message, remedy) = match &error {
        Error::NoStorageAccess(_) => (
            KeyFailureKind::Locked,
            "the keyring is locked, or has no default collection".to_owned(),
            format!("Unlock the login keyring, or set {variable}."),
        ),
        Error::Ambiguous(_) => (
            KeyFailureKind::Ambiguous,
            format!("the keyring holds more than one entry of service {SERVICE}, user {entry}"),
            "Remove all but one of them with the keyring's own program.".to_owned(),
        ),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => return invalid(entry, "it is no text"),
        Error::TooLong(_, limit) => {
            return invalid(entry, &format!("the keyring takes {limit} characters at most"));
        }
        _ => {
            let detail = detail(&error, written);
            tracing::debug!(detail, "the keyring can't be reached");
            let message =
                plain(&detail).map_or_else(|| format!("the keyring can't be reached: {detail}"), str::to_owned);
            (KeyFailureKind::Unavailable, message, format!("{START}, or set {variable}."))
        }
    };
    KeyFailure { kind, message, remedy }
}

/// The usual failures of a Linux desktop in plain words, by what its libraries say of them.
const PLAIN: [(&str, &str); 7] = [
    ("Permission denied", "the session bus does not let this user in, so the keyring can't be reached"),
    ("Failed to connect to address", "no session bus is running here, so the keyring can't be reached"),
    ("address error", "the address of the session bus is unusable, so the keyring can't be reached"),
    (
        "no secret service provider or dbus session",
        "no session bus or keyring service is here, so the keyring can't be reached",
    ),
    ("Error.ServiceUnknown", "no keyring service is running on the session bus"),
    ("org.freedesktop.secrets", "no keyring service is running on the session bus"),
    ("Error.NoReply", "the keyring service gave no answer"),
];

/// What a failure's detail means; `None` for an unusual one.
fn plain(detail: &str) -> Option<&'static str> {
    PLAIN.iter().find(|(said, _)| detail.contains(said)).map(|(_, meaning)| *meaning)
}

/// How to get a keyring where there is none.
const START: &str = if cfg!(target_os = "linux") {
    "Start a Secret Service, such as gnome-keyring or KWallet, in a D-Bus session"
} else {
    "Log in to a session that has a keyring"
};

fn invalid(entry: &KeyEntry, reason: &str) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::Invalid,
        message: format!("the entry for {entry} in the keyring is unusable: {reason}"),
        remedy: format!("Store the key again: press a, or run `trackyard-tui key set {}`.", entry.environment),
    }
}

/// What the platform says, safe to show. The texts of other errors may carry entries or secrets.
fn detail(error: &Error, written: Option<&ApiKey>) -> String {
    let text = match error {
        Error::PlatformFailure(cause) => Zeroizing::new(cause.to_string()),
        Error::NoDefaultStore => return "this system has none".to_owned(),
        _ => return "it failed in an unknown way".to_owned(),
    };
    let text = Zeroizing::new(redact(&text, written.map_or("", ApiKey::expose)));
    sanitise(&text, DETAIL_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_entry::KeyRole;

    fn dev() -> KeyEntry {
        KeyEntry::new("dev".parse().unwrap(), KeyRole::Current)
    }

    fn cause(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
        text.to_owned().into()
    }

    #[test]
    fn each_error_has_its_kind() {
        let cases = [
            (Error::NoStorageAccess(cause("locked")), KeyFailureKind::Locked),
            (Error::PlatformFailure(cause("no bus")), KeyFailureKind::Unavailable),
            (Error::NoDefaultStore, KeyFailureKind::Unavailable),
            (Error::NotSupportedByStore("x".to_owned()), KeyFailureKind::Unavailable),
            (Error::Ambiguous(Vec::new()), KeyFailureKind::Ambiguous),
            (Error::BadEncoding(vec![0xff]), KeyFailureKind::Invalid),
            (Error::BadDataFormat(vec![0xff], cause("x")), KeyFailureKind::Invalid),
            (Error::TooLong("password".to_owned(), 9), KeyFailureKind::Invalid),
        ];
        for (error, kind) in cases {
            assert_eq!(failure(&dev(), error, None).kind, kind);
        }
    }

    #[test]
    fn no_part_of_a_secret_is_told() {
        let key = ApiKey::parse("s3cret-key").unwrap();
        let errors = [
            Error::PlatformFailure(cause("bad value s3cret-key\u{1b}[0m")),
            Error::BadEncoding(b"s3cret-key".to_vec()),
            Error::BadDataFormat(b"s3cret-key".to_vec(), cause("s3cret-key")),
            Error::BadStoreFormat("s3cret-key".to_owned()),
            Error::Invalid("password".to_owned(), "s3cret-key".to_owned()),
        ];
        for error in errors {
            let told = format!("{:?}", failure(&dev(), error, Some(&key)));
            assert!(!told.contains("s3cret"), "{told}");
            assert!(!told.contains("115, 51"), "{told}");
        }
    }

    #[test]
    fn the_usual_failures_are_told_in_plain_words() {
        let told = |said: &str| failure(&dev(), Error::PlatformFailure(cause(said)), None).message;
        let no_bus = "no session bus is running here, so the keyring can't be reached";
        let no_service = "no keyring service is running on the session bus";
        let cases = [
            ("zbus error: Failed to connect to address `unix:path=/run/user/0/bus`: No such file (os error 2)", no_bus),
            ("zbus error: Failed to connect to address `unix:path=/x`: Connection refused (os error 111)", no_bus),
            (
                "zbus error: Failed to connect to address `unix:path=/x`: Permission denied (os error 13)",
                "the session bus does not let this user in, so the keyring can't be reached",
            ),
            (
                "zbus error: address error: unsupported transport",
                "the address of the session bus is unusable, so the keyring can't be reached",
            ),
            (
                "no secret service provider or dbus session found",
                "no session bus or keyring service is here, so the keyring can't be reached",
            ),
            ("zbus error: org.freedesktop.DBus.Error.ServiceUnknown: The name is not activatable", no_service),
            ("zbus fdo error: The name org.freedesktop.secrets was not provided by any .service files", no_service),
            (
                "zbus error: org.freedesktop.DBus.Error.NoReply: Remote peer disconnected",
                "the keyring service gave no answer",
            ),
        ];
        for (said, meaning) in cases {
            assert_eq!(told(said), meaning, "{said}");
        }
    }

    #[test]
    fn an_absent_keyring_comes_with_a_way_out() {
        let told = failure(&dev(), Error::PlatformFailure(cause("no bus")), None);
        assert_eq!(told.message, "the keyring can't be reached: no bus");
        assert!(told.remedy.ends_with(", or set TRACKYARD_API_KEY_DEV."), "{}", told.remedy);
    }
}
