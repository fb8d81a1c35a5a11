//! The words for how an environment fares: status, flags and severity.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use super::error::PollErrorKind;

/// Status of a key by its last poll; exactly one holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// The environment has no key.
    NoKey,
    /// A source of the key can't be asked, so that it is not known whether there is one.
    KeyUnavailable,
    /// Not polled yet.
    #[default]
    Waiting,
    /// The service accepts the key.
    Active,
    /// 401, and the key was never accepted.
    Invalid,
    /// 401, though the key was accepted before.
    Revoked,
    /// 403.
    Forbidden,
    /// 429.
    RateLimited,
    /// No answer, or none that can be used.
    Unreachable,
}

impl Status {
    /// The word that stands on the screen, in JSON and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Status after a confirmed failure of a poll, of a key that was, or never was, accepted before.
    #[must_use]
    pub fn after_failure(kind: PollErrorKind, accepted_before: bool) -> Self {
        match kind {
            PollErrorKind::Unauthorized if accepted_before => Self::Revoked,
            PollErrorKind::Unauthorized => Self::Invalid,
            PollErrorKind::Forbidden => Self::Forbidden,
            PollErrorKind::RateLimited => Self::RateLimited,
            // The key is accepted, and the flag tells the rest.
            PollErrorKind::CreditsOut => Self::Active,
            _ => Self::Unreachable,
        }
    }

    /// Severity of the status by itself. `fresh` is true with a sample that is not stale.
    #[must_use]
    pub fn severity(self, fresh: bool) -> Severity {
        match self {
            Self::Active => Severity::Ok,
            Self::RateLimited => Severity::Warning,
            Self::Unreachable if fresh => Severity::Warning,
            Self::Waiting | Self::KeyUnavailable | Self::NoKey => Severity::Unknown,
            Self::Invalid | Self::Revoked | Self::Forbidden | Self::Unreachable => Severity::Critical,
        }
    }
}

/// Remark beside the status; any number hold.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Flag {
    /// No credits are left.
    CreditsOut,
    /// Few credits are left.
    CreditsCritical,
    /// Credits go to an end.
    CreditsLow,
    /// No request of this day is left.
    DailyLimitReached,
    /// The key is past its time.
    RotateOverdue,
    /// The forecast ends before the next reset.
    RunsOutBeforeReset,
    /// The key's time ends within days.
    RotateSoon,
    /// Few requests of this day are left.
    DailyLimitNear,
    /// The sample is old.
    Stale,
    /// Another environment holds the same key.
    SharedKey,
    /// This machine's clock and the service's differ.
    ClockSkew,
}

impl Flag {
    /// The word that stands on the screen, in JSON and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The flags that take its place as things get worse.
    #[must_use]
    pub fn worse(self) -> &'static [Self] {
        match self {
            Self::CreditsLow => &[Self::CreditsCritical, Self::CreditsOut],
            Self::CreditsCritical | Self::RunsOutBeforeReset => &[Self::CreditsOut],
            Self::RotateSoon => &[Self::RotateOverdue],
            Self::DailyLimitNear => &[Self::DailyLimitReached],
            _ => &[],
        }
    }

    /// True for flags that tell that requests of the day are few or none.
    #[must_use]
    pub fn is_of_daily_limit(self) -> bool {
        matches!(self, Self::DailyLimitNear | Self::DailyLimitReached)
    }

    /// Severity of the flag by itself.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::CreditsOut | Self::CreditsCritical | Self::DailyLimitReached | Self::RotateOverdue => {
                Severity::Critical
            }
            _ => Severity::Warning,
        }
    }
}

/// Severity; a later variant is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// All is well.
    Ok,
    /// Worth a look.
    Warning,
    /// It can't be told.
    Unknown,
    /// Someone must act.
    Critical,
}

impl Severity {
    /// The word that stands on the screen, in JSON and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The worst of a status and its flags.
    #[must_use]
    pub fn worst(status: Status, flags: &[Flag], fresh: bool) -> Self {
        flags.iter().map(|flag| flag.severity()).fold(status.severity(fresh), Self::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_wins_and_unknown_stands_between_warning_and_critical() {
        assert_eq!(Severity::worst(Status::Active, &[], true), Severity::Ok);
        assert_eq!(Severity::worst(Status::Active, &[Flag::RotateSoon], true), Severity::Warning);
        assert_eq!(Severity::worst(Status::Waiting, &[Flag::RotateSoon], true), Severity::Unknown);
        assert_eq!(Severity::worst(Status::Waiting, &[Flag::RotateOverdue], true), Severity::Critical);
    }

    #[test]
    fn unreachable_is_critical_only_without_a_fresh_sample() {
        assert_eq!(Status::Unreachable.severity(true), Severity::Warning);
        assert_eq!(Status::Unreachable.severity(false), Severity::Critical);
    }

    #[test]
    fn only_a_key_that_was_accepted_can_be_revoked() {
        let status = |accepted| Status::after_failure(PollErrorKind::Unauthorized, accepted);
        assert_eq!((status(true), status(false)), (Status::Revoked, Status::Invalid));
    }

    #[test]
    fn a_daily_limit_that_is_reached_is_critical_and_takes_the_place_of_the_warning() {
        assert_eq!(Flag::DailyLimitReached.severity(), Severity::Critical);
        assert_eq!(Flag::DailyLimitNear.worse(), [Flag::DailyLimitReached]);
        assert_eq!(serde_json::to_string(&Flag::DailyLimitReached).unwrap(), "\"daily-limit-reached\"");
    }

    #[test]
    fn json_and_screen_use_the_same_words() {
        for status in Status::VARIANTS {
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{}\"", status.as_str()));
        }
        assert_eq!(serde_json::to_string(&Flag::CreditsOut).unwrap(), "\"credits-out\"");
        assert_eq!(serde_json::to_string(&Severity::Ok).unwrap(), "\"ok\"");
    }
}
