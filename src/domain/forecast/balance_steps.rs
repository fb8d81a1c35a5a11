//! Steps from one balance to the next, judged by the allowance that was in force then.

use jiff::{SignedDuration, Timestamp};

use super::units::{earlier, in_days};
use crate::domain::exact::EXACT_MAX;
use crate::domain::sample::CreditsPoint;

/// Balance and allowance may be told of a change of plan this much apart.
const PLAN_SETTLES: SignedDuration = SignedDuration::from_hours(1);
/// Allowances that differ by less than this part are the same.
const ALLOWANCE_NOISE: f64 = 1e-3;
/// A balance from this part of the allowance on is filled up: some may be used before the next sample.
pub(super) const FULL_FROM: f64 = 0.9;
/// A balance up to this part of the allowance holds nothing beside it.
pub(super) const FULL_TO: f64 = 1.01;
/// A fall from beyond the allowance by this part of it, straight down to it, is a cut.
const CUT_MIN: f64 = 0.05;
/// Down to this part of the allowance.
const CUT_FROM: f64 = 0.98;

/// From one balance to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct BalanceStep {
    pub from: CreditsPoint,
    pub to: CreditsPoint,
    /// Credits a month that were allowed at its end, above 0; one that was not told is that from before, or else the
    /// first that was.
    pub allowance: Option<f64>,
    /// True when the plan changed meanwhile, or about that time.
    pub changes_plan: bool,
}

impl BalanceStep {
    /// The steps between balances, oldest first.
    pub fn all(points: &[CreditsPoint]) -> Vec<Self> {
        let told = |point: &CreditsPoint| {
            point.allowance.filter(|allowance| (f64::MIN_POSITIVE..=EXACT_MAX).contains(allowance))
        };
        let mut known = points.iter().find_map(told);
        let mut changes = Vec::new();
        let mut steps = Vec::with_capacity(points.len().saturating_sub(1));
        for pair in points.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let new = told(&to).or(known);
            if known.zip(new).is_some_and(|(old, new)| (old - new).abs() > ALLOWANCE_NOISE * old) {
                changes.push((from.at, to.at));
            }
            known = new;
            steps.push(Self { from, to, allowance: known, changes_plan: false });
        }
        for (began, ended) in changes {
            let began = earlier(began, PLAN_SETTLES);
            let ended = ended.saturating_add(PLAN_SETTLES).unwrap_or(Timestamp::MAX);
            let about = steps.iter_mut().filter(|step| step.to.at > began && step.from.at < ended);
            about.for_each(|step| step.changes_plan = true);
        }
        steps
    }

    /// Rise of the balance, in credits; below 0 where it fell.
    pub fn rise(&self) -> f64 {
        self.to.credits - self.from.credits
    }

    /// Its length, in days.
    pub fn length(&self) -> f64 {
        in_days(self.to.at.duration_since(self.from.at))
    }

    /// Credits used, as far as the balances tell: nothing is known where it rose, where the plan changed, and where
    /// what was beyond the allowance was taken away.
    pub fn used(&self) -> Option<f64> {
        let is_known = self.rise() <= 0.0 && self.length() > 0.0 && !self.changes_plan && !self.is_cut();
        is_known.then(|| -self.rise())
    }

    /// The balance at its end, as a part of the allowance.
    pub fn level(&self) -> Option<f64> {
        self.allowance.map(|allowance| self.to.credits / allowance)
    }

    /// True when the balance rose by this part of the allowance at least, to about the allowance or beyond, under one
    /// plan.
    pub fn fills_up(&self, rise_min: f64) -> bool {
        !self.changes_plan
            && self.allowance.is_some_and(|allowance| self.rise() >= rise_min * allowance)
            && self.level().is_some_and(|level| level >= FULL_FROM)
    }

    fn is_cut(&self) -> bool {
        self.allowance.is_some_and(|allowance| {
            self.from.credits >= (1.0 + CUT_MIN) * allowance
                && (CUT_FROM..=1.0).contains(&(self.to.credits / allowance))
        })
    }
}
