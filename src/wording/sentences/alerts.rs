//! The alerts of an environment, and who took note of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::names::word;
use crate::domain::alert::{Condition, Since};
use crate::domain::status::Flag;
use crate::monitor::snapshot::{AlertSnapshot, EnvironmentSnapshot};
use crate::wording::times;

/// The alerts that were told and are not over: `credits low seen at 14:05, rotate soon since 24 Nov`; `None` where
/// there is none.
#[must_use]
pub fn alerts(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let told = environment
        .alerts
        .iter()
        .map(|alert| format!("{} {}", word(alert.condition.as_str()), since(alert, now, zone)));
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
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

/// Acknowledgement of an alert: `acknowledged by ada 14:20`.
pub(super) fn acknowledged(alert: &AlertSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let seen = alert.acknowledged.as_ref()?;
    Some(format!("acknowledged by {} {}", seen.by, times::moment(seen.at, now, zone)))
}
