//! Conditions in words: when one begins, while it holds, and when it is over, in the event log and in alerts.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::alert::{Condition, Observation, ObservationDetail, Since};
use crate::domain::status::{Flag, Status};
use crate::domain::time::{ClockDifference, ReportedTime};
use crate::wording::format;
use crate::wording::{request_errors, times};

/// Time from which on a condition is told with its beginning.
const NEW_FOR: SignedDuration = SignedDuration::from_mins(1);

/// A condition that holds: `credits low: 55 left`, `rotation overdue since 23 Nov`. It was noticed at `seen`.
#[must_use]
pub fn holds(observation: &Observation, seen: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let Observation { condition, since, detail } = observation;
    let date = |at: &Timestamp| times::date(*at, now, zone);
    let text = match (condition, detail) {
        (Condition::Flag(Flag::RotateOverdue), ObservationDetail::RotateBy(by)) => {
            return format!("rotation overdue since {}", date(by));
        }
        (Condition::Flag(Flag::RotateSoon), ObservationDetail::RotateBy(by)) => {
            return format!("rotation due soon, by {}", date(by));
        }
        (Condition::Flag(Flag::Stale), ObservationDetail::ReadAt(at)) => {
            return format!("numbers are old: read at {}", times::moment(*at, now, zone));
        }
        (Condition::Flag(Flag::CreditsLow | Flag::CreditsCritical), ObservationDetail::Credits { left, .. }) => {
            format!("{}: {} left", name(*condition), format::credits(*left))
        }
        (_, ObservationDetail::Requests { left, limit }) => {
            format!("{}: {} of {}", name(*condition), format::whole(*left), format::count(*limit))
        }
        (_, ObservationDetail::SharedWith(others)) if !others.is_empty() => {
            format!("has the same key as {}", others.join(", "))
        }
        (_, ObservationDetail::Skew(skew)) => clocks(ClockDifference::Date(*skew)),
        (_, ObservationDetail::Clocks(difference)) => clocks(*difference),
        (_, ObservationDetail::Poll(cause)) => request_errors::clause(cause),
        (Condition::Outage, ObservationDetail::Outage(cause)) => {
            format!("{}: {}", name(*condition), request_errors::clause(cause))
        }
        (_, ObservationDetail::Key(failure)) => failure.to_string().trim_end_matches('.').to_owned(),
        _ => name(*condition).to_owned(),
    };
    match since {
        Since::Fact(at) if seen.duration_since(*at) >= NEW_FOR => {
            format!("{text}, since {}", times::moment(*at, now, zone))
        }
        _ => text,
    }
}

/// Difference between this machine's clock and the service's: `this machine's clock is 7 min behind the service's`.
#[must_use]
pub fn clocks(difference: ClockDifference) -> String {
    match difference {
        ClockDifference::Date(skew) => {
            let direction = if skew.is_negative() { "ahead of" } else { "behind" };
            format!("this machine's clock is {} {direction} the service's", times::length(skew.abs()))
        }
        ClockDifference::Told(what, by) => {
            let what = match what {
                ReportedTime::Poll => "the time of the last answer",
                ReportedTime::Use => "the last use of the key",
                ReportedTime::Creation => "the creation of the key",
            };
            format!("{what} is {} of this machine's clock", times::ahead(by))
        }
    }
}

/// A condition by itself: `rotation overdue`.
#[must_use]
pub fn name(condition: Condition) -> &'static str {
    match condition {
        Condition::Flag(flag) => match flag {
            Flag::CreditsOut => "out of credits",
            Flag::CreditsCritical => "credits critical",
            Flag::CreditsLow => "credits low",
            Flag::RotateOverdue => "rotation overdue",
            Flag::RunsOutBeforeReset => "credits run out before the refill",
            Flag::RotateSoon => "rotation due soon",
            Flag::DailyLimitNear => "few requests left today",
            Flag::DailyLimitReached => "no requests left today",
            Flag::Stale => "numbers are old",
            Flag::SharedKey => "shares its key with another environment",
            Flag::ClockSkew => "this machine's clock differs from the service's",
        },
        Condition::Status(status) => match status {
            Status::Active => "active",
            Status::Waiting => "not polled yet",
            Status::NoKey => "no key",
            Status::KeyUnavailable => "the key can't be read",
            Status::Revoked => "the key was revoked or has expired",
            Status::Invalid => "the service does not know the key",
            Status::Forbidden => "the service forbids the call",
            Status::RateLimited => "the service asks to wait",
            Status::Unreachable => "the service can't be reached",
        },
        Condition::Outage => "no environment can be reached",
        Condition::Offline => "no environment can be reached: this machine seems to be offline",
        Condition::AllRefused => "the service refuses every key (401)",
    }
}

/// That a condition holds no more: `rotated in time again`.
#[must_use]
pub fn over(condition: Condition) -> &'static str {
    match condition {
        Condition::Flag(flag) => match flag {
            Flag::CreditsOut => "credits are back",
            Flag::CreditsCritical => "credits no longer critical",
            Flag::CreditsLow => "credits no longer low",
            Flag::RotateOverdue => "rotated in time again",
            Flag::RunsOutBeforeReset => "credits last until the refill again",
            Flag::RotateSoon => "rotation no longer due soon",
            Flag::DailyLimitNear => "enough requests left again",
            Flag::DailyLimitReached => "requests are left again",
            Flag::Stale => "numbers are fresh again",
            Flag::SharedKey => "has a key of its own again",
            Flag::ClockSkew => "clock is right again",
        },
        Condition::Status(status) => match status {
            Status::Active | Status::Waiting => "active again",
            Status::NoKey => "has a key again",
            Status::KeyUnavailable => "the key can be read again",
            Status::Revoked | Status::Invalid => "the key is no longer refused (401)",
            Status::Forbidden => "the call is no longer forbidden (403)",
            Status::RateLimited => "the service no longer asks to wait",
            Status::Unreachable => "reached again",
        },
        Condition::Outage | Condition::Offline => "the service was reached again",
        Condition::AllRefused => "the service accepts keys again",
    }
}
