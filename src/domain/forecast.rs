//! Forecast of the credits: how fast they are used, when they are filled up again, and when they will have run out.
//!
//! The burn is a sum of falls of the balance, for rises are resets and top-ups: a line fitted through them would tell
//! nothing. Each rise and fall is judged by the allowance of its own time. The future is put together from days of the
//! past, drawn at random but always the same ones.

mod balance_steps;
mod bootstrap;
mod burn;
mod burn_model;
mod reset_day;
mod seasonality;
mod units;

use jiff::{SignedDuration, Timestamp};

use super::sample::CreditsPoint;
use super::time::DAY;
use balance_steps::BalanceStep;
use burn::KnownUse;

pub use bootstrap::{Exhaustion, HORIZON};
pub use burn::{BurnRate, DAYS_MIN, PAST, SpentCredits, used};
pub use reset_day::{RESET_PAST, Reset, ResetOrigin};

/// Forecast of the credits of one account.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Forecast {
    /// The balance that it starts from.
    pub from: CreditsPoint,
    /// Rate at which credits are used.
    pub burn: BurnRate,
    /// Time of the next refill, as far as it is known.
    pub reset: Option<Reset>,
    /// Conclusion from all that.
    pub outlook: Outlook,
}

/// Conclusion of a forecast: whether the credits last.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub enum Outlook {
    /// Samples of fewer than [`DAYS_MIN`] days are known; enough are, if they go on coming, from that moment on.
    NotEnoughHistory(Timestamp),
    /// No use was seen in [`PAST`].
    NoUse,
    /// Nothing is left.
    Out,
    /// They last until the next reset, or that is due today; where none is known, beyond [`HORIZON`].
    Lasts(Exhaustion),
    /// They run out: before the next reset, where one is known.
    RunsOut(Exhaustion),
}

impl Forecast {
    /// The forecast from the balances of an account, oldest first, of [`RESET_PAST`] at best; gaps are allowed, and
    /// those after `now` don't count. `reset_day` is the day of the month (UTC, 1 to 31) that the operator knows the
    /// reset to be on. `None` without any balance.
    #[must_use]
    pub fn new(points: &[CreditsPoint], reset_day: Option<u8>, now: Timestamp) -> Option<Self> {
        let points = &points[..points.partition_point(|point| point.at <= now)];
        let from = *points.last()?;
        let steps = BalanceStep::all(points);
        let reset = Reset::find(&steps, reset_day, from.at, now);
        let uses = KnownUse::of(&steps, reset.as_ref(), from.at);
        let burn = BurnRate::of(&uses);
        let outlook = outlook(from, &uses, reset);
        Some(Self { from, burn, reset, outlook })
    }

    /// Moment at which the credits will have run out, where that can be told.
    #[must_use]
    pub fn exhaustion(&self) -> Option<Exhaustion> {
        match self.outlook {
            Outlook::Lasts(exhaustion) | Outlook::RunsOut(exhaustion) => Some(exhaustion),
            _ => None,
        }
    }

    /// True when they run out before a reset that is known.
    #[must_use]
    pub fn runs_out_before_reset(&self) -> bool {
        self.reset.is_some() && matches!(self.outlook, Outlook::RunsOut(_))
    }
}

fn outlook(from: CreditsPoint, uses: &KnownUse, reset: Option<Reset>) -> Outlook {
    if from.credits <= 0.0 {
        return Outlook::Out;
    }
    let missing = uses.days_missing();
    if missing > 0.0 {
        let missing = SignedDuration::try_from_secs_f64(missing * DAY.as_secs_f64()).unwrap_or_default();
        return Outlook::NotEnoughHistory(from.at.saturating_add(missing).unwrap_or(from.at));
    }
    let days = uses.days();
    if !days.iter().any(|day| day.burn > 0.0) {
        return Outlook::NoUse;
    }
    let exhaustion = bootstrap::exhaustion(from, &days);
    let lasts = match reset {
        Some(reset) => reset.is_due || exhaustion.at.is_none_or(|at| at >= reset.next),
        None => exhaustion.at.is_none(),
    };
    if lasts { Outlook::Lasts(exhaustion) } else { Outlook::RunsOut(exhaustion) }
}

#[cfg(test)]
mod tests;
