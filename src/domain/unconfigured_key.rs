//! Keys that are given for environments that are not configured, so that nobody watches them.

use super::api_key::KeySource;
use super::environment::EnvironmentName;

/// Source that has a key for an environment that is not configured. Nobody looked at the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnconfiguredKey {
    /// Environment that it seems to be for.
    pub environment: EnvironmentName,
    /// Source of the key.
    pub source: KeySource,
}
