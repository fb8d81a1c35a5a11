//! The alerts of an environment, and who took note of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::names::{environment_name, word};
use crate::domain::alert::{Condition, Since};
use crate::domain::environment::EnvironmentName;
use crate::domain::status::{Flag, Severity};
use crate::monitor::snapshot::{AlertSnapshot, EnvironmentSnapshot};
use crate::wording::times;

/// The alerts that were told and are not over: `credits low seen at 14:05, rotate soon since 24 Nov`; `None` where
/// there is none.
#[must_use]
pub fn alerts(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let told: Vec<_> = environment.alerts.iter().map(|alert| began(alert, now, zone)).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// An alert, and who took note of it: `rotate overdue since 16 Nov, acknowledged by ada 14:20 (new key on Monday)`.
#[must_use]
pub fn alert_sentence(alert: &AlertSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let acknowledged = acknowledged(alert, now, zone).map(|seen| format!(", {seen}")).unwrap_or_default();
    format!("{}{acknowledged}", began(alert, now, zone))
}

/// Reason why there is nothing to acknowledge.
#[must_use]
pub fn nothing_to_acknowledge(environment: &EnvironmentSnapshot) -> String {
    let name = environment_name(&environment.environment.name);
    if environment.severity == Severity::Ok {
        format!("{name}: nothing to acknowledge, there is no alert")
    } else {
        format!("{name}: no alert was sent for this yet, it has to last a while first")
    }
}

/// `PROD: acknowledged, no reminders follow`
#[must_use]
pub fn acknowledgement_changed(name: &EnvironmentName, is_given: bool) -> String {
    let name = environment_name(name);
    if is_given {
        format!("{name}: acknowledged, no reminders follow")
    } else {
        format!("{name}: acknowledgement taken back, reminders follow")
    }
}

/// `credits low seen at 14:05`
fn began(alert: &AlertSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    format!("{} {}", word(alert.condition.as_str()), since(alert, now, zone))
}

/// Beginning of an alert, or the moment at which it was seen first: `since 23 Nov 14:05`, `seen at 14:05`.
fn since(alert: &AlertSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let moment = times::moment(alert.since.at(), now, zone);
    match alert.since {
        // The age of a key is counted in days.
        Since::Fact(at) if matches!(alert.condition, Condition::Flag(Flag::RotateSoon | Flag::RotateOverdue)) => {
            format!("since {}", times::date(at, now, zone))
        }
        Since::Fact(_) => format!("since {moment}"),
        Since::Seen(_) if moment.starts_with(|first: char| first.is_ascii_digit()) && !moment.contains(' ') => {
            format!("seen at {moment}")
        }
        Since::Seen(_) => format!("seen {moment}"),
    }
}

/// Acknowledgement of an alert: `acknowledged by ada 14:20 (refill ordered)`.
pub(super) fn acknowledged(alert: &AlertSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let seen = alert.acknowledged.as_ref()?;
    let note = seen.note.as_ref().map(|note| format!(" ({})", note.as_str())).unwrap_or_default();
    Some(format!("acknowledged by {} {}{note}", seen.by, times::moment(seen.at, now, zone)))
}
