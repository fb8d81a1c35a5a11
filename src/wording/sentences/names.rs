//! Names and words as sentences use them.

use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::wording::format;

/// Name of a key on the screen: its ending, else its fingerprint.
#[must_use]
pub fn key_name(identity: &KeyIdentity) -> String {
    match &identity.ending {
        Some(ending) => format!("…{ending}"),
        None => identity.fingerprint.to_string(),
    }
}

/// The name of an environment in a sentence: production's is unmistakable.
#[must_use]
pub fn environment_name(name: &EnvironmentName) -> String {
    if name.is_production() { name.as_str().to_ascii_uppercase() } else { name.to_string() }
}

/// The name of the key store, as in `from the keyring`.
#[must_use]
pub fn store_name(source: &KeySource) -> String {
    match source {
        KeySource::Store("file") => "encrypted key file".to_owned(),
        source => source.to_string(),
    }
}

/// A status or flag as it is shown.
pub(super) fn word(name: &str) -> String {
    name.replace('-', " ")
}

pub(super) fn days(number: u64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{} days", format::count(number)) }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => "another environment".to_owned(),
        [name] => name.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
