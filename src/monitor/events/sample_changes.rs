//! Changes from one answer for a key to the next, and from one key to another: events of the log that no status or flag
//! tells.

use std::ops::RangeInclusive;

use crate::domain::account::Account;
use crate::domain::limit::Limit;
use crate::domain::log_entry::{BalanceCause, EventFact, PlanChange};
use crate::domain::rotation;

/// Smaller rises, as parts of the allowance, are corrections.
const RISE_MIN: f64 = 0.02;
/// A rise to about the allowance fills the credits up, ...
const FILLED_UP: RangeInclusive<f64> = 0.98..=1.01;
/// ... if it is this part of the allowance at least: near the top, a balance that wobbles looks like it too.
const FILLED_UP_RISE_MIN: f64 = 0.05;

/// True when a fact contradicts the forecast of before, which knows nothing of it.
#[must_use]
pub fn is_of_credits(fact: &EventFact) -> bool {
    matches!(fact, EventFact::Balance { .. } | EventFact::Plan(PlanChange::Tier { .. } | PlanChange::Allowance { .. }))
}

/// The fact that the key that took the place of another answers for another account.
#[must_use]
pub fn other_account(before: &Account, after: &Account) -> Option<EventFact> {
    rotation::check_account(after, before).err()?;
    Some(EventFact::OtherAccount { old: before.into(), new: after.into() })
}

/// The facts that are news in an answer.
#[must_use]
pub fn changes(old: &Account, new: &Account) -> Vec<EventFact> {
    let tier = old.tier.clone().zip(new.tier.clone()).filter(|(old, new)| old != new);
    let allowance = old.monthly_allowance.zip(new.monthly_allowance).filter(|(old, new)| (old - new).abs() >= 1.0);
    let differing = |old: Limit, new: Limit| {
        let are_told = old != Limit::Unknown && new != Limit::Unknown;
        (are_told && old != new).then_some((old, new))
    };
    let minute = differing(old.requests_per_minute, new.requests_per_minute);
    let day = differing(old.requests_per_day, new.requests_per_day);
    let balance = balance(old, new, tier.is_some() || allowance.is_some());
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
fn balance(before: &Account, after: &Account, is_other_plan: bool) -> Option<EventFact> {
    let (from, to) = (before.credits_remaining, after.credits_remaining);
    let allowance = after.allowance();
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
