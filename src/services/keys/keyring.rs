//! The operating system's keyring.

mod advice;
#[cfg(target_os = "linux")]
mod secret_service;
mod trouble;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::{Zeroize, Zeroizing};

use super::{Change, KeyStore};
use crate::domain::api_key::ApiKey;
use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::key_entry::KeyEntry;
use crate::domain::text::{redact, sanitise};
use advice::Platform;
use trouble::Trouble;

/// The service under which all keys stand; the user is the name of the entry: that of the environment for the key in use.
const SERVICE: &str = "trackyard-tui";
/// How much of what the platform says of a failure is shown, in characters.
const DETAIL_MAX: usize = 120;
/// How long a service may take for an answer, and a user for one, before nobody waits any more.
const ANSWER_MAX: Duration = Duration::from_mins(5);

/// The operating system's keyring: Secret Service, Keychain or Credential Manager.
///
/// Its calls block, as long as a prompt to unlock it is not answered.
pub struct OsKeyring {
    /// Kept while it works. A restarted daemon no longer knows it, so that it has to be opened again.
    store: Option<Arc<CredentialStore>>,
    service_max: Duration,
    user_max: Duration,
}

impl Default for OsKeyring {
    fn default() -> Self {
        Self::with_limits(ANSWER_MAX, ANSWER_MAX)
    }
}

impl OsKeyring {
    /// A keyring that gives up a service that does not answer within `service_max`, and takes a question for the
    /// password off the screen when the user has not answered it within `user_max`. Only [`KeyStore::prepare`] on Linux
    /// heeds either: elsewhere the platform does as it pleases.
    #[must_use]
    pub fn with_limits(service_max: Duration, user_max: Duration) -> Self {
        Self { store: None, service_max, user_max }
    }

    /// Does something with an entry. Where that fails with a store that was opened earlier, or by an object that has
    /// just gone, the store is opened again and the action repeated.
    fn with_entry<T>(
        &mut self,
        entry: &KeyEntry,
        action: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let kept = self.store.take();
        let is_kept = kept.is_some();
        match self.act(kept, entry, &action) {
            Err(error) if is_outdated(&error, is_kept) => {
                tracing::debug!(error = detail(&error, None), "opening the keyring again");
                self.act(None, entry, &action)
            }
            outcome => outcome,
        }
    }

    /// Does something with an entry, once; and keeps the store if it works.
    fn act<T>(
        &mut self,
        store: Option<Arc<CredentialStore>>,
        entry: &KeyEntry,
        action: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let store = store.map_or_else(open, Ok)?;
        let outcome = action(&build(&store, entry)?);
        if !matches!(outcome, Err(Error::PlatformFailure(_))) {
            self.store = Some(store);
        }
        outcome
    }

    /// Changes an entry. Where an answer was lost, even of a first attempt, the change may have been made.
    fn change<T>(
        &mut self,
        entry: &KeyEntry,
        written: Option<&ApiKey>,
        action: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<Option<T>, KeyFailure> {
        let is_lost = Cell::new(false);
        let outcome = self.with_entry(entry, |entry| {
            let outcome = action(entry);
            if let Err(error) = &outcome
                && Trouble::of(error, |_| String::new()) == Trouble::Ended
            {
                is_lost.set(true);
            }
            outcome
        });
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => {
                let mut failure = failure(entry, error, written);
                if is_lost.get() {
                    failure.kind = KeyFailureKind::Slow;
                }
                Err(failure)
            }
        }
    }
}

impl KeyStore for OsKeyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    #[cfg(target_os = "linux")]
    fn prepare(&mut self, entry: &KeyEntry, change: Option<Change>) -> Result<(), KeyFailure> {
        let username = entry.to_string();
        let attributes = HashMap::from([("service", SERVICE), ("username", username.as_str())]);
        secret_service::Unlocking { service_max: self.service_max, user_max: self.user_max }
            .unlock(&attributes, change == Some(Change::Write))
            .map_err(|error| failure(entry, error, None))
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyFailure> {
        match self.with_entry(entry, Entry::get_password).map(Zeroizing::new) {
            Ok(text) => ApiKey::parse(&text).map(Some).map_err(|reason| advice::invalid(entry, &reason.to_string())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failure(entry, error, None)),
        }
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyFailure> {
        self.change(entry, Some(key), |entry| entry.set_password(key.expose())).map(|_| ())
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyFailure> {
        self.change(entry, None, Entry::delete_credential).map(|removed| removed.is_some())
    }
}

/// Whether an error may be that of a store which is no longer the platform's, or of an object that has just gone.
fn is_outdated(error: &Error, is_kept: bool) -> bool {
    match error {
        Error::PlatformFailure(_) => is_kept || Trouble::of(error, |_| String::new()) == Trouble::Gone,
        Error::BadEncoding(_) => is_kept,
        _ => false,
    }
}

fn build(store: &Arc<CredentialStore>, entry: &KeyEntry) -> keyring_core::Result<Entry> {
    let label = format!("Trackyard API key ({entry})");
    let modifiers = if cfg!(target_os = "linux") {
        HashMap::from([("label", label.as_str())])
    } else if cfg!(windows) {
        // On this machine only: by default it would roam with the user's profile.
        HashMap::from([("persistence", "Local")])
    } else {
        HashMap::new()
    };
    store.build(SERVICE, &entry.to_string(), Some(&modifiers))
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
    let trouble = Trouble::of(&error, |cause| shown(cause, written));
    tracing::debug!(detail = detail(&error, written), ?trouble, "the keyring failed");
    advice::failure(entry, &trouble, Platform::HERE)
}

/// What the platform says, safe to show. The texts of other errors may carry entries or secrets.
fn detail(error: &Error, written: Option<&ApiKey>) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => shown(cause.as_ref(), written),
        _ => String::new(),
    }
}

fn shown(cause: &(dyn std::error::Error + 'static), written: Option<&ApiKey>) -> String {
    let text = Zeroizing::new(cause.to_string());
    let text = Zeroizing::new(redact(&text, written.map_or("", ApiKey::expose)));
    sanitise(&text, DETAIL_MAX)
}

#[cfg(test)]
mod tests;
