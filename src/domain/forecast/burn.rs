//! Burn: the rate at which credits are used.

use jiff::{SignedDuration, Timestamp};

use super::balance_steps::BalanceStep;
use super::reset_day::Reset;
use super::units::{earlier, in_days};
use crate::domain::sample::CreditsPoint;
use crate::domain::time::DAY;

/// Longest window over which use is summed up.
pub const PAST: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Days of the past that are the model for the future, the newest above all.
const MODEL_DAYS: i32 = 62;
/// Days of samples that a forecast needs.
pub const DAYS_MIN: u32 = 3;

/// A window of which less than this part is known tells nothing.
const KNOWN_MIN: f64 = 0.5;
/// A window of which no more than one part in so many is unknown is whole.
const WHOLE_BUT: i32 = 20;
/// Days that are missing through rounding alone.
const ROUNDING: f64 = 0.01;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Credits used in three windows that end with the newest sample; `None` where less than half of one is
/// known.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct BurnRate {
    /// Over the last 24 hours.
    pub day: Option<SpentCredits>,
    /// Over the last 7 days.
    pub week: Option<SpentCredits>,
    /// Over the last 14 days.
    pub fortnight: Option<SpentCredits>,
    /// Credits a day over as much of those 14 days as is known, where that is enough.
    known: Option<f64>,
}

/// Use in a window.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SpentCredits {
    /// Credits, the unknown part made up for.
    pub credits: f64,
    /// True when no more than a twentieth is unknown.
    pub is_whole: bool,
    /// True when samples reach back to its beginning.
    pub is_of_all: bool,
}

impl BurnRate {
    pub(super) fn of(uses: &KnownUse) -> Self {
        let over = |length: SignedDuration| {
            let begins = earlier(uses.end, length);
            let BurnWindow { used, covered } = uses.window(begins, uses.end);
            let part = covered / in_days(length);
            let early = begins.saturating_add(length / WHOLE_BUT).unwrap_or(begins);
            (part >= KNOWN_MIN).then(|| SpentCredits {
                credits: used / part,
                is_whole: part >= 1.0 - 1.0 / f64::from(WHOLE_BUT),
                is_of_all: uses.steps.first().is_some_and(|(from, ..)| *from <= early),
            })
        };
        let BurnWindow { used, covered } = uses.window(earlier(uses.end, PAST), uses.end);
        let known = (uses.days_missing() <= 0.0).then(|| used / covered);
        Self { day: over(DAY), week: over(WEEK), fortnight: over(PAST), known }
    }

    /// The usual credits a day, from as much of 14 days as is known; `None` where that is less than a forecast needs.
    #[must_use]
    pub fn a_day(&self) -> Option<f64> {
        self.known
    }
}

/// A day of the past: 24 hours of which the last ends with the newest sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct PastDay {
    /// Days from its end to the newest sample.
    pub age: usize,
    /// Credits used, the unknown part made up for.
    pub burn: f64,
}

/// The times of which the use is known, oldest first.
pub(super) struct KnownUse {
    steps: Vec<(Timestamp, Timestamp, f64)>,
    /// Moment of the newest balance.
    end: Timestamp,
}

/// Use in a length of time, as far as it is known.
pub(super) struct BurnWindow {
    /// Credits.
    pub used: f64,
    /// Days of which the use is known.
    pub covered: f64,
}

impl KnownUse {
    /// The known use of some steps; of a step in which a reset may have come, it is not known.
    pub(super) fn of(steps: &[BalanceStep], reset: Option<&Reset>, end: Timestamp) -> Self {
        let since = earlier(end, DAY * MODEL_DAYS);
        let recent = &steps[steps.partition_point(|step| step.to.at <= since)..];
        let resets = reset.map(|reset| (reset, reset.days(since, end)));
        let may_hold_reset = |step: &BalanceStep| {
            resets.as_ref().is_some_and(|(reset, days)| days.iter().any(|day| reset.may_lie_in(step, *day)))
        };
        let known = recent.iter().filter(|step| !may_hold_reset(step));
        let steps = known.filter_map(|step| Some((step.from.at, step.to.at, step.used()?))).collect();
        Self { steps, end }
    }

    /// The fall over a gap is spread evenly.
    pub(super) fn window(&self, from: Timestamp, until: Timestamp) -> BurnWindow {
        let mut window = BurnWindow { used: 0.0, covered: 0.0 };
        let first = self.steps.partition_point(|(_, to, _)| *to <= from);
        for (began, ended, used) in self.steps[first..].iter().take_while(|(began, ..)| *began < until) {
            let inside = in_days(until.min(*ended).duration_since(from.max(*began))).max(0.0);
            window.used += used * inside / in_days(ended.duration_since(*began));
            window.covered += inside;
        }
        window
    }

    /// Days that a forecast lacks of those that it needs; not above 0 where enough of the last 14 are known.
    pub(super) fn days_missing(&self) -> f64 {
        f64::from(DAYS_MIN) - ROUNDING - self.window(earlier(self.end, PAST), self.end).covered
    }

    /// The days of the past of which half at least is known, newest first.
    pub(super) fn days(&self) -> Vec<PastDay> {
        let mut days = Vec::new();
        let mut end = self.end;
        for age in 0..usize::try_from(MODEL_DAYS).unwrap_or(0) {
            let start = earlier(end, DAY);
            let BurnWindow { used, covered } = self.window(start, end);
            if covered >= KNOWN_MIN {
                days.push(PastDay { age, burn: used / covered });
            }
            end = start;
        }
        days
    }
}

/// Credits used between two moments, as far as they can be told from balances, oldest first. The fall over a gap is
/// spread evenly.
#[must_use]
pub fn used(points: &[CreditsPoint], from: Timestamp, until: Timestamp) -> f64 {
    let first = points.partition_point(|point| point.at <= from).saturating_sub(1);
    let last = (points.partition_point(|point| point.at < until) + 1).min(points.len());
    let steps = BalanceStep::all(&points[first.min(last)..last]);
    KnownUse::of(&steps, None, until).window(from, until).used
}
