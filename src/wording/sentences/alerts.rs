//! The alerts of an environment, and who took note of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::word;
use crate::monitor::report::{AlertReport, Report};
use crate::wording::times;

/// The alerts that were told and are not over: `credits low seen at 14:05, rotate soon since 24 Nov`; `None` where there is
/// none.
#[must_use]
pub fn alerts(report: &Report, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let told = report.alerts.iter().map(|alert| {
        let (name, since) = (word(alert.condition.as_str()), alert.since);
        // The age of a key is counted in days. Of all else only is known when it was seen first.
        match report.since(alert.condition) {
            Some(since) => format!("{name} since {}", times::date(since, now, zone)),
            None => format!("{name} seen at {}", times::moment(since, now, zone)),
        }
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Who took note of an alert, and when: `acknowledged by ada 14:20`.
pub(super) fn acknowledged(alert: &AlertReport, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let seen = alert.acknowledged.as_ref()?;
    Some(format!("acknowledged by {} {}", seen.by, times::moment(seen.at, now, zone)))
}
