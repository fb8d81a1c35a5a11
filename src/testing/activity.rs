//! Activity of keys, as `/usage` tells it.

use jiff::SignedDuration;

use super::minutes_ago;
use crate::domain::activity::{ActivityRecord, HourlyCalls, UsageSummary, UsageTotal, hour};
use crate::domain::error::{PollError, RequestError};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::monitor::usage::{ActivityError, ActivitySnapshot};

fn total(calls: u64, errors: u64, credits: f64, mean: i64) -> UsageTotal {
    let mean = SignedDuration::from_millis(mean);
    let response_time = mean * i32::try_from(calls).unwrap();
    UsageTotal { calls, errors, credits, timed: calls, response_time, slowest: mean * 9 }
}

/// Calls of three endpoints, and those of this monitor; `times` as many as in a day.
fn summary(times: u64) -> UsageSummary {
    let credits = f64::from(u32::try_from(times).unwrap());
    let others = [
        ("/search", false, total(402 * times, 2, 400.0 * credits, 145)),
        ("/download-track", false, total(9 * times, 1, 8.0 * credits, 1_240)),
        ("not told", false, UsageTotal { calls: 1, ..UsageTotal::default() }),
        ("/me", true, total(170 * times, 0, 0.0, 88)),
        ("/usage", true, total(30 * times, 0, 0.0, 103)),
    ];
    UsageSummary::new(others.map(|(endpoint, own, total)| (endpoint.to_owned(), own, total)))
}

/// Calls of 90 days: more of them by day, and none by others at weekends.
fn hours() -> Vec<HourlyCalls> {
    let calls = |hour: i64| {
        let is_weekend = matches!((hour.div_euclid(24) + 3).rem_euclid(7), 5 | 6);
        let others = if is_weekend { 0 } else { 40u64.saturating_sub(hour.rem_euclid(24).abs_diff(14) * 4) };
        HourlyCalls { hour, others, own: 7 }
    };
    let now = hour(minutes_ago(4));
    (now - 90 * 24..=now).map(calls).collect()
}

/// An environment with activity that was read three minutes ago, whole.
pub(crate) fn busy(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let record = ActivityRecord {
        read_at: Some(minutes_ago(3)),
        read_until: Some(minutes_ago(4)),
        known_from: Some(minutes_ago(60 * 24 * 90)),
        last_other: environment.others_use.map(|used| used.at),
        summaries: [summary(1), summary(7), summary(30), summary(90)],
        hours: hours(),
    };
    EnvironmentSnapshot {
        activity: ActivitySnapshot { record: Some(record), ..ActivitySnapshot::default() },
        ..environment
    }
}

/// An environment whose activity is known in part.
pub(crate) fn partly_known(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let mut environment = busy(environment);
    if let Some(record) = &mut environment.activity.record {
        record.known_from = Some(minutes_ago(60 * 20));
    }
    environment.activity.error = Some(ActivityError::OverBudget);
    environment.activity.next_at = Some(minutes_ago(-90));
    environment
}

/// An environment whose key's activity can't be read.
pub(crate) fn without_usage(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let why =
        PollError::new(RequestError::Status { status: 404, said: Some("There is no such endpoint".into()) }, true);
    let trouble = Some(ActivityError::NotAvailable(why));
    let record = Some(ActivityRecord::default());
    EnvironmentSnapshot {
        activity: ActivitySnapshot { record, error: trouble, ..ActivitySnapshot::default() },
        ..environment
    }
}
