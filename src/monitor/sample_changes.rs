//! What changed between two answers, and between two moments: events of the log that no status or flag tells.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::effect::Effect;
use super::model::Monitor;
use crate::domain::api_key::Fingerprint;
use crate::domain::limit::Limit;
use crate::domain::log_entry::{BalanceCause, EventFact, EventKind, PlanChange};
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

impl Monitor {
    /// Tells what changed from one answer to the next. What the credits will come to is found anew then: the forecast of
    /// before knows nothing of it.
    pub(super) fn log_sample_changes(
        &mut self,
        fingerprint: Fingerprint,
        before: &Sample,
        after: &Sample,
        now: &Now,
        effects: &mut Vec<Effect>,
    ) {
        let facts = changes(before, after);
        let is_of_credits = facts.iter().any(|fact| {
            matches!(
                fact,
                EventFact::Balance { .. } | EventFact::Plan(PlanChange::Tier { .. } | PlanChange::Allowance { .. })
            )
        });
        if is_of_credits {
            self.forecasts.invalidate(fingerprint);
            self.ask_for_balances(fingerprint, now, effects);
        }
        let holders = self.environments.iter().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        let names: Vec<_> = holders.map(|state| state.watched.environment.name.clone()).collect();
        for fact in facts {
            let is_plan = fact.kind() == EventKind::Plan;
            let severity = if is_plan { Severity::Warning } else { Severity::Ok };
            for name in &names {
                self.log_event(name, severity, fact.clone(), now);
            }
        }
    }

    /// Tells when nothing was done for long, and when the clock was set. `due` is what was to be done first after
    /// `before`, the last moment that was heard of.
    pub(super) fn log_gaps(&mut self, before: &Now, due: Option<SignedDuration>, now: &Now) {
        let late = due.filter(|due| now.elapsed - *due >= GAP).map(|_| now.elapsed - before.elapsed);
        let set = now.wall.duration_since(before.wall) - (now.elapsed - before.elapsed);
        let set = (set.abs() >= CLOCK_SET).then_some(set);
        if let Some(by) = set {
            self.keys.values_mut().for_each(|key| key.clock_was_set(by));
        }
        for fact in late.map(EventFact::Slept).into_iter().chain(set.map(EventFact::ClockSet)) {
            self.log.log_for_all(Severity::Warning, fact, now);
        }
    }
}

fn changes(before: &Sample, after: &Sample) -> Vec<EventFact> {
    let (old, new) = (&before.account, &after.account);
    let tier = old.tier.clone().zip(new.tier.clone()).filter(|(old, new)| old != new);
    let allowance = old.monthly_allowance.zip(new.monthly_allowance).filter(|(old, new)| (old - new).abs() >= 1.0);
    let differing = |old: Limit, new: Limit| {
        let are_told = old != Limit::Unknown && new != Limit::Unknown;
        (are_told && old != new).then_some((old, new))
    };
    let minute = differing(old.requests_per_minute, new.requests_per_minute);
    let day = differing(old.requests_per_day, new.requests_per_day);
    let balance = balance(before, after, tier.is_some() || allowance.is_some());
    let plan = [
        tier.map(|(old, new)| PlanChange::Tier { old, new }),
        allowance.map(|(old, new)| PlanChange::Allowance { old, new }),
        minute.map(|(old, new)| PlanChange::MinuteLimit { old, new }),
        day.map(|(old, new)| PlanChange::DayLimit { old, new }),
    ];
    plan.into_iter().flatten().map(EventFact::Plan).chain(balance).collect()
}

/// A balance that is another for a reason that is no use: a rise is a reset only where the same plan was in force before
/// and is after. With another plan, a balance that is cut to its allowance is told too.
fn balance(before: &Sample, after: &Sample, is_other_plan: bool) -> Option<EventFact> {
    let (from, to) = (before.account.credits_remaining, after.account.credits_remaining);
    let allowance = after.account.allowance();
    let least = allowance.map_or(1.0, |allowance| (allowance * RISE_MIN).max(1.0));
    let rise = to - from;
    let is_cut =
        is_other_plan && -rise >= least && allowance.is_some_and(|allowance| from > allowance && to <= allowance);
    if rise < least && !is_cut {
        return None;
    }
    let is_filled_up = allowance
        .is_some_and(|allowance| FILLED_UP.contains(&(to / allowance)) && rise >= allowance * FILLED_UP_RISE_MIN);
    let cause = match (is_other_plan, is_filled_up) {
        (true, _) => BalanceCause::Plan,
        (false, true) => BalanceCause::Reset,
        (false, false) => BalanceCause::TopUp,
    };
    Some(EventFact::Balance { cause, from, to })
}
