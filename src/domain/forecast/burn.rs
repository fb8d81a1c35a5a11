//! How fast credits are used.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{DAY, PAST, TREND_STEP, days as in_days};
use crate::domain::sample::CreditsPoint;

/// A window of which less than this part is known tells nothing.
const KNOWN_MIN: f64 = 0.5;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Credits a day, over three windows that end with the newest sample; `None` where less than half of one is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Burn {
    /// Over the last 24 hours.
    pub day: Option<f64>,
    /// Over the last 7 days.
    pub week: Option<f64>,
    /// Over the last 14 days.
    pub fortnight: Option<f64>,
    /// Over as much of those 14 days as is known.
    known: Option<f64>,
}

impl Burn {
    pub(super) fn of(points: &[CreditsPoint], reset_day: Option<u8>) -> Self {
        let Some(end) = points.last().map(|point| point.at) else { return Self::default() };
        let over = |length: SignedDuration, known_min: f64| {
            let window = window(points, earlier(end, length), end, reset_day);
            (window.covered > 0.0 && window.covered >= known_min * in_days(length))
                .then(|| window.used / window.covered)
        };
        Self {
            day: over(DAY, KNOWN_MIN),
            week: over(WEEK, KNOWN_MIN),
            fortnight: over(PAST, KNOWN_MIN),
            known: over(PAST, 0.0),
        }
    }

    /// The usual credits a day, from as much of 14 days as is known.
    #[must_use]
    pub fn a_day(&self) -> Option<f64> {
        self.known
    }
}

/// A day of the past: 24 hours of which the last ends with the newest sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct PastDay {
    /// How many days before the newest sample it ends.
    pub age: usize,
    /// The part that is known, 0.5 to 1.
    pub covered: f64,
    /// Credits used, the unknown part made up for.
    pub burn: f64,
}

/// The days of the past of which half at least is known, newest first.
pub(super) fn days(points: &[CreditsPoint], reset_day: Option<u8>) -> Vec<PastDay> {
    let Some(end) = points.last().map(|point| point.at) else { return Vec::new() };
    let mut days = Vec::new();
    let mut day_end = end;
    for age in 0..14 {
        let start = earlier(day_end, DAY);
        let Window { used, covered } = window(points, start, day_end, reset_day);
        if covered >= KNOWN_MIN {
            days.push(PastDay { age, covered, burn: used / covered });
        }
        day_end = start;
    }
    days
}

/// Credits used in each step of the last 7 days, oldest first; `None` where less than half of a step is known.
pub(super) fn trend(points: &[CreditsPoint], reset_day: Option<u8>) -> Vec<Option<f64>> {
    let Some(end) = points.last().map(|point| point.at) else { return Vec::new() };
    let length = in_days(TREND_STEP);
    let mut trend = Vec::new();
    let mut step_end = end;
    for _ in 0..WEEK.as_secs() / TREND_STEP.as_secs() {
        let start = earlier(step_end, TREND_STEP);
        let Window { used, covered } = window(points, start, step_end, reset_day);
        trend.push((covered >= KNOWN_MIN * length).then(|| used * length / covered));
        step_end = start;
    }
    trend.reverse();
    trend
}

/// Credits used between two moments, as far as they can be told from balances, oldest first. The fall over a gap is
/// spread evenly.
#[must_use]
pub fn used(points: &[CreditsPoint], from: Timestamp, until: Timestamp) -> f64 {
    window(points, from, until, None).used
}

/// What is known of a length of time.
struct Window {
    /// Credits.
    used: f64,
    /// Days of which the use is known.
    covered: f64,
}

/// What happened between two samples of which the later is higher is not known; nor is it where a reset may have come
/// between them.
fn window(points: &[CreditsPoint], from: Timestamp, until: Timestamp, reset_day: Option<u8>) -> Window {
    let mut window = Window { used: 0.0, covered: 0.0 };
    let first = points.partition_point(|point| point.at <= from).saturating_sub(1);
    for pair in points[first..].windows(2).take_while(|pair| pair[0].at < until) {
        let [earlier, later] = [pair[0], pair[1]];
        let length = in_days(later.at.duration_since(earlier.at));
        let fall = earlier.credits - later.credits;
        if length <= 0.0 || fall < 0.0 || reset_day.is_some_and(|day| is_reset_between(earlier.at, later.at, day)) {
            continue;
        }
        let inside = in_days(later.at.min(until).duration_since(earlier.at.max(from))).max(0.0);
        window.used += fall * inside / length;
        window.covered += inside;
    }
    window
}

/// Whether a day of reset began between two samples.
fn is_reset_between(earlier: Timestamp, later: Timestamp, day: u8) -> bool {
    let date = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    date(earlier) != date(later) && super::reset::next(day, earlier).is_some_and(|reset| reset <= later)
}

fn earlier(moment: Timestamp, length: SignedDuration) -> Timestamp {
    moment.saturating_sub(length).unwrap_or(Timestamp::MIN)
}
