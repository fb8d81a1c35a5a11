//! Keys that are given for environments that are not configured, so that nobody watches them.

use super::api_key::KeySource;
use super::environment::EnvironmentName;

/// Where there is such a key. What it is, nobody looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnconfiguredKey {
    /// For which environment it seems to be.
    pub environment: EnvironmentName,
    /// What gives it.
    pub source: KeySource,
}
