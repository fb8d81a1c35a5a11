//! A key store that forgets: for demonstrations and tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::KeyStore;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::KeyFailure;

/// Keeps keys in memory, and wipes them when the last of its clones is dropped; clones share their keys.
#[derive(Clone, Default)]
pub struct MemoryKeyStore {
    keys: Arc<Mutex<HashMap<EnvironmentName, ApiKey>>>,
}

impl MemoryKeyStore {
    fn keys(&self) -> MutexGuard<'_, HashMap<EnvironmentName, ApiKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<(EnvironmentName, ApiKey)> for MemoryKeyStore {
    fn from_iter<I: IntoIterator<Item = (EnvironmentName, ApiKey)>>(keys: I) -> Self {
        Self { keys: Arc::new(Mutex::new(keys.into_iter().collect())) }
    }
}

impl KeyStore for MemoryKeyStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn read(&mut self, environment: &EnvironmentName) -> Result<Option<ApiKey>, KeyFailure> {
        Ok(self.keys().get(environment).cloned())
    }

    fn write(&mut self, environment: &EnvironmentName, key: &ApiKey) -> Result<(), KeyFailure> {
        self.keys().insert(environment.clone(), key.clone());
        Ok(())
    }

    fn remove(&mut self, environment: &EnvironmentName) -> Result<bool, KeyFailure> {
        Ok(self.keys().remove(environment).is_some())
    }
}
