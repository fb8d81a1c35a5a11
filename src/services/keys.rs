//! The key sources of environments, and the key store.
//!
//! The sources are asked in a fixed order, and the first that has a key wins. One that has something unusable, or can't
//! tell, is reported: never is another key taken silently in its place.

mod file_errors;
mod keyring;
mod memory;
mod passphrase;
mod sources;
mod store;
mod store_watch;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod timeouts;
mod variables;
mod vault;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use keyring::OsKeyring;
pub use memory::MemoryKeyStore;
pub use passphrase::{Passphrase, Passphrases};
pub use store::{KeyStore, KeyStoreChange, KeyStoreFactory, KeyStoreReadiness};
pub use store_watch::KeyStoreWatch;
pub use timeouts::KeyTimeouts;
pub use variables::Variables;
pub use vault::{Vault, VaultState, VaultSummary};

use super::blocking::BlockingThread;
use crate::domain::api_key::{ApiKey, Fingerprint, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::domain::key_entry::KeyEntry;
pub use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::unconfigured_key::UnconfiguredKey;
use sources::Sources;

/// Settings of [`Keys`] at its start.
pub struct KeysOptions {
    /// The environment variables of the process.
    pub variables: Variables,
    /// The environment that `TRACKYARD_API_KEY` serves.
    pub default_environment: Option<EnvironmentName>,
    /// The `key_command` of each environment that has one: the program and its arguments.
    pub commands: HashMap<EnvironmentName, Vec<String>>,
    /// Maker of the key store.
    pub store: KeyStoreFactory,
    /// Time limits of the sources.
    pub limits: KeyTimeouts,
}

/// A key, and where it came from.
#[derive(Debug)]
pub struct LoadedKey {
    /// The key.
    pub key: ApiKey,
    /// Its source.
    pub source: KeySource,
}

/// The sources of keys, to read only. Cheap to clone; no call ever holds up the asynchronous runtime, or the end of
/// the process.
#[derive(Clone)]
pub struct Keys {
    sources: Arc<Sources>,
}

/// The right to change what the key store keeps. Whoever is given none has no way to a change. Cheap to clone.
#[derive(Clone)]
pub struct KeyWriter {
    sources: Arc<Sources>,
}

impl Keys {
    /// Makes the sources ready; of none more is asked yet than which credentials there are. The keeper is the one way
    /// to change a key.
    #[must_use]
    pub fn new(options: KeysOptions) -> (Self, KeyWriter) {
        let KeysOptions { variables, default_environment, commands, store, limits } = options;
        let store_name = store().name();
        let news = KeyStoreWatch::default();
        let (told, late) = (news.clone(), news.clone());
        let attached = move || {
            let mut store = store();
            store.attach(&told, limits.question);
            store
        };
        let store = BlockingThread::start("key-store", attached).on_late_answer(move || late.answered_late());
        let files = BlockingThread::start("key-files", || ());
        let notice = Mutex::default();
        let credentials = variables.list_credentials().ok();
        let sources = Sources {
            variables,
            credentials,
            default_environment,
            commands,
            limits,
            store_name,
            store,
            files,
            news,
            notice,
        };
        let sources = Arc::new(sources);
        (Self { sources: Arc::clone(&sources) }, KeyWriter { sources })
    }

    /// Asks the sources for the key of an environment, in their order.
    ///
    /// # Errors
    /// When none has one, or one that stands before it has something unusable or can't tell.
    pub async fn load(&self, environment: &EnvironmentName, timeout: KeyReadTimeout) -> Result<LoadedKey, KeyError> {
        self.load_by(environment, timeout, timeout).await
    }

    /// The same, with a timeout of its own for a key command.
    ///
    /// # Errors
    /// As [`Keys::load`].
    pub async fn load_by(
        &self,
        environment: &EnvironmentName,
        timeout: KeyReadTimeout,
        command_patience: KeyReadTimeout,
    ) -> Result<LoadedKey, KeyError> {
        for source in self.sources.in_order(environment) {
            let timeout = if source == KeySource::Command { command_patience } else { timeout };
            if let Some(key) = self.sources.read(environment, &source, timeout).await? {
                return Ok(LoadedKey { key, source });
            }
        }
        Err(KeyError::Missing)
    }

    /// The source that comes before the key store, so that a stored key would not be used; as it was at the start.
    #[must_use]
    pub fn overriding_source(&self, environment: &EnvironmentName) -> Option<KeySource> {
        self.sources
            .in_order(environment)
            .into_iter()
            .find(|source| match source {
                KeySource::Credential(_) => self.sources.may_have_credential(environment),
                _ => true,
            })
            .filter(|source| !matches!(source, KeySource::Store(_)))
    }

    /// The variables and credentials that give keys to environments that are none of `configured`, as it was at the
    /// start.
    #[must_use]
    pub fn unclaimed(&self, configured: &[&EnvironmentName]) -> Vec<UnconfiguredKey> {
        self.sources.variables.unclaimed(configured, self.sources.credentials.iter().flatten())
    }

    /// Has those who wait for the key store told for what: the name of the program that keeps the keys, once.
    pub fn on_waiting(&self, notice: impl FnOnce(&str) + Send + 'static) {
        *self.sources.notice.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(notice));
    }

    /// Has the key store asked itself when its next key is needed: what it said before may no longer hold.
    pub fn invalidate(&self) {
        self.sources.news.invalidate();
    }

    /// As [`Self::invalidate`], because the key at hand is of no use: the store may put a question for another.
    pub fn ask_for_another(&self) {
        self.sources.news.allow_prompt();
    }

    /// As [`Self::invalidate`], on behalf of a person: a question that they declined may be put to them once more.
    pub fn ask_person_again(&self) {
        self.sources.news.allow_declined_prompt();
    }

    /// Waits until the key store tells of a change, or of an answer that came late.
    pub async fn changed(&self) {
        self.sources.news.next().await;
    }

    /// Readiness of the key store for the key of an environment. Nobody is asked, and no store is made.
    ///
    /// # Errors
    /// When there is none, or the store can't tell.
    pub async fn place(&self, environment: &EnvironmentName) -> Result<KeyStoreReadiness, KeyError> {
        self.sources.place(environment).await
    }

    /// The name of the program that keeps the keys; that of the key store as long as it is not known.
    #[must_use]
    pub fn keeper(&self) -> String {
        self.sources.keeper()
    }

    /// The name of the key store.
    #[must_use]
    pub fn store_name(&self) -> &'static str {
        self.sources.store_name
    }

    /// The key that the key store has for an entry, whatever the other sources say; `None` where it has none.
    ///
    /// # Errors
    /// When the store can't tell, or holds something that is no key.
    pub async fn stored(&self, entry: &KeyEntry, timeout: KeyReadTimeout) -> Result<Option<ApiKey>, KeyError> {
        self.sources.read_store(entry, timeout).await
    }
}

impl KeyWriter {
    /// Keeps a key in the key store, in place of an earlier one of that entry.
    ///
    /// # Errors
    /// When it is not known to be kept. After [`KeyFailureKind::Slow`](crate::domain::error::KeyErrorKind::Slow)
    /// the store may have taken it, or still take it. After
    /// [`KeyFailureKind::Withdrawn`](crate::domain::error::KeyErrorKind::Withdrawn) it never will.
    pub async fn store(&self, entry: &KeyEntry, key: ApiKey, timeout: KeyReadTimeout) -> Result<(), KeyError> {
        self.sources
            .change_store(entry, timeout, KeyStoreChange::Write, move |store, entry| store.write(entry, &key))
            .await
    }

    /// Keeps a key in the place of the one that was `seen` there, and of no other.
    ///
    /// # Errors
    /// [`KeyFailureKind::Changed`](crate::domain::error::KeyErrorKind::Changed) where another one is there by now, and
    /// as with [`KeyWriter::store`].
    pub async fn replace(
        &self,
        entry: &KeyEntry,
        seen: Option<Fingerprint>,
        key: ApiKey,
        timeout: KeyReadTimeout,
    ) -> Result<(), KeyError> {
        let replace = move |store: &mut (dyn KeyStore + 'static), entry: &KeyEntry| {
            expect(seen, store.read(entry)?, entry)?;
            store.write(entry, &key)
        };
        self.sources.change_store(entry, timeout, KeyStoreChange::Write, replace).await
    }

    /// Erases the key that was `seen` in the key store, and no other; one that is gone is erased.
    ///
    /// # Errors
    /// As with [`KeyWriter::replace`].
    pub async fn erase(&self, entry: &KeyEntry, seen: Fingerprint, timeout: KeyReadTimeout) -> Result<(), KeyError> {
        let erase = move |store: &mut (dyn KeyStore + 'static), entry: &KeyEntry| match store.read(entry)? {
            None => Ok(()),
            found => expect(Some(seen), found, entry).and_then(|()| store.remove(entry)).map(|_| ()),
        };
        self.sources.change_store(entry, timeout, KeyStoreChange::Remove, erase).await
    }

    /// Erases a key from the key store, whichever it is, and tells whether there was one.
    ///
    /// # Errors
    /// When it is not known to be erased, as with [`KeyWriter::store`].
    pub async fn remove(&self, entry: &KeyEntry, timeout: KeyReadTimeout) -> Result<bool, KeyError> {
        self.sources.change_store(entry, timeout, KeyStoreChange::Remove, KeyStore::remove).await
    }
}

/// Refuses an entry that does not hold what was seen there.
fn expect(seen: Option<Fingerprint>, found: Option<ApiKey>, entry: &KeyEntry) -> Result<(), KeyError> {
    let is_as_seen = found.map(|found| found.fingerprint()) == seen;
    if is_as_seen { Ok(()) } else { Err(KeyError::Changed(entry.clone())) }
}
