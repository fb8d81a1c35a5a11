//! Whether the credits will last: how fast they are used, when they are filled up again, and when they will have run
//! out.
//!
//! The burn is a sum of falls of the balance, for rises are resets and top-ups: a line fitted through them would tell
//! nothing. The future is put together from days of the past, drawn at random but always the same ones.

mod burn;
mod course;
mod reset;

use jiff::{SignedDuration, Timestamp};

use super::sample::CreditsPoint;

pub use burn::{Burn, used};
pub use reset::{Reset, ResetOrigin};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// So much of the past is the model for the future.
pub const PAST: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So far back the reset of each month is looked for; two of them lie in it.
pub const RESET_PAST: SignedDuration = SignedDuration::from_hours(75 * 24);
/// Days of samples that a forecast needs.
pub const DAYS_MIN: u32 = 3;
/// A trend is told in steps of this.
pub const TREND_STEP: SignedDuration = SignedDuration::from_hours(3);
/// What lies further ahead is not told.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What will become of the credits.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The balance that it starts from.
    pub from: CreditsPoint,
    /// How fast the credits are used.
    pub burn: Burn,
    /// Credits used in each [`TREND_STEP`] of the last 7 days, oldest first; `None` where that is not known.
    pub trend: Vec<Option<f64>>,
    /// When the balance is filled up again, as far as that is known.
    pub reset: Option<Reset>,
    /// What comes of it.
    pub outlook: Outlook,
}

/// Whether the credits last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outlook {
    /// Samples of fewer than [`DAYS_MIN`] days are known.
    NotEnoughHistory,
    /// No use was seen in [`PAST`].
    NoUse,
    /// Nothing is left.
    Out,
    /// They last until the next reset; where none is known, beyond [`HORIZON`].
    Lasts(Exhaustion),
    /// They run out: before the next reset, where one is known.
    RunsOut(Exhaustion),
}

/// When the credits will have run out; `None` is beyond [`HORIZON`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exhaustion {
    /// As likely before as after.
    pub at: Option<Timestamp>,
    /// One time in ten it is earlier.
    pub earliest: Option<Timestamp>,
    /// One time in ten it is later.
    pub latest: Option<Timestamp>,
}

impl Forecast {
    /// The forecast from the balances of an account, oldest first, of [`RESET_PAST`] at best; gaps are allowed, and
    /// those after `now` don't count. `reset_day` is the day of the month (UTC, 1 to 31) that the operator knows the
    /// reset to be on. `None` without any balance.
    #[must_use]
    pub fn new(points: &[CreditsPoint], allowance: Option<f64>, reset_day: Option<u8>, now: Timestamp) -> Option<Self> {
        let points = &points[..points.partition_point(|point| point.at <= now)];
        let from = *points.last()?;
        let reset = Reset::find(points, allowance, reset_day, now);
        let day = reset.map(|reset| reset.day);
        let burn = Burn::of(points, day);
        let outlook = outlook(points, from, &burn, reset);
        let trend = burn::trend(points, day);
        Some(Self { from, burn, trend, reset, outlook })
    }

    /// When the credits will have run out, where that can be told.
    #[must_use]
    pub fn exhaustion(&self) -> Option<Exhaustion> {
        match self.outlook {
            Outlook::Lasts(exhaustion) | Outlook::RunsOut(exhaustion) => Some(exhaustion),
            _ => None,
        }
    }

    /// Whether they run out before a reset that is known.
    #[must_use]
    pub fn runs_out_before_reset(&self) -> bool {
        self.reset.is_some() && matches!(self.outlook, Outlook::RunsOut(_))
    }
}

fn outlook(points: &[CreditsPoint], from: CreditsPoint, burn: &Burn, reset: Option<Reset>) -> Outlook {
    if from.credits <= 0.0 {
        return Outlook::Out;
    }
    let days = burn::days(points, reset.map(|reset| reset.day));
    if days.iter().map(|day| day.covered).sum::<f64>() < f64::from(DAYS_MIN) - 0.01 || burn.a_day().is_none() {
        return Outlook::NotEnoughHistory;
    }
    let used = days.iter().any(|day| day.burn > 0.0);
    if !used {
        return Outlook::NoUse;
    }
    let exhaustion = course::exhaustion(from, &days);
    let lasts = match reset {
        Some(reset) => exhaustion.at.is_none_or(|at| at >= reset.next),
        None => exhaustion.at.is_none(),
    };
    if lasts { Outlook::Lasts(exhaustion) } else { Outlook::RunsOut(exhaustion) }
}

/// A length of time in days.
fn days(duration: SignedDuration) -> f64 {
    duration.as_secs_f64() / DAY.as_secs_f64()
}

#[cfg(test)]
mod harness;
#[cfg(test)]
mod tests;
