//! Accuracy on simulated accounts whose plans change and whose credits are bought: whether the day of the reset is
//! learnt, use is told from what is none, and "runs out before the reset" is right.

use super::*;

const DAYS: usize = 75;

/// Events of an account beside its resets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum PlanLife {
    Plain,
    Upgraded,
    Downgraded,
    /// Credits were bought that stay until they are used.
    ToppedUp,
    /// The rest of a month is kept.
    Added,
}

const LIVES: [PlanLife; 5] =
    [PlanLife::Plain, PlanLife::Upgraded, PlanLife::Downgraded, PlanLife::ToppedUp, PlanLife::Added];

/// Outcome for one account.
struct PlanOutcome {
    /// True when the day was learnt; `None` where no reset could be seen.
    is_day_right: Option<bool>,
    /// The error of the burn over 14 days, in percent of the true one; `None` where too little is known.
    burn_error: Option<f64>,
    /// True when the credits run out before the reset.
    runs_out: bool,
    /// The same by the forecast, the mean of 14 days, and that of the last week, which know the day of the reset.
    told: [bool; 3],
}

/// One account; `None` where nothing is left to forecast.
fn live(life: PlanLife, seed: u64) -> Option<PlanOutcome> {
    let mut random = Rng::with_seed(seed);
    let kind = &KINDS[random.usize(0..KINDS.len())];
    let start = "2026-01-05T00:00:00Z".parse::<Timestamp>().unwrap() + hours(random.usize(0..360 * 24));
    let now = start + hours(DAYS * 24);
    let uses = kind.uses(&mut random, start, DAYS * 24);
    let (past, future) = uses.split_at(DAYS * 24);
    let month = 30.0 * past.iter().sum::<f64>().max(1.0) / float(DAYS);
    let (day, reset_hour) = (random.u8(1..=31), random.usize(0..24));
    let change = random.usize(0..DAYS * 24);
    let mut allowance = (month * (0.7 + 1.3 * random.f64())).round();
    let (mut left, mut bought) = (allowance * random.f64(), 0.0);
    let mut points = Vec::new();
    let (mut resets, mut spent) = (0, Vec::new());
    for (hour, wanted) in past.iter().enumerate() {
        let at = start + hours(hour);
        let is_reset = is_reset(at, day, reset_hour);
        let mut changed = allowance;
        match life {
            PlanLife::Upgraded if hour == change => changed = (allowance * 3.0).round(),
            PlanLife::Downgraded if hour == change => changed = (allowance * 0.4).round(),
            PlanLife::ToppedUp if hour == change => bought += (allowance * 0.3).round(),
            _ => {}
        }
        left = (left + (changed - allowance).max(0.0)).min(if life == PlanLife::Added { f64::MAX } else { changed });
        allowance = changed;
        if is_reset {
            let rise = if life == PlanLife::Added { allowance } else { allowance - left };
            resets += u32::from(rise >= 0.1 * allowance);
            left += rise;
        }
        let taken = wanted.min(left + bought);
        let of_month = taken.min(left);
        left -= of_month;
        bought -= taken - of_month;
        spent.push(taken);
        points.push(CreditsPoint {
            at: at + SignedDuration::from_mins(37),
            credits: left + bought,
            allowance: Some(allowance),
        });
    }
    let balance = left + bought;
    let until_reset = (0..future.len()).find(|hour| is_reset(now + hours(*hour), day, reset_hour))?;
    let forecast = Forecast::new(&points, None, now).unwrap();
    if balance < 1.0 || forecast.reset.is_some_and(|reset| reset.is_due) {
        return None;
    }
    let mean = |days: usize| spent[(DAYS - days) * 24..].iter().sum::<f64>() / float(days);
    let runs_out_at = |mean: f64| balance < mean * float(until_reset) / 24.0;
    Some(PlanOutcome {
        is_day_right: (resets > 0 && life != PlanLife::Added || resets > 1).then(|| {
            forecast
                .reset
                .is_some_and(|reset| reset_day::start(reset.day, now, true) == reset_day::start(day, now, true))
        }),
        burn_error: forecast
            .burn
            .fortnight
            .filter(|_| mean(14) > 0.0)
            .map(|spent| 100.0 * (spent.credits / 14.0 - mean(14)).abs() / mean(14)),
        runs_out: future[..until_reset].iter().sum::<f64>() > balance,
        told: [forecast.runs_out_before_reset(), runs_out_at(mean(14)), runs_out_at(mean(7))],
    })
}

fn is_reset(at: Timestamp, day: u8, hour: usize) -> bool {
    reset_day::start(day, at, false).is_some_and(|start| start + hours(hour) == at)
}

fn percent(outcomes: &[PlanOutcome], of: impl Fn(&PlanOutcome) -> bool, holds: impl Fn(&PlanOutcome) -> bool) -> f64 {
    let among: Vec<_> = outcomes.iter().filter(|outcome| of(outcome)).collect();
    100.0 * float(among.iter().filter(|outcome| holds(outcome)).count()) / float(among.len().max(1))
}

#[test]
fn resets_are_learnt_and_alarms_true_whatever_becomes_of_the_plan() {
    let mut all = Vec::new();
    for life in LIVES {
        let outcomes: Vec<_> = (0..ACCOUNTS).filter_map(|seed| live(life, seed)).collect();
        let right = percent(&outcomes, |it| it.is_day_right.is_some(), |it| it.is_day_right == Some(true));
        let error = median(outcomes.iter().filter_map(|it| it.burn_error).collect());
        println!("{life:?}: {right:.0} % of days right, burn wrong by {error:.1} %");
        assert!(right >= 97.0 && error <= 1.0, "{life:?}: {right} % of days, burn wrong by {error} %");
        all.extend(outcomes);
    }
    let wrong = |method: usize| {
        let alarms = percent(&all, |it| !it.runs_out, |it| it.told[method]);
        let misses = percent(&all, |it| it.runs_out, |it| !it.told[method]);
        println!("{method}: {alarms:.1} % false alarms, {misses:.1} % misses");
        (alarms, misses)
    };
    let [ours, plain, week] = [0, 1, 2].map(wrong);
    assert!(ours.0 <= 3.0 && ours.1 <= 30.0, "{ours:?}");
    assert!(ours.0 <= plain.0.max(week.0) && ours.1 <= plain.1, "{ours:?}, {plain:?}, {week:?}");
}
