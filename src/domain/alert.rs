//! What is worth telling someone who does not look at the screen.

mod notification;
mod observation;
mod quiet_hours;
mod record;

use std::fmt;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::status::{Flag, Severity, Status};

pub use notification::{NotificationContent, ResolvedReason};
pub use observation::{Observation, ObservationDetail, Since};
pub use record::{Acknowledgement, AlertChange, AlertRecord, AlertWriteOutcome};

/// What an alert is about.
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
    /// Every condition that an alert can be about: each flag, each status but `waiting`, `active` and `no-key`, the loss of
    /// the service or the network, and the refusal of all keys.
    pub fn all() -> impl Iterator<Item = Self> {
        let statuses = Status::ALL.into_iter();
        let statuses = statuses.filter(|status| !matches!(status, Status::Waiting | Status::Active | Status::NoKey));
        statuses.map(Self::Status).chain(Flag::ALL.into_iter().map(Self::Flag)).chain([
            Self::Outage,
            Self::Offline,
            Self::AllRefused,
        ])
    }

    /// Whether it is a fault of all environments at once, and not of one.
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

    /// What the conditions have in common that one alert goes through as things get worse or better: `credits`,
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

/// Why a notification is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationKind {
    /// The condition holds.
    Raised,
    /// It still holds, and nobody has acknowledged it.
    Reminder,
    /// It is over.
    Resolved,
    /// Nothing happened: the operator tries a sink.
    Test,
}

impl NotificationKind {
    /// The word for it in a notification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

/// What is sent to the sinks. Nothing of a key is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// When it was decided on.
    pub at: Timestamp,
    /// Which environment; `None` for all of them.
    pub environment: Option<Environment>,
    /// How bad it is; [`Severity::Ok`] once it is over.
    pub severity: Severity,
    /// What it tells.
    pub news: NotificationContent,
}

/// When alerts are raised, told again and resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRules {
    /// A condition is told once it has held for so long, and is over once it has not held for so long.
    pub minimum_duration: SignedDuration,
    /// What still holds and was not acknowledged is told again after this; `None` is never.
    pub remind_after: Option<SignedDuration>,
    /// When only what is critical is told at once; the rest waits for their end.
    pub quiet_hours: Option<QuietHours>,
    /// What raises no alert in any environment.
    pub muted: Vec<Condition>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self {
            minimum_duration: SignedDuration::from_mins(2),
            remind_after: Some(SignedDuration::from_hours(24)),
            quiet_hours: None,
            muted: Vec::new(),
        }
    }
}

/// A time of each day.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietHours {
    /// When they begin.
    pub from: Time,
    /// When they are over; on the next day where that is earlier than the beginning.
    pub until: Time,
    /// Where.
    pub zone: TimeZone,
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
