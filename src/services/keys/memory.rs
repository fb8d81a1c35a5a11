//! A key store that forgets: for demonstrations and tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::KeyStore;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::domain::key_entry::KeyEntry;

/// Keeps keys in memory, and wipes them when the last of its clones is dropped; clones share their keys.
#[derive(Clone, Default)]
pub struct MemoryKeyStore {
    keys: Arc<Mutex<HashMap<KeyEntry, ApiKey>>>,
}

impl MemoryKeyStore {
    fn keys(&self) -> MutexGuard<'_, HashMap<KeyEntry, ApiKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<(EnvironmentName, ApiKey)> for MemoryKeyStore {
    fn from_iter<I: IntoIterator<Item = (EnvironmentName, ApiKey)>>(keys: I) -> Self {
        let keys = keys.into_iter().map(|(environment, key)| (environment.into(), key));
        Self { keys: Arc::new(Mutex::new(keys.collect())) }
    }
}

impl KeyStore for MemoryKeyStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        Ok(self.keys().get(entry).cloned())
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        self.keys().insert(entry.clone(), key.clone());
        Ok(())
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        Ok(self.keys().remove(entry).is_some())
    }
}
