//! The places that a key comes from.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Source of an environment's key; the sources are asked in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// The variable `TRACKYARD_API_KEY_<ENV>`, by its name.
    Variable(String),
    /// The file that `TRACKYARD_API_KEY_<ENV>_FILE` names, by the name of the variable.
    VariableFile(String),
    /// A file in `$CREDENTIALS_DIRECTORY`, by its name.
    Credential(String),
    /// The `key_command` of the environment.
    Command,
    /// The key store, by its name ("keyring").
    Store(#[serde(deserialize_with = "known_store")] StoreName),
    /// Another process of this user, which polls the key; its secret is not known here.
    OtherProcess,
}

/// The name of a key store.
type StoreName = &'static str;

/// The names of the key stores, as a store of failures knows them.
const STORES: [StoreName; 3] = ["keyring", "file", "memory"];

fn known_store<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StoreName, D::Error> {
    let name = String::deserialize(deserializer)?;
    STORES.into_iter().find(|known| *known == name).ok_or_else(|| D::Error::custom("no key store has this name"))
}

impl KeySource {
    /// The variable for the default environment alone.
    pub const GENERAL_VARIABLE: &str = "TRACKYARD_API_KEY";

    /// True for a source that is asked before the key store, so that a stored key is not used as long as it has one.
    #[must_use]
    pub fn precedes_store(&self) -> bool {
        match self {
            Self::Variable(name) => name != Self::GENERAL_VARIABLE,
            Self::VariableFile(_) | Self::Credential(_) | Self::Command => true,
            Self::Store(_) | Self::OtherProcess => false,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) | Self::VariableFile(name) => formatter.write_str(name),
            Self::Credential(name) => write!(formatter, "credential {name}"),
            Self::Command => formatter.write_str("key_command"),
            Self::Store(name) => formatter.write_str(name),
            Self::OtherProcess => formatter.write_str("another process"),
        }
    }
}
