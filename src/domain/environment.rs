//! The named slots that hold one API key each.

use std::fmt;
use std::str::FromStr;

use super::api_key::KeySource;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name of an environment, in characters.
pub const NAME_LENGTH_MAX: usize = 32;

/// The name of an environment: `[a-z0-9][a-z0-9-]{0,31}`.
///
/// It is also the user name of the key's entry in the key store, and the label of its metrics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ending of the variables that belong to this environment: upper case, `-` as `_`.
    #[must_use]
    pub fn variable_suffix(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }

    /// The variable that gives this environment's key before all other sources.
    #[must_use]
    pub fn key_variable(&self) -> String {
        format!("{}_{}", KeySource::GENERAL_VARIABLE, self.variable_suffix())
    }

    /// True for the environment that must be unmistakable on every screen.
    #[must_use]
    pub fn is_production(&self) -> bool {
        matches!(self.0.as_str(), "prod" | "production")
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Error: a text is no name of an environment. It quotes the text, cut to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no name for an environment: use lower-case letters, digits and inner hyphens, \
     at most {NAME_LENGTH_MAX} characters, starting with a letter or digit"
)]
pub struct ParseEnvironmentNameError(String);

impl FromStr for EnvironmentName {
    type Err = ParseEnvironmentNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let valid = text.len() <= NAME_LENGTH_MAX
            && text.bytes().next().is_some_and(allowed)
            && text.bytes().all(|byte| allowed(byte) || byte == b'-');
        if valid { Ok(Self(text.to_owned())) } else { Err(ParseEnvironmentNameError(text.chars().take(64).collect())) }
    }
}

impl TryFrom<String> for EnvironmentName {
    type Error = ParseEnvironmentNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EnvironmentName> for String {
    fn from(name: EnvironmentName) -> Self {
        name.0
    }
}

/// A named slot for one key, with the label that its operators gave it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Environment {
    /// The name, unique among the environments of one configuration.
    pub name: EnvironmentName,
    /// A free text such as "Production - Main App".
    pub label: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_documented_pattern() {
        for good in ["dev", "0", "eu-west-1", "a-", &"a".repeat(32)] {
            assert!(good.parse::<EnvironmentName>().is_ok(), "{good}");
        }
        for bad in ["", "-dev", "Dev", "dev_1", "dév", "a b", &"a".repeat(33)] {
            assert!(bad.parse::<EnvironmentName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_are_upper_case_with_underscores() {
        let name: EnvironmentName = "eu-west-1".parse().unwrap();
        assert_eq!(name.variable_suffix(), "EU_WEST_1");
    }
}
