//! Courses that the balance may take, put together from days of the past.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::burn::PastDay;
use super::{DAY, Exhaustion, HORIZON};
use crate::domain::sample::CreditsPoint;

/// Courses that are tried.
const COURSES: usize = 200;
/// Always the same courses, so that a forecast changes with the balances alone.
const SEED: u64 = 14;
/// From then on a course goes on with the mean of its days.
const DAYS_DRAWN: usize = 63;
/// The part of the courses that end before the earliest moment, and after the latest.
const TAIL: f64 = 0.1;
const WEEK: usize = 7;
/// Days differ by the day of the week where the squared difference of those a week apart is less than this part of
/// that of the others.
const WEEKLY_BELOW: f64 = 0.4;
/// The pace of a course may be this part faster or slower than that of the past, for habits change.
const CHANGE_MAX: f64 = 0.2;

/// When a balance will have run out if the days to come are like those of the past, of which there is one at least.
///
/// Each course first draws its own past from the real one, for the fortnight might have been another, and its pace;
/// then its days.
pub(super) fn exhaustion(from: CreditsPoint, past: &[PastDay]) -> Exhaustion {
    let mut random = Rng::with_seed(SEED);
    let is_weekly = is_weekly(past);
    let mut ends: Vec<f64> = (0..COURSES).map(|_| course(from.credits, past, is_weekly, &mut random)).collect();
    ends.sort_unstable_by(f64::total_cmp);
    let moment = |part: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = ((ends.len().saturating_sub(1)) as f64 * part).round() as usize;
        ends.get(index).and_then(|days| after(from.at, *days))
    };
    Exhaustion { at: moment(0.5), earliest: moment(TAIL), latest: moment(1.0 - TAIL) }
}

/// Days until nothing is left in one course; infinite where nothing is used. Each day is drawn from those of the same day
/// of the week where they differ by it, else from any.
fn course(credits: f64, past: &[PastDay], is_weekly: bool, random: &mut Rng) -> f64 {
    let drawn: Vec<PastDay> = (0..past.len()).map(|_| past[random.usize(0..past.len())]).collect();
    let all: Vec<f64> = drawn.iter().map(|day| day.burn).collect();
    let mut alike: [Vec<f64>; WEEK] = Default::default();
    for day in drawn.iter().filter(|_| is_weekly) {
        alike[(WEEK - (day.age + 1) % WEEK) % WEEK].push(day.burn);
    }
    let change = 1.0 + CHANGE_MAX * random.f64();
    let pace = if random.bool() { change } else { 1.0 / change };
    let mut left = credits / pace;
    for day in 0..DAYS_DRAWN {
        let like = Some(&alike[day % WEEK]).filter(|days| !days.is_empty()).unwrap_or(&all);
        let burn = like[random.usize(0..like.len())];
        if burn >= left {
            return float(day) + left / burn;
        }
        left -= burn;
    }
    let mean = all.iter().sum::<f64>() / float(all.len());
    if mean > 0.0 { float(DAYS_DRAWN) + left / mean } else { f64::INFINITY }
}

/// Whether days a week apart are much more alike than any two.
fn is_weekly(past: &[PastDay]) -> bool {
    let apart = |is_apart: &dyn Fn(usize) -> bool| {
        let pairs =
            past.iter().enumerate().flat_map(|(index, one)| past[index + 1..].iter().map(move |other| (one, other)));
        let differences = pairs.filter(|(one, other)| is_apart(other.age.abs_diff(one.age)));
        let (sum, count) =
            differences.fold((0.0, 0), |(sum, count), (one, other)| (sum + (one.burn - other.burn).powi(2), count + 1));
        (count > 0).then(|| sum / float(count))
    };
    let (week, any) = (apart(&|days| days == WEEK), apart(&|days| days != WEEK));
    week.zip(any).is_some_and(|(week, any)| week < WEEKLY_BELOW * any)
}

fn after(from: Timestamp, days: f64) -> Option<Timestamp> {
    let span = SignedDuration::try_from_secs_f64(days * DAY.as_secs_f64()).ok()?;
    if span > HORIZON { None } else { from.checked_add(span).ok() }
}

#[expect(clippy::cast_precision_loss, reason = "a few days")]
fn float(count: usize) -> f64 {
    count as f64
}
