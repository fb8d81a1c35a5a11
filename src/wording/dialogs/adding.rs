//! The dialog that takes a key.

use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::web_page::KEYS_PAGE;
use crate::wording::sentences::{environment_name, key_name};

/// The key is being tried.
pub const TRYING: &str = "trying the key against /me …";

/// A key that was not taken is not in the key store.
pub const NOTHING_STORED: &str = "nothing was stored";

/// Title; `replaces` is true where the environment has a key.
#[must_use]
pub fn title(name: &EnvironmentName, replaces: bool) -> String {
    let name = environment_name(name);
    if replaces { format!("replace the key of {name}") } else { format!("add a key to {name}") }
}

/// The key that the new one replaces.
#[must_use]
pub fn replaced(key: &KeyIdentity) -> String {
    format!("the new key takes the place of {}", key_name(key))
}

/// A source that goes before the key store.
#[must_use]
pub fn preceded_by(source: &KeySource) -> String {
    format!("{source} comes first: a stored key is used only once that is gone")
}

/// Where keys are made.
#[must_use]
pub fn where_to_make() -> String {
    format!("make one at {KEYS_PAGE}")
}
