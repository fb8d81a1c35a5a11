//! A key store that forgets: for demonstrations and tests.

use std::collections::HashMap;

use super::KeyStore;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::KeyFailure;

/// Keeps keys in memory, and wipes them when dropped.
#[derive(Default)]
pub struct MemoryKeyStore {
    keys: HashMap<EnvironmentName, ApiKey>,
}

impl FromIterator<(EnvironmentName, ApiKey)> for MemoryKeyStore {
    fn from_iter<I: IntoIterator<Item = (EnvironmentName, ApiKey)>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

impl KeyStore for MemoryKeyStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn read(&mut self, environment: &EnvironmentName) -> Result<Option<ApiKey>, KeyFailure> {
        Ok(self.keys.get(environment).cloned())
    }

    fn write(&mut self, environment: &EnvironmentName, key: &ApiKey) -> Result<(), KeyFailure> {
        self.keys.insert(environment.clone(), key.clone());
        Ok(())
    }

    fn remove(&mut self, environment: &EnvironmentName) -> Result<bool, KeyFailure> {
        Ok(self.keys.remove(environment).is_some())
    }
}
