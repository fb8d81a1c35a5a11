//! Habits of simulated accounts: credits used in each hour.

use fastrand::Rng;

/// An hour of the life of an account.
#[derive(Clone, Copy)]
pub(super) struct AccountHour {
    /// Of the day, 0 to 23.
    pub of_day: usize,
    /// The day of the week, 0 to 6 from Monday on.
    pub weekday: i8,
    /// The day of the month, from 1 on.
    pub of_month: i8,
    /// Days from now, below 0 before.
    pub day: f64,
    /// Part that the days have in common with those before, around 0.
    pub mood: f64,
}

/// A kind of account.
pub(super) struct AccountKind {
    pub name: &'static str,
    /// Credits of an hour.
    pub habit: fn(&mut Rng, AccountHour) -> f64,
    /// Days that are known: as many as it takes to see the habit.
    pub past: usize,
    /// The least coverage, in percent.
    pub coverage_min: f64,
    /// The greatest median width, in percent.
    pub width_max: f64,
    /// The greatest median error, in percent.
    pub error_max: f64,
}

macro_rules! kinds {
    ($($name:literal $past:literal $habit:ident $coverage:literal $width:literal $error:literal),* $(,)?) => {
        [$(AccountKind {
            name: $name, habit: $habit, past: $past, coverage_min: $coverage, width_max: $width, error_max: $error,
        }),*]
    };
}

/// Name, days known, habit; coverage at least, width and error at most.
pub(super) const KINDS: [AccountKind; 14] = kinds![
    "office hours" 14 office 97.0 42.0 5.0,
    "batch at night" 14 batch 85.0 58.0 13.0,
    "bursty" 14 bursty 74.0 220.0 47.0,
    "rare bursts" 14 rare 70.0 230.0 60.0,
    "round the clock" 14 flat 97.0 40.0 3.0,
    "growing" 14 growing 92.0 44.0 8.0,
    "growing fast" 14 growing_fast 72.0 60.0 21.0,
    "fading" 14 fading 87.0 42.0 11.0,
    "weekend project" 14 weekend 93.0 48.0 6.0,
    "weekly report" 14 weekly 76.0 64.0 17.0,
    "start of the month" 62 monthly 94.0 57.0 8.0,
    "moved up" 14 step_up 96.0 57.0 11.0,
    "hardly used" 14 hardly 75.0 210.0 50.0,
    "restless" 28 restless 70.0 92.0 32.0,
];

impl AccountHour {
    fn is_weekend(self) -> bool {
        self.weekday >= 5
    }
}

fn around(random: &mut Rng, mean: f64) -> f64 {
    mean * (0.5 + random.f64())
}

fn office(random: &mut Rng, hour: AccountHour) -> f64 {
    let busy = (8..18).contains(&hour.of_day);
    let mean = match (hour.is_weekend(), busy) {
        (true, _) => 2.0,
        (false, true) => 40.0,
        (false, false) => 3.0,
    };
    around(random, mean).round()
}

fn batch(random: &mut Rng, hour: AccountHour) -> f64 {
    if hour.of_day == 2 { around(random, 400.0).round() } else { 0.0 }
}

fn bursty(random: &mut Rng, _: AccountHour) -> f64 {
    if random.f64() < 0.02 { around(random, 600.0).round() } else { 0.0 }
}

fn rare(random: &mut Rng, _: AccountHour) -> f64 {
    let small = if random.f64() < 0.2 { 5.0 } else { 0.0 };
    if random.f64() < 0.006 { around(random, 900.0).round() } else { small }
}

fn flat(random: &mut Rng, _: AccountHour) -> f64 {
    around(random, 12.0).round()
}

fn growing(random: &mut Rng, hour: AccountHour) -> f64 {
    around(random, 10.0 * (1.0 + 0.01 * (14.0 + hour.day).max(-60.0))).round()
}

fn growing_fast(random: &mut Rng, hour: AccountHour) -> f64 {
    let weekend = if hour.is_weekend() { 0.4 } else { 1.0 };
    around(random, weekend * 10.0 * 1.02_f64.powf(hour.day)).round()
}

fn fading(random: &mut Rng, hour: AccountHour) -> f64 {
    around(random, 40.0 * 0.988_f64.powf(hour.day)).round()
}

fn weekend(random: &mut Rng, hour: AccountHour) -> f64 {
    if hour.is_weekend() { around(random, 20.0).round() } else { 0.0 }
}

fn weekly(random: &mut Rng, hour: AccountHour) -> f64 {
    if (hour.weekday, hour.of_day) == (1, 6) { around(random, 700.0).round() } else { around(random, 2.0).round() }
}

fn monthly(random: &mut Rng, hour: AccountHour) -> f64 {
    let mean = if hour.of_month <= 2 { 60.0 } else { 10.0 };
    around(random, mean).round()
}

fn step_up(random: &mut Rng, hour: AccountHour) -> f64 {
    around(random, if hour.day < -9.0 { 8.0 } else { 13.0 }).round()
}

fn hardly(random: &mut Rng, _: AccountHour) -> f64 {
    f64::from(u8::from(random.f64() < 0.018))
}

fn restless(random: &mut Rng, hour: AccountHour) -> f64 {
    around(random, 20.0 * hour.mood.exp()).round()
}
