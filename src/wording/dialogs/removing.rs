//! The dialog that erases a key.

use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::web_page::KEYS_PAGE;
use crate::wording::sentences::{environment_name, key_name, store_name};

/// The key is being erased.
pub const ERASING: &str = "erasing the key …";

/// Title.
#[must_use]
pub fn title(name: &EnvironmentName) -> String {
    format!("remove the key of {}", environment_name(name))
}

/// `This will erase key …6a1d (fingerprint 00ab78bf) from the keyring.`
#[must_use]
pub fn effect(key: &KeyIdentity, source: &KeySource) -> String {
    let (name, store) = (key_name(key), store_name(source));
    format!("This will erase key {name} (fingerprint {}) from the {store}.", key.fingerprint)
}

/// What erasing does not do.
#[must_use]
pub fn lasting() -> String {
    format!("it stays valid until revoked at {KEYS_PAGE}")
}

/// What confirms it.
#[must_use]
pub fn confirmation(name: &EnvironmentName) -> String {
    format!("type {name} to erase it")
}

/// There is no key.
#[must_use]
pub fn no_key(name: &EnvironmentName) -> String {
    format!("{name} has no key, so there is none to remove")
}

/// The key comes from a source that is only read, and what to do there.
#[must_use]
pub fn elsewhere(source: &KeySource) -> [String; 2] {
    [
        format!("the key comes from {source}, which is only read here"),
        format!("remove it there, then revoke it at {KEYS_PAGE}"),
    ]
}

/// A rotation is under way, and the key of the keyboard that shows it.
#[must_use]
pub fn rotating(rotate: Option<&str>) -> (&'static str, Option<String>) {
    let advice = rotate.map(|key| format!("complete it or give it up first: press {key} after closing this"));
    ("a rotation of this key is under way", advice)
}
