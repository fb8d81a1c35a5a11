//! The stories that the simulator can tell.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A story: in what state the environments are, and what happens while they are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Three environments in telling states.
    Demo,
    /// All is well.
    Healthy,
    /// Credits are low, critical and out.
    LowCredits,
    /// Keys near and past their 90 days.
    RotationDue,
    /// Prod's key is revoked while it is watched.
    Revoked,
    /// Limits of a minute and of a day are used up.
    RateLimited,
    /// Little of the day's limits is left.
    DailyLimit,
    /// The service fails for a while, then recovers.
    Outage,
    /// The service answers late or not in time.
    Slow,
    /// The keys lack a permission.
    Forbidden,
    /// Odd but legal answers.
    Malformed,
    /// The keys are refused from the start.
    UnknownKey,
}

impl Scenario {
    /// Every scenario, in the order in which they are listed.
    pub const ALL: [Self; 12] = [
        Self::Demo,
        Self::Healthy,
        Self::LowCredits,
        Self::RotationDue,
        Self::Revoked,
        Self::RateLimited,
        Self::DailyLimit,
        Self::Outage,
        Self::Slow,
        Self::Forbidden,
        Self::Malformed,
        Self::UnknownKey,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Healthy => "healthy",
            Self::LowCredits => "low-credits",
            Self::RotationDue => "rotation-due",
            Self::Revoked => "revoked",
            Self::RateLimited => "rate-limited",
            Self::DailyLimit => "daily-limit",
            Self::Outage => "outage",
            Self::Slow => "slow",
            Self::Forbidden => "forbidden",
            Self::Malformed => "strange",
            Self::UnknownKey => "unknown-key",
        }
    }

    /// One sentence on what happens.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Demo => "dev is well, staging must be rotated within days, prod's rotation is overdue.",
            Self::Healthy => "All is well: plenty of credits, young keys.",
            Self::LowCredits => "Credits are low in dev, critical in staging and out in prod.",
            Self::RotationDue => "Rotation is due soon in dev, tomorrow in staging and overdue in prod.",
            Self::Revoked => "Prod's first key is revoked after two calls, or 30 seconds after the first.",
            Self::RateLimited => "429: dev every other minute, staging until midnight UTC; prod is spared.",
            Self::DailyLimit => "Less than a tenth of the day's requests is left everywhere.",
            Self::Outage => {
                "From 20 seconds after the first call on, connections break or answer 503, for 3 minutes, then all is well."
            }
            Self::Slow => "Answers take 8 seconds, and every third one 30.",
            Self::Forbidden => "403: the keys are known but lack a permission.",
            Self::Malformed => {
                "Odd but legal answers: times, limits and headers that lack or make no sense, escapes in texts."
            }
            Self::UnknownKey => "401 from the start: every environment's first key is refused.",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// The text names no scenario.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no such scenario: choose one of {}", Scenario::ALL.map(Scenario::as_str).join(", "))]
pub struct InvalidScenario;

impl FromStr for Scenario {
    type Err = InvalidScenario;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|scenario| scenario.as_str() == text).ok_or(InvalidScenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_scenario() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.as_str().parse(), Ok(scenario));
        }
    }

    #[test]
    fn every_scenario_is_told_in_one_sentence() {
        for scenario in Scenario::ALL {
            let sentence = scenario.description();
            assert_eq!(sentence.find(". "), None, "{scenario}");
            assert!(sentence.ends_with('.'), "{scenario}");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "bogus".parse::<Scenario>().unwrap_err().to_string();
        assert!(error.contains("demo, healthy, low-credits"), "{error}");
    }
}
