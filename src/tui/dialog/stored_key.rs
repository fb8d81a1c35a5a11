//! Reasons why the key of an environment can't be rotated or erased here.

use crate::domain::api_key::KeySource;
use crate::domain::error::KeyError;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot};

/// Reason why there is no key in the key store to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredKeyError<'a> {
    /// There is no key.
    NoKey,
    /// The key could not be had.
    Unreadable(&'a KeyError),
    /// The key comes from a source that this program only reads.
    Elsewhere(&'a KeySource),
    /// A rotation is under way.
    Rotating,
}

/// The key of an environment, if it is one of the key store.
pub fn stored_key(environment: Option<&EnvironmentSnapshot>) -> Result<&KeySnapshot, StoredKeyError<'_>> {
    let environment = environment.ok_or(StoredKeyError::NoKey)?;
    match (&environment.key, &environment.key_failure) {
        (Some(key), _) if matches!(key.source, KeySource::Store(_)) => Ok(key),
        (Some(key), _) => Err(StoredKeyError::Elsewhere(&key.source)),
        (None, Some(failure)) => Err(StoredKeyError::Unreadable(failure)),
        (None, None) => Err(StoredKeyError::NoKey),
    }
}
