//! Alerts in words, for all sinks.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::conditions;
use crate::domain::alert::{Condition, Notification, NotificationContent, ResolvedReason};
use crate::wording::format;

/// One plain sentence without the name of the environment: `credits no longer low, after 3 h`.
#[must_use]
pub fn notification(notification: &Notification, zone: &TimeZone) -> String {
    let now = notification.at;
    match &notification.news {
        NotificationContent::Raised(observation) => conditions::holds(observation, now, now, zone),
        NotificationContent::Reminder(observation, held) => {
            // For how long is said once.
            let text = conditions::holds(observation, observation.since.at(), now, zone);
            format!("{text}, for {} now", lasted(*held))
        }
        NotificationContent::Resolved { condition, end, rest, .. } => {
            let text = ended(*condition, *end, notification);
            match rest {
                Some(rest) => format!("{text}; {}", conditions::holds(rest, rest.since.at(), now, zone)),
                None => text,
            }
        }
        NotificationContent::Test(_) => "Alerts of trackyard-tui arrive here.".to_owned(),
    }
}

fn ended(condition: Condition, end: ResolvedReason, notification: &Notification) -> String {
    let name = conditions::name(condition);
    match end {
        ResolvedReason::Over(after) => format!("{}, after {}", conditions::over(condition), lasted(after)),
        ResolvedReason::KeyRemoved(after) => format!("{name}: ended after {}, the key was removed", lasted(after)),
        ResolvedReason::NoKey(after) => format!("{name}: ended after {}, no source has a key any more", lasted(after)),
        ResolvedReason::Muted => format!("{name}: muted in the configuration"),
        ResolvedReason::Unconfigured => match &notification.environment {
            Some(environment) => format!("{name}: {} is not in the configuration any more", environment.name),
            None => format!("{name}: it is not looked at any more"),
        },
    }
}

/// Length of time that something was: `45 s`, `7 min`, `2 h`.
fn lasted(duration: SignedDuration) -> String {
    if duration.as_mins() < 1 { format::interval(duration) } else { format::age(duration) }
}
