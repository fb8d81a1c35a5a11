//! On which day of the month the balance is filled up.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::domain::sample::CreditsPoint;

/// A rise to this part of the allowance is a reset: some may be used before the next sample.
const FULL_FROM: f64 = 0.9;
/// A rise beyond this part of the allowance is a top-up.
const FULL_TO: f64 = 1.01;
/// A smaller rise, as a part of the allowance, is a refund.
const RISE_MIN: f64 = 0.02;
/// A gap with more midnights tells nothing of the day.
const CANDIDATES_MAX: usize = 4;

/// The reset of each month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// The day of the month, 1 to 31; in shorter months it is the last.
    pub day: u8,
    /// How it is known.
    pub origin: ResetOrigin,
    /// The next one: midnight UTC.
    pub next: Timestamp,
}

/// How the day of the reset is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetOrigin {
    /// The operator said so.
    Configured,
    /// From so many rises to about the allowance that agree on it, at least one.
    Learnt(u32),
}

impl Reset {
    /// What is known of the reset; what was configured goes before what can be learnt from balances, oldest first.
    pub(super) fn find(
        points: &[CreditsPoint],
        allowance: Option<f64>,
        configured: Option<u8>,
        now: Timestamp,
    ) -> Option<Self> {
        let (day, origin) = match configured {
            Some(day) => (day, ResetOrigin::Configured),
            None => learn(points, allowance?)?,
        };
        Some(Self { day, origin, next: next(day, now)? })
    }
}

/// The first midnight UTC after a moment that begins the day of the reset.
pub(super) fn next(day: u8, after: Timestamp) -> Option<Timestamp> {
    let mut month = date_of(after).first_of_month();
    for _ in 0..3 {
        let days = u8::try_from(month.days_in_month()).ok()?;
        let reset = month.checked_add(i64::from(day.clamp(1, days) - 1).days()).ok()?;
        let midnight = reset.to_zoned(TimeZone::UTC).ok()?.timestamp();
        if midnight > after {
            return Some(midnight);
        }
        month = month.checked_add(1.month()).ok()?;
    }
    None
}

/// The day on which the most resets agree, and how many those are; of equals, that of the newest.
fn learn(points: &[CreditsPoint], allowance: f64) -> Option<(u8, ResetOrigin)> {
    let is_reset = |pair: &&[CreditsPoint]| {
        let rise = pair[1].credits - pair[0].credits;
        rise >= RISE_MIN * allowance && (FULL_FROM..=FULL_TO).contains(&(pair[1].credits / allowance))
    };
    let resets: Vec<_> =
        points.windows(2).filter(is_reset).filter_map(|pair| candidates(pair[0].at, pair[1].at)).collect();
    let votes = |day: u8| resets.iter().filter(|dates| dates.iter().any(|date| is_on(*date, day))).count();
    let mut best: Option<(u8, usize)> = None;
    for date in resets.iter().rev().flatten() {
        let end = if date.day() == date.days_in_month() { 31 } else { date.day() };
        for day in (date.day()..=end).filter_map(|day| u8::try_from(day).ok()) {
            if best.is_none_or(|(_, most)| votes(day) > most) {
                best = Some((day, votes(day)));
            }
        }
    }
    best.map(|(day, votes)| (day, ResetOrigin::Learnt(u32::try_from(votes).unwrap_or(u32::MAX))))
}

/// Whether the reset of that day of the month falls on a date.
fn is_on(date: Date, day: u8) -> bool {
    i8::try_from(day).is_ok_and(|day| date.day() == day.min(date.days_in_month()))
}

/// The days on which a reset between two samples may have come, the likeliest first: those that began between them,
/// or the day itself. `None` for a gap that is too long to tell.
fn candidates(earlier: Timestamp, later: Timestamp) -> Option<Vec<Date>> {
    let (mut date, last) = (date_of(earlier), date_of(later));
    if date == last {
        return Some(vec![date]);
    }
    let mut dates = Vec::new();
    while date < last {
        date = date.tomorrow().ok()?;
        dates.push(date);
        if dates.len() > CANDIDATES_MAX {
            return None;
        }
    }
    Some(dates)
}

fn date_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}
