//! What changed between two answers, and between two moments: events of the log that no status or flag tells.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::model::Monitor;
use crate::domain::api_key::Fingerprint;
use crate::domain::format;
use crate::domain::limit::Limit;
use crate::domain::log_entry::{EventKind, LogEntry};
use crate::domain::sample::Sample;
use crate::domain::status::Severity;
use crate::domain::time::Now;

/// Something that fell due so long ago was held back: the machine slept, or the program stood still.
const GAP: SignedDuration = SignedDuration::from_mins(3);
/// The wall clock was set when it went so much faster or slower than time.
const CLOCK_SET: SignedDuration = SignedDuration::from_mins(1);
/// Smaller rises, as parts of the allowance, are corrections.
const RISE_MIN: f64 = 0.02;
/// A rise to about the allowance fills the credits up, ...
const FILLED_UP: RangeInclusive<f64> = 0.98..=1.01;
/// ... if it is this part of the allowance at least: near the top, a balance that wobbles looks like it too.
const FILLED_UP_RISE_MIN: f64 = 0.05;

/// What changed, as one plain sentence.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    kind: EventKind,
    severity: Severity,
    text: String,
}

impl Monitor {
    /// Tells what changed from one answer to the next.
    pub(super) fn tell_changes(&mut self, fingerprint: Fingerprint, before: &Sample, after: &Sample, now: &Now) {
        let holders = self.environments.iter().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        let names: Vec<_> = holders.map(|state| state.watched.environment.name.clone()).collect();
        for Change { kind, severity, text } in changes(before, after) {
            for name in &names {
                self.tell(name, kind, severity, text.clone(), now);
            }
        }
    }

    /// Tells when nothing was done for long, and when the clock was set. `due` is what was to be done first after
    /// `before`, the last moment that was heard of.
    pub(super) fn tell_gaps(&mut self, before: &Now, due: Option<SignedDuration>, now: &Now) {
        let late = due.filter(|due| now.elapsed - *due >= GAP).map(|_| now.elapsed - before.elapsed);
        let set = now.wall.duration_since(before.wall) - (now.elapsed - before.elapsed);
        let slept = late.map(|late| {
            let late = format::interval(late);
            format!("nothing is known of the last {late}: this machine slept, or the program stood still")
        });
        let set = (set.abs() >= CLOCK_SET).then(|| {
            let way = if set.is_positive() { "forward" } else { "back" };
            format!("this machine's clock was put {way} by {}", format::interval(set.abs()))
        });
        for text in slept.into_iter().chain(set) {
            let (at, severity) = (now.wall, Severity::Warning);
            self.log.push(LogEntry { at, environment: None, severity, kind: EventKind::Gap, text });
        }
    }
}

fn changes(before: &Sample, after: &Sample) -> Vec<Change> {
    let (old, new) = (&before.account, &after.account);
    let plan =
        |text: Option<String>| text.map(|text| Change { kind: EventKind::Plan, severity: Severity::Warning, text });
    let tier = old.tier.as_ref().zip(new.tier.as_ref()).filter(|(old, new)| old != new);
    let tier = tier.map(|(old, new)| format!("the tier is {new} now; it was {old}"));
    let allowance = old.monthly_allowance.zip(new.monthly_allowance).filter(|(old, new)| (old - new).abs() >= 1.0);
    let allowance = allowance.map(|(old, new)| {
        format!("the allowance is {} a month now; it was {}", format::credits(new), format::credits(old))
    });
    let limit = |old: Limit, new: Limit, window| {
        let told = |limit| match limit {
            Limit::Unknown => None,
            Limit::Unlimited => Some((format!("there is no limit per {window} now"), "no limit".to_owned())),
            Limit::Of(number) => {
                let number = format::count(number);
                Some((format!("limit is now {number} requests a {window}"), number))
            }
        };
        let ((_, old), (new, _)) = told(old).zip(told(new)).filter(|_| old != new)?;
        Some(format!("{new} (was {old})"))
    };
    let minute = limit(old.requests_per_minute, new.requests_per_minute, "minute");
    let day = limit(old.requests_per_day, new.requests_per_day, "day");
    rise(before, after).into_iter().chain([tier, allowance, minute, day].into_iter().filter_map(plan)).collect()
}

fn rise(before: &Sample, after: &Sample) -> Option<Change> {
    let (old, new) = (before.account.credits_remaining, after.account.credits_remaining);
    let allowance = after.account.allowance();
    let rise = new - old;
    if rise < allowance.map_or(1.0, |allowance| (allowance * RISE_MIN).max(1.0)) {
        return None;
    }
    let is_filled_up = allowance
        .is_some_and(|allowance| FILLED_UP.contains(&(new / allowance)) && rise >= allowance * FILLED_UP_RISE_MIN);
    let (kind, text) = if is_filled_up {
        (EventKind::Reset, format!("credits filled up to {}; {} were left", format::credits(new), format::credits(old)))
    } else {
        (EventKind::TopUp, format!("credits rose by {}, to {}", format::credits(rise), format::credits(new)))
    };
    Some(Change { kind, severity: Severity::Ok, text })
}
