//! Bootstrap: ways that the balance may take, resampled from days of the past.

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::burn::PastDay;
use super::burn_model::BurnModel;
use super::units::float;
use crate::domain::sample::CreditsPoint;
use crate::domain::time::DAY;

/// Farthest moment that a forecast tells of, from the newest sample.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Number of resamples.
const RESAMPLES: usize = 200;
/// Seed of the draws, always the same, so that a forecast changes with the balances alone.
const SEED: u64 = 14;
/// Days that are drawn; from then on a resample goes on with the mean of its days.
const DAYS_DRAWN: usize = 63;
/// The part of the resamples that end before the earliest moment, and after the latest.
const TAIL: f64 = 0.1;
/// A trend goes on for so long on the average, in days.
const TREND_AHEAD: f64 = 40.0;

/// Moment at which the credits will have run out if they are not filled up before; `None` is beyond [`HORIZON`]. Eight
/// times in ten it is between the earliest and the latest.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Exhaustion {
    /// As likely before as after.
    pub at: Option<Timestamp>,
    /// One time in ten it is earlier.
    pub earliest: Option<Timestamp>,
    /// One time in ten it is later.
    pub latest: Option<Timestamp>,
}

/// Exhaustion of a balance if the days to come are like those of the past, of which there is one at least on
/// which something was used.
///
/// Each resample draws what is not known for sure, the pace and the trend, and then its days.
pub(super) fn exhaustion(from: CreditsPoint, past: &[PastDay]) -> Exhaustion {
    let mut random = Rng::with_seed(SEED);
    let model = BurnModel::of(past, TimeZone::UTC.to_datetime(from.at), DAYS_DRAWN);
    let mut ends: Vec<f64> = (0..RESAMPLES).map(|_| resample_days_left(from.credits, &model, &mut random)).collect();
    ends.sort_unstable_by(f64::total_cmp);
    let moment = |part: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let index = (float(ends.len().saturating_sub(1)) * part).round() as usize;
        ends.get(index).and_then(|days| after(from.at, *days))
    };
    Exhaustion { at: moment(0.5), earliest: moment(TAIL), latest: moment(1.0 - TAIL) }
}

/// Days until nothing is left in one resample; infinite where nothing is used.
fn resample_days_left(credits: f64, model: &BurnModel, random: &mut Rng) -> f64 {
    let trend = model.trend + model.trend_std_error * normal(random);
    let is_settled = random.f64() < model.trend_damping;
    let (mut pace, growth) = if is_settled { (model.recent, 1.0) } else { ((trend * model.age).exp(), trend.exp()) };
    pace *= (model.std_error * normal(random)).exp();
    let ahead = -(1.0 - random.f64()).ln() * TREND_AHEAD;
    let mut left = credits;
    let mut like = None;
    for day in 0..DAYS_DRAWN {
        like = model.draw(day, like, random);
        let burn = like.map_or(model.mean, |day| model.burn(day)) * pace;
        if burn >= left {
            return float(day) + left / burn;
        }
        left -= burn;
        if float(day) < ahead {
            pace *= growth;
        }
    }
    let mean = model.mean * pace;
    if mean > 0.0 { float(DAYS_DRAWN) + left / mean } else { f64::INFINITY }
}

/// A number with mean 0 and standard deviation 1.
fn normal(random: &mut Rng) -> f64 {
    let (radius, angle) = ((-2.0 * (1.0 - random.f64()).ln()).sqrt(), std::f64::consts::TAU * random.f64());
    radius * angle.cos()
}

fn after(from: Timestamp, days: f64) -> Option<Timestamp> {
    let span = SignedDuration::try_from_secs_f64(days * DAY.as_secs_f64()).ok()?;
    if span > HORIZON { None } else { from.checked_add(span).ok() }
}
