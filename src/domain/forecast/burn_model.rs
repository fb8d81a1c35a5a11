//! Model of the days to come, from those of the past, and its uncertainty.

use fastrand::Rng;
use jiff::civil::DateTime;

use super::burn::PastDay;
use super::seasonality::Seasonality;
use super::units::{float, whole};

/// A day that is older by this counts half as much, in days.
const HALF_LIFE: f64 = 14.0;
/// Days older than this tell of a rhythm of months alone.
const RECENT: usize = 42;
/// Days that know a whole month.
const MONTH: usize = 31;
/// Habits change: the standard deviation of the pace to come, as a part of it, ...
const CHANGE: f64 = 0.1;
/// ... and where no whole month is known.
const CHANGE_OF_MONTH: f64 = 0.13;
/// That of a trend, a day, as a part of the pace, where none can be told from chance.
const TREND: f64 = 0.002;
/// No trend is usually greater.
const TREND_MAX: f64 = 0.015;
/// Of the changes that look like a trend so many are over.
const SETTLED: f64 = 0.3;
/// A lower pace of the last week, as a part of the mean, is chance.
const RECENT_PACE_MIN: f64 = 0.3;
/// The mean of few large uses is the less sure: by this, divided by their number.
const FEW: f64 = 1.5;
/// Highest factor by which days that are like the one before count for fewer.
const INFLATION_MAX: f64 = 12.0;

/// A day is drawn by one of so many lots, a byte of chance.
const LOTS: usize = 256;

/// Model of the days to come.
pub(super) struct BurnModel {
    /// Credits a day, the newest above all.
    pub mean: f64,
    /// Mean age of the days of the past, in days.
    pub age: f64,
    /// The standard deviation of the logarithm of the pace to come.
    pub std_error: f64,
    /// Growth of the use from day to day, as a part of the pace.
    pub trend: f64,
    /// Its standard deviation.
    pub trend_std_error: f64,
    /// Likelihood that it is no trend but a change that is over, and left the pace of the last week, 0 to 1.
    pub trend_damping: f64,
    /// The pace of the last week, as a part of the mean.
    pub recent: f64,
    /// The classes of the days to come.
    ahead: Vec<usize>,
    /// The days to draw from, newest first, for each class of the rhythm.
    pools: Vec<DayPool>,
    /// Likelihood that a day is followed by the one that followed it in the past, 0 to 0.9.
    autocorrelation: f64,
}

/// Days to draw from.
struct DayPool {
    /// Credits of each, newest first.
    burns: Vec<f64>,
    /// Their places, each as often as it weighs; empty without days.
    lots: Vec<usize>,
}

/// Place of a day that was drawn: its pool, and its number in it.
#[derive(Clone, Copy)]
pub(super) struct DrawnDay(usize, usize);

/// A day of the past, compared with those of its class.
struct WeightedDay {
    age: usize,
    class: usize,
    weight: f64,
    burn: f64,
    /// Distance from the mean day of its class, in days; positive for a later one.
    later: f64,
    /// Use beyond the mean of its class, as a part of the mean of all.
    more: f64,
}

impl BurnModel {
    /// Of days, newest first, on one of which at least something was used; the newest ended at `now`, in UTC. So many
    /// are to come.
    pub fn of(past: &[PastDay], now: DateTime, ahead: usize) -> Self {
        let seasonality = Seasonality::of(past, now);
        let change = if past.iter().any(|day| day.age >= MONTH) { CHANGE } else { CHANGE_OF_MONTH };
        let days = observe(past, seasonality, now);
        let over = |value: &dyn Fn(&WeightedDay) -> f64| days.iter().map(|day| day.weight * value(day)).sum::<f64>();
        let squares = |value: &dyn Fn(&WeightedDay) -> f64| over(&|day| day.weight * value(day).powi(2));
        let total = over(&|_| 1.0);
        let mean = over(&|day| day.burn) / total;
        // As many days of one weight would tell as much.
        let count = total.powi(2) / squares(&|_| 1.0);
        let events = over(&|day| day.burn).powi(2) / squares(&|day| day.burn);

        let spread = over(&|day| day.later.powi(2));
        let slope = if spread > 0.0 { over(&|day| day.later * day.more) / spread } else { 0.0 };
        let rest = |day: &WeightedDay| day.more - slope * day.later;
        let squared_rest = over(&|day| rest(day).powi(2));
        let alike = autocorrelation(&days, rest, squared_rest, count);
        let inflation = ((1.0 + alike) / (1.0 - alike)).min(INFLATION_MAX);
        let mut classes: Vec<_> = days.iter().map(|day| day.class).collect();
        classes.sort_unstable();
        classes.dedup();
        let free = (count - float(classes.len()) - 1.0).max(1.0);
        let noise = squared_rest / total * count / free * inflation;
        let doubt = (1.0 + noise / count * (1.0 + FEW / events.min(count / inflation))).ln() + change.powi(2);

        // A slope is believed as far as it stands out from chance.
        let by_chance = if spread > 0.0 { noise * squares(&|day| day.later) / spread.powi(2) } else { f64::INFINITY };
        let usual = (slope.powi(2) - by_chance).clamp(TREND.powi(2), TREND_MAX.powi(2));
        let trust = if by_chance.is_finite() { usual / (usual + by_chance) } else { 0.0 };
        let trend_doubt = if by_chance.is_finite() { (trust * by_chance).sqrt() } else { TREND };

        let newest: Vec<_> = days.iter().filter(|day| day.age < 7).map(|day| day.burn).collect();
        let recent = newest.iter().sum::<f64>() / float(newest.len().max(1)) / mean;
        Self {
            mean,
            age: over(&|day| float(day.age)) / total,
            std_error: doubt.sqrt(),
            trend: trust * slope,
            trend_std_error: trend_doubt,
            trend_damping: SETTLED * trust,
            recent: recent.max(RECENT_PACE_MIN),
            ahead: (0..ahead).map(|day| seasonality.class(now, whole(day))).collect(),
            pools: (0..seasonality.classes()).map(|class| pool(days.iter().filter(|day| day.class == class))).collect(),
            autocorrelation: if seasonality == Seasonality::None { alike } else { 0.0 },
        }
    }

    /// A day of the past that a day to come may be like, after one that was drawn for the day before; the newer the
    /// likelier. `None` where none of its class is known.
    pub fn draw(&self, day: usize, before: Option<DrawnDay>, random: &mut Rng) -> Option<DrawnDay> {
        let class = *self.ahead.get(day)?;
        let pool = self.pools.get(class)?;
        let before = before.filter(|DrawnDay(_, place)| *place > 0 && random.f64() < self.autocorrelation);
        if let Some(DrawnDay(class, place)) = before {
            return Some(DrawnDay(class, place - 1));
        }
        Some(DrawnDay(class, *pool.lots.get(usize::from(random.u8(..)))?))
    }

    /// The credits that were used on a day.
    pub fn burn(&self, DrawnDay(class, place): DrawnDay) -> f64 {
        self.pools.get(class).and_then(|pool| pool.burns.get(place)).copied().unwrap_or(self.mean)
    }
}

fn observe(past: &[PastDay], seasonality: Seasonality, now: DateTime) -> Vec<WeightedDay> {
    let is_monthly = seasonality == Seasonality::Month;
    let recent = past.iter().take_while(|day| is_monthly || day.age < RECENT);
    let mut days: Vec<_> = recent
        .map(|day| WeightedDay {
            age: day.age,
            class: seasonality.class(now, -1 - whole(day.age)),
            weight: if is_monthly { 1.0 } else { (-float(day.age) / HALF_LIFE).exp2() },
            burn: day.burn,
            later: 0.0,
            more: 0.0,
        })
        .collect();
    let mean = |of: &dyn Fn(&WeightedDay) -> bool, value: fn(&WeightedDay) -> f64| {
        let (sum, weight) = days
            .iter()
            .filter(|day| of(day))
            .fold((0.0, 0.0), |(sum, weight), day| (sum + day.weight * value(day), weight + day.weight));
        if weight > 0.0 { sum / weight } else { 0.0 }
    };
    let all = mean(&|_| true, |day| day.burn);
    let means: Vec<_> = (0..seasonality.classes())
        .map(|class| {
            [|day: &WeightedDay| float(day.age), |day: &WeightedDay| day.burn]
                .map(|value| mean(&|day| day.class == class, value))
        })
        .collect();
    for day in &mut days {
        let [age, burn] = means[day.class];
        (day.later, day.more) = (age - float(day.age), (day.burn - burn) / all);
    }
    days
}

/// Likeness of a day to the one before, 0 to 0.9, beyond mean and trend.
fn autocorrelation(days: &[WeightedDay], rest: impl Fn(&WeightedDay) -> f64, squared_rest: f64, count: f64) -> f64 {
    let neighbours = days.windows(2).filter(|pair| pair[1].age - pair[0].age == 1);
    let shared = neighbours.map(|pair| (pair[0].weight * pair[1].weight).sqrt() * rest(&pair[0]) * rest(&pair[1]));
    let alike = if squared_rest > 0.0 { shared.sum::<f64>() / squared_rest } else { 0.0 };
    // So much of it went with the mean and the trend.
    (alike + (2.0 + 4.0 * alike) / count).clamp(0.0, 0.9)
}

fn pool<'a>(days: impl Iterator<Item = &'a WeightedDay>) -> DayPool {
    let (mut burns, mut sums) = (Vec::new(), Vec::new());
    let mut total = 0.0;
    for day in days {
        total += day.weight;
        burns.push(day.burn);
        sums.push(total);
    }
    let place = |lot: usize| sums.partition_point(|sum| *sum <= (float(lot) + 0.5) / float(LOTS) * total);
    let lots = if burns.is_empty() { Vec::new() } else { (0..LOTS).map(place).collect() };
    DayPool { burns, lots }
}
