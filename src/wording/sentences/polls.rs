//! When an environment is polled, and why then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::format;
use crate::domain::status::Status;
use crate::monitor::report::{Pace, PaceLimit, PollReason, Report};
use crate::wording::times;

/// The regular interval and why: `every 7 min 12 s: 20 % of 1,000 requests a day`.
#[must_use]
pub fn pace(pace: Pace) -> String {
    let why = match pace.limit {
        PaceLimit::Target => "the interval aimed at".to_owned(),
        PaceLimit::Minute(share, limit) => {
            format!("{} of {} requests a minute", format::percent(share), format::count(limit))
        }
        PaceLimit::Day(share, limit) => {
            format!("{} of {} requests a day", format::percent(share), format::count(limit))
        }
        PaceLimit::EarlierCalls => "earlier calls took much of today's share".to_owned(),
    };
    format!("every {}: {why}", format::interval(pace.interval))
}

/// When the next poll is: `next at 14:36`, or why there is none.
#[must_use]
pub fn next_poll(report: &Report, now: Timestamp, zone: &TimeZone) -> String {
    if report.polling {
        return "polling now".to_owned();
    }
    match (report.next_poll.reason, report.next_poll.at) {
        (PollReason::NoKey, _) => "no key to poll with".to_owned(),
        (PollReason::Paused, _) => "paused".to_owned(),
        (_, Some(at)) => match times::moment(at, now, zone) {
            clock if clock.len() == 5 => format!("next at {clock}"),
            day_and_clock => format!("next {day_and_clock}"),
        },
        (_, None) => "none planned".to_owned(),
    }
}

/// The regular interval and the next poll, or the next poll and why it keeps to no interval:
/// `next at 14:47: the service asked to wait`.
#[must_use]
pub fn polled(report: &Report, now: Timestamp, zone: &TimeZone) -> String {
    let next = next_poll(report, now, zone);
    match held_back(report) {
        Some(why) if !report.polling => format!("{next}: {why}"),
        _ => format!("{}; {next}", pace(report.next_poll.pace)),
    }
}

/// Why the next poll does not follow at the regular interval.
fn held_back(report: &Report) -> Option<&'static str> {
    match report.next_poll.reason {
        PollReason::NoKey | PollReason::First | PollReason::Interval => None,
        PollReason::Paused => Some("timed polls wait until they are resumed"),
        PollReason::Refresh => Some("per-minute limit reached"),
        PollReason::Confirmation => Some("a second try confirms the refusal"),
        PollReason::Refused => Some("asked again until the key changes"),
        PollReason::Probe => Some("whether every key fares alike is looked into"),
        PollReason::RateLimited => Some("the service asked to wait"),
        PollReason::Backoff if report.status == Status::Forbidden => Some("tried again until the call is allowed"),
        PollReason::Backoff => Some("tried ever more seldom until the service answers"),
        PollReason::Reserve if !report.flags.iter().any(|flag| flag.is_of_daily_limit()) => {
            Some("few requests were left")
        }
        PollReason::Reserve => Some("few requests left today"),
        PollReason::Budget => Some("own share of today is used up"),
        PollReason::UnknownLimits => Some("the key's limits are not known yet"),
        PollReason::NoLedger => Some("calls can be counted nowhere, so only what you ask for is asked"),
        PollReason::Follow => Some("another process of yours asks, and its answers are taken over"),
    }
}
