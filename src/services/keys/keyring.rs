//! The operating system's keyring.

mod errors;
mod item;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;

use std::time::Duration;

use keyring::Error;
use zeroize::{Zeroize, Zeroizing};

use super::store::{KeyStore, KeyStoreChange, KeyStoreReadiness};
use super::store_watch::KeyStoreWatch;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyringError};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::text::{redact, sanitise};
use errors::fault_of;
#[cfg(not(target_os = "linux"))]
use native::NativeStore as PlatformStore;
#[cfg(target_os = "linux")]
use secret_service::SecretServiceStore as PlatformStore;

/// Longest part of a platform's error that is shown, in characters.
const DETAIL_MAX: usize = 120;
/// Time limit of a service for an answer, and of a user for one; nobody waits any more after it.
const ANSWER_MAX: Duration = Duration::from_mins(4);

/// The operating system's keyring: Secret Service, Keychain or Credential Manager.
///
/// Its calls block, as long as a prompt to unlock it is not answered.
pub struct OsKeyring {
    store: PlatformStore,
}

impl Default for OsKeyring {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl OsKeyring {
    /// A keyring that asks for access to the keys of these environments with one question, where it asks.
    #[must_use]
    pub fn new(environments: Vec<EnvironmentName>) -> Self {
        Self { store: PlatformStore::new(environments, ANSWER_MAX, ANSWER_MAX) }
    }

    /// A keyring that gives up a service that does not answer within `service_max`, and takes a question for the
    /// password off the screen when the user has not answered it within `question_max`. Only Linux heeds either:
    /// elsewhere the platform does as it pleases.
    #[must_use]
    pub fn with_limits(service_max: Duration, question_max: Duration) -> Self {
        Self { store: PlatformStore::new(Vec::new(), service_max, question_max) }
    }

    /// Says what happened, and wipes what the error carries of the secret.
    fn failure(&self, entry: &KeyEntry, mut error: Error, written: Option<&ApiKey>) -> KeyError {
        if let Error::BadEncoding(secret) | Error::BadDataFormat(secret, _) = &mut error {
            secret.zeroize();
        }
        let fault = fault_of(&error, |cause| shown(cause, written));
        tracing::debug!(detail = detail(&error, written), ?fault, "the keyring failed");
        self.fault(entry, fault)
    }

    fn fault(&self, entry: &KeyEntry, fault: KeyringError) -> KeyError {
        KeyError::Keyring { keeper: self.store.keeper(), entry: entry.clone(), fault }
    }
}

impl KeyStore for OsKeyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn attach(&mut self, news: &KeyStoreWatch, question_max: Duration) {
        self.store.attach(news, question_max);
    }

    fn place(&mut self, environment: &EnvironmentName) -> Result<KeyStoreReadiness, KeyError> {
        let entry = KeyEntry::new(environment.clone(), KeyRole::Current);
        self.store.place().map_err(|error| self.failure(&entry, error, None))
    }

    fn prepare(&mut self, entry: &KeyEntry, change: Option<KeyStoreChange>) -> Result<(), KeyError> {
        self.store.prepare(entry, change).map_err(|error| self.failure(entry, error, None))
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        match self.store.read(entry) {
            Ok(secret) => match str::from_utf8(&secret) {
                Ok(text) => {
                    ApiKey::parse(text).map(Some).map_err(|reason| self.fault(entry, KeyringError::Unusable(reason)))
                }
                Err(_) => Err(self.failure(entry, Error::BadEncoding(Vec::new()), None)),
            },
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(self.failure(entry, error, None)),
        }
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        self.store.write(entry, key.expose()).map_err(|error| self.failure(entry, error, Some(key)))
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        match self.store.remove(entry) {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(self.failure(entry, error, None)),
        }
    }
}

/// Text of the platform's error, safe to show. The texts of other errors may carry entries or secrets.
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
