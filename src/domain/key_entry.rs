//! Entries of a key store: the places where keys lie.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::environment::EnvironmentName;

/// Service under which all keys stand in a keyring; the user is the [`KeyEntry`] as text.
pub const KEYRING_SERVICE: &str = "trackyard-tui";

/// Role of a stored key in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// The key in use.
    Current,
    /// The old key of a rotation, kept aside until the service refuses it.
    Previous,
    /// The new key of a rotation, accepted by the service and not in use yet.
    Candidate,
}

impl KeyRole {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Current, Self::Previous, Self::Candidate];

    /// Ending of the name of the environment. No name of an environment has a dot.
    fn suffix(self) -> &'static str {
        match self {
            Self::Current => "",
            Self::Previous => ".previous",
            Self::Candidate => ".candidate",
        }
    }
}

/// The place of one key in a key store; written like `prod`, `prod.previous` or `prod.candidate`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyEntry {
    /// Environment of the key.
    pub environment: EnvironmentName,
    /// Role of the key.
    pub role: KeyRole,
}

impl KeyEntry {
    /// The place of a key of an environment.
    #[must_use]
    pub fn new(environment: EnvironmentName, role: KeyRole) -> Self {
        Self { environment, role }
    }
}

/// The key in use.
impl From<EnvironmentName> for KeyEntry {
    fn from(environment: EnvironmentName) -> Self {
        Self::new(environment, KeyRole::Current)
    }
}

impl fmt::Display for KeyEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.environment, self.role.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_environment_can_take_the_place_of_another_ones_kept_key() {
        for role in KeyRole::ALL {
            let entry = KeyEntry::new("prod".parse().unwrap(), role).to_string();
            assert_eq!(entry.parse::<EnvironmentName>().is_ok(), role == KeyRole::Current, "{entry}");
        }
    }
}
