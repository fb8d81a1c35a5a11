//! Name of a key in the texts of commands: its last characters, where they may be shown, and its fingerprint.

use crate::domain::api_key::{ApiKey, KeyIdentity};

/// Name of a key.
pub(super) fn name_of(key: &ApiKey) -> String {
    key_name(&key.identity())
}

/// Name of a key of which the identity alone is known.
pub(super) fn key_name(identity: &KeyIdentity) -> String {
    let ending = identity.ending.as_ref().map(|ending| format!(" …{ending}")).unwrap_or_default();
    format!("key{ending} ({})", identity.fingerprint)
}
