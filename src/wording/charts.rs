//! Words of the chart: what stands in its place, and above its bars.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{format, times};

/// Text in the place of a chart without a sample since `start`; `last` is the newest there is:
/// `no samples in 7 days; the last is of 28 Oct`.
#[must_use]
pub fn without_samples(
    range: &str,
    start: Timestamp,
    last: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    match last {
        Some(at) if at < start => {
            format!("no samples in {range}; the last is of {}", times::date(at, now, zone))
        }
        Some(_) => "no history yet".to_owned(),
        None => "no samples yet".to_owned(),
    }
}

/// Heading of the bars of a day or an hour: `credits per day`, and what there is of today: `43 so far today`.
#[must_use]
pub fn credits_spent(hourly: bool, today: Option<f64>) -> (&'static str, Option<String>) {
    if hourly {
        ("credits per hour", None)
    } else {
        ("credits per day", today.map(|today| format!("{} so far today", format::credits(today.round()))))
    }
}

/// Headings of the bars of requests: those of others, and those of this monitor.
pub const REQUESTS: [&str; 2] = ["requests per hour by your apps", "by this monitor"];
