//! Polls in words: when an environment is polled, and why then.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, IntervalLimit, PollInterval, PollReason};
use crate::wording::format;
use crate::wording::times;

/// A refused key that was left alone for so long is asked hourly from then on.
const HOURLY_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// The regular interval, and why where the key's limits decide: `every minute`, `every 7 min 12 s: 20 % of 1,000
/// requests a day`.
#[must_use]
pub fn poll_interval(interval: PollInterval) -> String {
    let every = match format::interval(interval.interval) {
        minute if minute == "1 min" => "every minute".to_owned(),
        interval => format!("every {interval}"),
    };
    match interval.limit {
        IntervalLimit::Target => every,
        IntervalLimit::Minute(share, limit) => {
            format!("{every}: {} of {} requests a minute", format::percent(share), format::count(limit))
        }
        IntervalLimit::Day(share, limit) => {
            format!("{every}: {} of {} requests a day", format::percent(share), format::count(limit))
        }
        IntervalLimit::EarlierCalls => format!("{every}: earlier calls took much of today's share"),
    }
}

/// Time of the next poll: `next at 14:36`, or why there is none.
#[must_use]
pub fn next_poll(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    if environment.polling {
        return "polling now".to_owned();
    }
    match (environment.next_poll.reason, environment.next_poll.at) {
        (PollReason::NoKey, _) => "no key to poll with".to_owned(),
        (PollReason::Paused, _) => "paused".to_owned(),
        (_, Some(at)) => match times::moment(at, now, zone) {
            clock if clock.len() == 5 => format!("next at {clock}"),
            day_and_clock => format!("next {day_and_clock}"),
        },
        (_, None) => "none planned".to_owned(),
    }
}

/// The regular interval and the next poll, or the next poll and why it keeps to no interval; `None` where a sentence
/// says so already.
#[must_use]
pub fn poll_schedule(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let next = next_poll(environment, now, zone);
    let why = match environment.next_poll.reason {
        _ if environment.polling => {
            return Some(format!("{}; {next}", poll_interval(environment.next_poll.poll_interval)));
        }
        PollReason::First | PollReason::Interval => {
            return Some(format!("{}; {next}", poll_interval(environment.next_poll.poll_interval)));
        }
        PollReason::Backoff => return Some(retried(environment, now, zone)),
        PollReason::RateLimited => "the service asked to wait",
        PollReason::Follow => "another process of yours polls this key, and its answers are shown here",
        PollReason::NoKey
        | PollReason::Paused
        | PollReason::Refresh
        | PollReason::Confirmation
        | PollReason::Refused
        | PollReason::Probe
        | PollReason::Reserve
        | PollReason::Budget
        | PollReason::UnknownLimits
        | PollReason::NoRequestLog
        | PollReason::NotPolled => return None,
    };
    Some(format!("{next}: {why}"))
}

/// `retrying at 18:54, then less and less often`
fn retried(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let then =
        if environment.status == Status::Forbidden { "until the call is allowed" } else { "then less and less often" };
    match environment.next_poll.at {
        Some(at) => format!("retrying at {}, {then}", times::moment(at, now, zone)),
        None => "none planned".to_owned(),
    }
}

/// Time at which a refused key is asked again: `checked again at 19:24, then hourly`.
pub(super) fn checked_again(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let Some(at) = environment.next_poll.at.filter(|_| !environment.polling) else {
        return "checked again now".to_owned();
    };
    let is_late = environment.failure_seen_at.is_some_and(|seen| at.duration_since(seen) >= HOURLY_AFTER);
    let then = if is_late { "then hourly" } else { "then less and less often" };
    format!("checked again at {}, {then}", times::moment(at, now, zone))
}
