//! How good forecasts are, on simulated accounts whose future is known. The bounds stand a little beyond what was
//! measured, so that a change for the worse is seen.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::*;

/// Accounts of each kind.
const ACCOUNTS: u64 = 60;
const PAST_HOURS: usize = 14 * 24;
const HOURS: usize = PAST_HOURS + 80 * 24;

/// Credits of each hour.
type Habit = fn(&mut Rng, usize) -> f64;

/// The name of a kind of account, its habit, the greatest median error of its burn over 7 and over 14 days, in percent,
/// and the least part of the true ends that the range holds, in percent.
const KINDS: [(&str, Habit, [f64; 2], f64); 6] = [
    ("office hours", office, [3.5, 2.8], 97.0),
    ("batch at night", batch, [9.0, 7.0], 90.0),
    ("bursty", bursty, [45.0, 45.0], 58.0),
    ("round the clock", flat, [2.6, 1.8], 97.0),
    ("growing", growing, [9.5, 13.0], 43.0),
    ("weekend project", weekend, [3.2, 2.8], 95.0),
];

/// The first hour is that of a Monday.
fn is_weekend(hour: usize) -> bool {
    hour / 24 % 7 >= 5
}

fn around(random: &mut Rng, mean: f64) -> f64 {
    mean * (0.5 + random.f64())
}

fn office(random: &mut Rng, hour: usize) -> f64 {
    let busy = (8..18).contains(&(hour % 24));
    around(
        random,
        if is_weekend(hour) {
            2.0
        } else if busy {
            40.0
        } else {
            3.0
        },
    )
    .round()
}

fn batch(random: &mut Rng, hour: usize) -> f64 {
    if hour % 24 == 2 { around(random, 400.0).round() } else { 0.0 }
}

fn bursty(random: &mut Rng, _: usize) -> f64 {
    if random.f64() < 0.02 { around(random, 600.0).round() } else { 0.0 }
}

fn flat(random: &mut Rng, _: usize) -> f64 {
    around(random, 12.0).round()
}

fn growing(random: &mut Rng, hour: usize) -> f64 {
    around(random, 10.0 * (1.0 + 0.01 * f64::from(u32::try_from(hour / 24).unwrap()))).round()
}

fn weekend(random: &mut Rng, hour: usize) -> f64 {
    if is_weekend(hour) { around(random, 20.0).round() } else { 0.0 }
}

/// What a forecast got wrong: the burn over 7 and 14 days, in percent, and whether the true end lies in the range.
struct Verdict {
    errors: [f64; 2],
    is_covered: bool,
}

/// A past with a reset, a top-up and a night in which the machine slept; then a future of which the balance lasts for
/// some days.
fn judge(habit: Habit, seed: u64) -> Verdict {
    let mut random = Rng::with_seed(seed);
    let shift = random.usize(0..7 * 24);
    let uses: Vec<f64> = (0..HOURS).map(|hour| habit(&mut random, hour + shift)).collect();
    let (past, future) = uses.split_at(PAST_HOURS);
    let days = f64::from(random.u32(4..40));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of hours")]
    let end = (days * 24.0) as usize;
    let balance: f64 = future[..end].iter().sum::<f64>().max(1.0);
    let start = "2026-11-02T00:00:00Z".parse::<Timestamp>().unwrap();
    let (reset, top_up, asleep) =
        (random.usize(50..PAST_HOURS - 50), random.usize(50..PAST_HOURS - 50), random.usize(20..300));
    let mut points = Vec::new();
    let mut credits = balance;
    for hour in (0..=PAST_HOURS).rev() {
        if !(asleep..asleep + 10).contains(&hour) {
            points.push(CreditsPoint { at: start + SignedDuration::from_hours(i64::try_from(hour).unwrap()), credits });
        }
        if hour > 0 {
            credits += past[hour - 1];
            credits -= if hour == reset {
                5_000.0
            } else if hour == top_up {
                900.0
            } else {
                0.0
            };
        }
    }
    points.reverse();
    let now = points[points.len() - 1].at;
    let forecast = Forecast::new(&points, None, None, now).unwrap();
    let rate = future[..14 * 24].iter().sum::<f64>() / 14.0;
    let error = |burn: Option<f64>| (burn.unwrap() - rate).abs() / rate * 100.0;
    // The true end is when the last credit was used.
    let last_use = future[..end].iter().rposition(|used| *used > 0.0).map_or(0, |hour| hour + 1);
    let truth = now + SignedDuration::from_hours(i64::try_from(last_use).unwrap());
    let exhaustion = forecast.exhaustion().unwrap();
    let hour = SignedDuration::from_hours(1);
    let is_covered = exhaustion.earliest.is_some_and(|earliest| earliest - hour <= truth)
        && exhaustion.latest.is_none_or(|latest| truth <= latest + hour);
    Verdict { errors: [error(forecast.burn.week), error(forecast.burn.fortnight)], is_covered }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn forecasts_are_as_good_as_they_were() {
    let mut failures = Vec::new();
    for (name, habit, errors_max, coverage_min) in KINDS {
        let verdicts: Vec<_> = (0..ACCOUNTS).map(|seed| judge(habit, seed)).collect();
        let errors = [0, 1].map(|window| median(verdicts.iter().map(|verdict| verdict.errors[window]).collect()));
        let covered = verdicts.iter().filter(|verdict| verdict.is_covered).count();
        let coverage = 100.0 * f64::from(u32::try_from(covered).unwrap()) / f64::from(u32::try_from(ACCOUNTS).unwrap());
        if errors[0] > errors_max[0] || errors[1] > errors_max[1] || coverage < coverage_min {
            failures.push(format!(
                "{name}: errors {:.1} % and {:.1} %, {coverage:.0} % in the range",
                errors[0], errors[1]
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
