//! The lines of the event log, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sentences::key_name;
use super::{conditions, history_errors, sink_errors, times};
use crate::domain::activity::UsageAnomaly;
use crate::domain::alert::Condition;
use crate::domain::api_key::KeyIdentity;
use crate::domain::limit::Limit;
use crate::domain::log_entry::{BalanceCause, EventFact, LogEntry, PlanChange, RefusalsEnd};
use crate::domain::rotation::RotationStage;
use crate::domain::text::sanitise;
use crate::wording::format;

/// The longest line, in characters.
const LENGTH_MAX: usize = 600;

/// Text in the place of a log without an event.
pub const NONE: &str = "no events yet";
/// Text in the place of the events of a log that are shown.
pub const NONE_SHOWN: &str = "no such events";

/// Event as one plain sentence, safe to show: `credits rose by 50, to 272`.
#[must_use]
pub fn event(entry: &LogEntry, now: Timestamp, zone: &TimeZone) -> String {
    let text = match &entry.fact {
        EventFact::Began(observation) => conditions::holds(observation, entry.at, now, zone),
        EventFact::Accepted { again: true } => "active again".to_owned(),
        EventFact::Accepted { again: false } => "active".to_owned(),
        EventFact::NoKey { removed: true } => "the key was removed".to_owned(),
        EventFact::NoKey { removed: false } => "no source has a key".to_owned(),
        EventFact::FlagOver(flag) => conditions::over(Condition::Flag(*flag)).to_owned(),
        EventFact::Snoozed { until } => format!("rotation reminder snoozed until {}", times::date(*until, now, zone)),
        EventFact::Reached => conditions::over(Condition::Offline).to_owned(),
        EventFact::RefusalsOver(RefusalsEnd::Accepted) => conditions::over(Condition::AllRefused).to_owned(),
        EventFact::RefusalsOver(RefusalsEnd::Lasted) => {
            "the service has refused every key for long: they count as revoked".to_owned()
        }
        EventFact::History(Some(failure)) => history_errors::sentence_and_remedy(failure),
        EventFact::History(None) => "samples are stored again".to_owned(),
        EventFact::Unreadable(tables) => {
            format!("some of the history can't be read and is left out: {}", history_errors::tables(tables))
        }
        EventFact::PutAside(sink) => {
            format!("a notification for the {sink} is damaged in the history, and was put aside")
        }
        EventFact::Slept(late) => {
            let late = times::length(*late);
            format!("nothing is known of the last {late}: this machine slept, or the program stood still")
        }
        EventFact::ClockSet(by) => {
            let way = if by.is_positive() { "forward" } else { "back" };
            format!("this machine's clock was put {way} by {}", times::length(by.abs()))
        }
        EventFact::OtherAccount { old, new } => {
            format!("this key answers for another account: {new}, where the old one has {old}")
        }
        EventFact::Rotation { stage, old, ending } => {
            let old = old.map(|fingerprint| KeyIdentity { fingerprint, ending: ending.clone() });
            let old = old.map(|old| format!(" ({})", key_name(&old))).unwrap_or_default();
            rotation(*stage, &old)
        }
        EventFact::Balance { cause, from, to } => balance(*cause, *from, *to),
        EventFact::Plan(change) => plan_change(change),
        EventFact::Unusual(unusual) => self::unusual(unusual),
        EventFact::Acknowledged { condition, by, note } => {
            let note = note.as_ref().map(|note| format!(" ({})", note.as_str())).unwrap_or_default();
            format!("{}, acknowledged by {by}{note}", conditions::name(*condition))
        }
        EventFact::Unacknowledged { condition, by } => {
            format!("{}, acknowledgement taken back by {by}", conditions::name(*condition))
        }
        EventFact::Sink(sink, Some(failure)) => format!("alerts by {sink} fail: {}", sink_errors::sentence(failure)),
        EventFact::Sink(sink, None) => format!("alerts by {sink} are taken again"),
        EventFact::Earlier { text, .. } => text.clone(),
    };
    sanitise(&text, LENGTH_MAX)
}

fn rotation(stage: Option<RotationStage>, old: &str) -> String {
    match stage {
        None => "the rotation of its key was ended elsewhere".to_owned(),
        Some(RotationStage::Started) => "rotation of its key under way: a new one is to be made".to_owned(),
        Some(RotationStage::Promoting) => "the new key is being put in place".to_owned(),
        Some(RotationStage::Watching) => {
            format!("the new key is in use; the old one{old} is watched until it is revoked")
        }
        Some(RotationStage::RollingBack) => "the old key is being put back".to_owned(),
        Some(RotationStage::RolledBack) => format!("rolled back: the old key{old} is in use again"),
        Some(RotationStage::Abandoning) => "the rotation is being given up".to_owned(),
        Some(RotationStage::Erasing) => format!("the old key{old} is refused, and is being erased"),
        Some(RotationStage::Completed) => format!("rotation completed: the old key{old} is refused, and erased here"),
        Some(RotationStage::Abandoned) => "rotation given up".to_owned(),
    }
}

fn balance(cause: BalanceCause, from: f64, to: f64) -> String {
    let (by, left) = (format::credits((to - from).abs()), format::credits(to));
    let way = if to < from { "fell" } else { "rose" };
    match cause {
        BalanceCause::Reset => format!("credits filled up: {way} by {by}, to {left}"),
        BalanceCause::TopUp => format!("credits {way} by {by}, to {left}"),
        BalanceCause::Plan => format!("credits {way} by {by}, to {left}, with the new plan"),
    }
}

fn plan_change(change: &PlanChange) -> String {
    let limit = |window, old: &Limit, new: &Limit| {
        let was = match old {
            Limit::Of(number) => format::count(*number),
            Limit::Unlimited | Limit::Unknown => "no limit".to_owned(),
        };
        match new {
            Limit::Of(number) => format!("limit is now {} requests a {window} (was {was})", format::count(*number)),
            Limit::Unlimited | Limit::Unknown => format!("there is no limit per {window} now (was {was})"),
        }
    };
    match change {
        PlanChange::Tier { old, new } => format!("tier is now {new} (was {old})"),
        PlanChange::Allowance { old, new } => {
            format!("allowance is now {} credits a month (was {})", format::credits(*new), format::credits(*old))
        }
        PlanChange::MinuteLimit { old, new } => limit("minute", old, new),
        PlanChange::DayLimit { old, new } => limit("day", old, new),
    }
}

fn unusual(unusual: &UsageAnomaly) -> String {
    let clock = |hour: &i64| {
        let from = hour.rem_euclid(24);
        format!("{from:02}:00 and {:02}:00 UTC", (from + 1) % 24)
    };
    match unusual {
        UsageAnomaly::FirstCall { endpoint } => format!("first call of {endpoint} with this key"),
        UsageAnomaly::UnusedHour { hour, calls } => {
            format!("{calls} calls between {}, an hour in which it was never used", clock(hour))
        }
        UsageAnomaly::BusyHour { hour, calls, most } => {
            format!("{calls} calls between {}, where there were {most} at most before", clock(hour))
        }
    }
}

#[cfg(test)]
mod tests;
