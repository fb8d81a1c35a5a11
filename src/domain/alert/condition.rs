//! Conditions: the states of an environment, or of all, that can raise an alert.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use crate::domain::status::{Flag, Status};

/// State that can raise an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A status that is not well.
    Status(Status),
    /// A flag.
    Flag(Flag),
    /// No environment can be reached, by one fault of the service or of the way to it.
    Outage,
    /// No environment can be reached, for this machine is offline.
    Offline,
    /// The service refuses every key: one fault of the service.
    AllRefused,
}

impl Condition {
    /// Every condition that an alert can be about: each flag, each status but `waiting`, `active` and `no-key`, the
    /// loss of the service or the network, and the refusal of all keys.
    pub fn all() -> impl Iterator<Item = Self> {
        let statuses = Status::VARIANTS.iter().copied();
        let statuses = statuses.filter(|status| !matches!(status, Status::Waiting | Status::Active | Status::NoKey));
        statuses.map(Self::Status).chain(Flag::VARIANTS.iter().copied().map(Self::Flag)).chain([
            Self::Outage,
            Self::Offline,
            Self::AllRefused,
        ])
    }

    /// True for a fault of all environments at once, and not of one.
    #[must_use]
    pub fn is_of_all(self) -> bool {
        matches!(self, Self::Outage | Self::Offline | Self::AllRefused)
    }

    /// The word for it in the configuration, in notifications and in the history: that of the status or flag, or
    /// `outage`, `offline` or `all-refused`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status(status) => status.as_str(),
            Self::Flag(flag) => flag.as_str(),
            Self::Outage => "outage",
            Self::Offline => "offline",
            Self::AllRefused => "all-refused",
        }
    }

    /// Family of conditions that one alert goes through as things get worse or better: `credits`,
    /// `rotation`, `daily-limit`, `offline`, or the condition's own word where it has no kin. The notifications of an
    /// environment and family are
    /// of one alert.
    #[must_use]
    pub fn family(self) -> &'static str {
        match self {
            Self::Flag(Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut) => "credits",
            Self::Flag(Flag::RotateSoon | Flag::RotateOverdue) => "rotation",
            Self::Flag(Flag::DailyLimitNear | Flag::DailyLimitReached) => "daily-limit",
            Self::Outage | Self::Offline => "offline",
            alone => alone.as_str(),
        }
    }

    /// The condition that a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|condition| condition.as_str() == word)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_a_word_of_its_own() {
        for condition in Condition::all() {
            assert_eq!(Condition::parse(condition.as_str()), Some(condition));
        }
        assert_eq!(Condition::parse("active"), None, "that all is well is no alert");
        let families: std::collections::BTreeSet<_> = Condition::all().map(Condition::family).collect();
        assert_eq!(families.len(), Condition::all().count() - 5, "five conditions are the worse of another");
    }
}
