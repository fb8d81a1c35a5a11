//! On which day of the month the balance is filled up, and whether it was.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::balance_steps::{BalanceStep, FULL_TO};
use super::units::earlier;
use crate::domain::time::{DAY, day_of, end_of_day, midnight};

/// Past in which the reset of each month is looked for; two of them lie in it.
pub const RESET_PAST: SignedDuration = SignedDuration::from_hours(75 * 24);

/// A smaller rise, as a part of the allowance, is a refund, or a balance that wobbles.
const RISE_MIN: f64 = 0.02;
/// A rise of this part to just the allowance is a reset though it is alone.
const ALONE_MIN: f64 = 0.05;
/// Rises of this part are resets where they recur, wherever they end.
const RECURRING_MIN: f64 = 0.5;
/// Levels that differ by less than this part of the allowance are the same.
const SAME_LEVEL: f64 = 0.1;
/// A balance of which less than this part is missing shows no reset.
const FULL_SHOWS_NONE: f64 = 0.95;
/// A gap with more midnights tells nothing of the day.
const CANDIDATES_MAX: usize = 4;
/// The time of day is learnt from samples that lie no further apart.
const TIME_WITHIN: SignedDuration = SignedDuration::from_hours(3);
const HOUR: i64 = 3_600;

/// The reset of each month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reset {
    /// The day of the month (UTC), 1 to 31; in shorter months it is the last.
    pub day: u8,
    /// Source of that knowledge.
    pub origin: ResetOrigin,
    /// The next one: at the time of day that was learnt, else when its day begins, in UTC. May lie in the past while
    /// it is due.
    pub next: Timestamp,
    /// True once its day has begun, until a rise is seen.
    pub is_due: bool,
    /// The last one, where its day went by and no rise was seen.
    pub missed: Option<Timestamp>,
    /// The time after midnight that was learnt.
    time: Option<SignedDuration>,
}

/// Source of the day of the reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum ResetOrigin {
    /// The operator said so.
    Configured,
    /// From so many rises that agree on it, at least one.
    Learnt(u32),
}

impl Reset {
    /// Reset, as far as it is known; what was configured goes before what can be learnt.
    pub(super) fn find(
        steps: &[BalanceStep],
        configured: Option<u8>,
        newest: Timestamp,
        now: Timestamp,
    ) -> Option<Self> {
        let rises: Vec<_> = steps.iter().filter(|step| step.fills_up(RISE_MIN)).filter_map(Rise::new).collect();
        let (day, origin) = match configured {
            Some(day) => (day.clamp(1, 31), ResetOrigin::Configured),
            None => learn(&rises)?,
        };
        let time = rises.iter().rev().find_map(|rise| rise.time(day));
        let (last, next) = (start(day, now, false)?, start(day, now, true)?);
        // A day is known to be over by a sample, or a day later.
        let is_open = newest < end_of(last) && earlier(now, DAY) < end_of(last);
        let is_seen = is_seen(steps, last);
        let is_missed = !is_seen && newest >= end_of(last) && would_show(steps, last);
        let is_due = is_open && !is_seen;
        let on = |day: Timestamp| day.saturating_add(time.unwrap_or_default()).unwrap_or(day);
        let (next, missed) = (on(if is_due { last } else { next }), is_missed.then(|| on(last)));
        Some(Self { day, origin, next, is_due, missed, time })
    }

    /// Moment up to which it makes sense to look ahead: the reset, or the end of the day on which it is due.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        if self.is_due { end_of(self.next) } else { self.next }
    }

    /// The beginnings of its days between two moments, and before the first the last.
    pub(super) fn days(&self, since: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let days = std::iter::successors(start(self.day, until, false), |day| {
            start(self.day, earlier(*day, SignedDuration::from_secs(1)), false).filter(|_| *day > since)
        });
        days.collect()
    }

    /// True when it may have come during a step, on the day that begins then, without being seen.
    pub(super) fn may_lie_in(&self, step: &BalanceStep, day: Timestamp) -> bool {
        let is_long = step.to.at.duration_since(step.from.at) > TIME_WITHIN;
        let from = day.saturating_add(self.time.unwrap_or_default()).unwrap_or(day);
        let until = if is_long && self.time.is_none() { end_of(day) } else { from };
        from <= step.to.at && step.from.at < until
    }
}

/// True when the balance was filled up on the day that begins then, or a day before or after it, for the day may be
/// told by another zone; filled up with another plan, it is filled up too.
fn is_seen(steps: &[BalanceStep], day: Timestamp) -> bool {
    let is_filled = |step: &BalanceStep| {
        step.fills_up(ALONE_MIN) || step.changes_plan && step.level().is_some_and(|level| level >= FULL_SHOWS_NONE)
    };
    let (from, until) = (earlier(day, DAY), end_of(day).saturating_add(DAY).unwrap_or(Timestamp::MAX));
    steps.iter().any(|step| step.from.at < until && step.to.at >= from && is_filled(step))
}

/// True when so much was missing as the day began that a reset on it would have been seen.
fn would_show(steps: &[BalanceStep], day: Timestamp) -> bool {
    let before = steps.iter().rev().find(|step| step.from.at < day);
    before.is_some_and(|step| {
        let balance = if step.to.at < day { step.to } else { step.from };
        step.allowance.is_none_or(|allowance| balance.credits < FULL_SHOWS_NONE * allowance)
    })
}

/// A rise that may be a reset.
struct Rise {
    /// The days on which it may have come, the likeliest first.
    dates: Vec<Date>,
    /// Part of the allowance by which it rose.
    height: f64,
    /// Part of the allowance that it rose to.
    level: f64,
    from: Timestamp,
    to: Timestamp,
}

impl Rise {
    fn new(step: &BalanceStep) -> Option<Self> {
        let (from, to) = (step.from.at, step.to.at);
        let height = step.rise() / step.allowance?;
        Some(Self { dates: candidates(from, to)?, height, level: step.level()?, from, to })
    }

    /// Its date, if it may have come on that day of the month.
    fn on(&self, day: u8) -> Option<Date> {
        self.dates.iter().copied().find(|date| is_on(*date, day))
    }

    /// True for a reset that is one though it be the only one.
    fn is_reset_alone(&self) -> bool {
        self.height >= ALONE_MIN && self.level <= FULL_TO
    }

    /// True when two of different months make each other resets: bought credits may lie above the allowance.
    fn agrees_with(&self, other: &Self) -> bool {
        self.height.min(other.height) >= RECURRING_MIN
            || (self.level - other.level).abs() <= SAME_LEVEL
            || other.is_reset_alone()
    }

    /// The time after midnight, if it came on that day of the month. Services fill up at full hours.
    fn time(&self, day: u8) -> Option<SignedDuration> {
        let begins = midnight(self.on(day)?)?;
        let [from, to] =
            [self.from, self.to].map(|moment| moment.duration_since(begins).clamp(SignedDuration::ZERO, DAY));
        let hour = SignedDuration::from_secs((from.as_secs() + HOUR - 1).div_euclid(HOUR) * HOUR);
        let is_tight = self.to.duration_since(self.from) <= TIME_WITHIN;
        is_tight.then(|| if hour <= to { hour } else { to }).filter(|time| *time < DAY)
    }
}

/// The day on which the most resets agree, and how many those are; of equals, that of the newest. Where most are of
/// other days, as those of each week are, it is none of each month.
fn learn(rises: &[Rise]) -> Option<(u8, ResetOrigin)> {
    let votes = [0; 32].iter().enumerate();
    let votes: Vec<usize> = votes.map(|(day, _)| u8::try_from(day).map_or(0, |day| votes_for(rises, day))).collect();
    let mut best: Option<(u8, usize)> = None;
    for date in rises.iter().rev().flat_map(|rise| &rise.dates) {
        let end = if date.day() == date.days_in_month() { 31 } else { date.day() };
        for day in (date.day()..=end).filter_map(|day| u8::try_from(day).ok()) {
            let votes = votes.get(usize::from(day)).copied().unwrap_or(0);
            if votes > best.map_or(0, |(_, most)| most) {
                best = Some((day, votes));
            }
        }
    }
    let resets = rises.iter().filter(|rise| rise.is_reset_alone()).count();
    let best = best.filter(|(_, votes)| 2 * votes >= resets);
    best.map(|(day, votes)| (day, ResetOrigin::Learnt(u32::try_from(votes).unwrap_or(u32::MAX))))
}

/// Number of months that had their reset on that day.
fn votes_for(rises: &[Rise], day: u8) -> usize {
    let on_it: Vec<_> = rises.iter().filter_map(|rise| Some((rise.on(day)?, rise))).collect();
    let recurs = |date: Date, rise: &Rise| on_it.iter().any(|(on, other)| *on != date && rise.agrees_with(other));
    let resets = on_it.iter().filter(|(date, rise)| rise.is_reset_alone() || recurs(*date, rise));
    let mut dates: Vec<_> = resets.map(|(date, _)| *date).collect();
    dates.dedup();
    dates.len()
}

/// The last midnight UTC up to a moment that begins the day of the reset, or the first after it.
pub(super) fn start(day: u8, moment: Timestamp, after: bool) -> Option<Timestamp> {
    let month = day_of(moment).first_of_month();
    let mut starts = (-1..=2).filter_map(|months: i64| {
        let month = month.checked_add(months.months()).ok()?;
        let days = u8::try_from(month.days_in_month()).ok()?;
        midnight(month.checked_add(i64::from(day.clamp(1, days) - 1).days()).ok()?)
    });
    if after { starts.find(|start| *start > moment) } else { starts.rfind(|start| *start <= moment) }
}

/// True when the reset of that day of the month falls on a date.
fn is_on(date: Date, day: u8) -> bool {
    i8::try_from(day).is_ok_and(|day| date.day() == day.min(date.days_in_month()))
}

/// The days on which a reset between two samples may have come, the likeliest first: those that began between them,
/// or the day itself. `None` for a gap that is too long to tell.
fn candidates(earlier: Timestamp, later: Timestamp) -> Option<Vec<Date>> {
    let (mut date, last) = (day_of(earlier), day_of(later));
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

/// The end of the UTC day of a moment.
fn end_of(moment: Timestamp) -> Timestamp {
    end_of_day(moment).unwrap_or(Timestamp::MAX)
}
