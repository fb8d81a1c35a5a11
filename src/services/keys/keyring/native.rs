//! Keychain and Credential Manager, by the `keyring` package: the platform's own store, with no connection to keep.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyringProgram;
use crate::domain::key_entry::{KEYRING_SERVICE, KeyEntry};
use crate::services::keys::store::{KeyStoreChange, KeyStoreReadiness};
use crate::services::keys::store_watch::KeyStoreWatch;

pub(super) struct NativeStore;

impl NativeStore {
    /// The platform's store needs to know nothing beforehand.
    pub(super) fn new(_: Vec<EnvironmentName>, _: Duration, _: Duration) -> Self {
        Self
    }

    pub(super) fn attach(&mut self, _: &KeyStoreWatch, _: Duration) {}

    pub(super) fn keeper(&self) -> KeyringProgram {
        KeyringProgram::PLATFORM_DEFAULT
    }

    pub(super) fn place(&mut self) -> keyring::Result<KeyStoreReadiness> {
        open().map(|_| KeyStoreReadiness::Ready)
    }

    pub(super) fn prepare(&mut self, _: &KeyEntry, _: Option<KeyStoreChange>) -> keyring::Result<()> {
        Ok(())
    }

    pub(super) fn read(&mut self, entry: &KeyEntry) -> keyring::Result<Zeroizing<Vec<u8>>> {
        build(entry)?.get_password().map(|password| Zeroizing::new(password.into_bytes()))
    }

    pub(super) fn write(&mut self, entry: &KeyEntry, key: &str) -> keyring::Result<()> {
        build(entry)?.set_password(key)
    }

    pub(super) fn remove(&mut self, entry: &KeyEntry) -> keyring::Result<()> {
        build(entry)?.delete_credential()
    }
}

fn build(entry: &KeyEntry) -> keyring::Result<Entry> {
    let modifiers = if cfg!(windows) {
        // On this machine only: by default it would roam with the user's profile.
        HashMap::from([("persistence", "Local")])
    } else {
        HashMap::new()
    };
    open()?.build(KEYRING_SERVICE, &entry.to_string(), Some(&modifiers))
}

fn open() -> keyring::Result<Arc<CredentialStore>> {
    if keyring::Entry::store_status().is_err() {
        return Err(Error::NoDefaultStore);
    }
    keyring_core::get_default_store().ok_or(Error::NoDefaultStore)
}
