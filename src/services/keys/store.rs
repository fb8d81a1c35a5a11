//! A key store, as the key sources use it.

use std::time::Duration;

use super::store_watch::KeyStoreWatch;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::domain::key_entry::KeyEntry;

/// Change that a call makes in a key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStoreChange {
    /// Keep a key.
    Write,
    /// Erase one.
    Remove,
}

/// Readiness of a key store to take a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStoreReadiness {
    /// It is there.
    Ready,
    /// The first key has it made, and the user may be asked for a password to protect it with.
    CreatedOnWrite,
}

/// A place that keeps keys. Its calls may block.
pub trait KeyStore: Send {
    /// The name by which users choose it.
    fn name(&self) -> &'static str;

    /// Gives the store a place to report what becomes known beside its answers, and a limit for how long a question may
    /// stay on the screen.
    fn attach(&mut self, _news: &KeyStoreWatch, _question_max: Duration) {}

    /// Readiness to take the key of an environment; nobody is asked, and nothing is created.
    ///
    /// # Errors
    /// When there is none, or the store can't tell.
    fn place(&mut self, _environment: &EnvironmentName) -> Result<KeyStoreReadiness, KeyError> {
        Ok(KeyStoreReadiness::Ready)
    }

    /// Does beforehand whatever may wait for a user, such as unlocking, so that the call that follows need not wait:
    /// a read, or a change. It changes no key itself.
    ///
    /// # Errors
    /// When the call that follows would fail as well.
    fn prepare(&mut self, _entry: &KeyEntry, _change: Option<KeyStoreChange>) -> Result<(), KeyError> {
        Ok(())
    }

    /// The key of an entry; `None` where there is none.
    ///
    /// # Errors
    /// When the store can't tell, or holds something that is no key.
    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError>;

    /// Keeps a key, in place of an earlier one of that entry.
    ///
    /// # Errors
    /// When it could not be kept.
    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError>;

    /// Erases the key of an entry, and tells whether there was one.
    ///
    /// # Errors
    /// When it could not be erased.
    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError>;
}

/// Makes a key store ready to use: at the start, and again when a call of the last one never ends. All that it makes
/// keep the same keys.
pub type KeyStoreFactory = Box<dyn Fn() -> Box<dyn KeyStore> + Send>;
