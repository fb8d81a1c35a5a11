//! Forecast in words: whether the credits last. All dates of a sentence are of the user's zone.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::names::days;
use crate::domain::forecast::{DAYS_MIN, Exhaustion, Forecast, Outlook, Reset, ResetOrigin, SpentCredits};
use crate::wording::format;
use crate::wording::times;

/// From there on amounts are told without decimals.
const WHOLE_FROM: f64 = 10.0;
/// Figures that end so long ago carry their date.
const OLD: SignedDuration = SignedDuration::from_hours(3);
const DAYS_OF_WEEK: f64 = 7.0;
const DAYS_OF_MONTH: f64 = 30.0;

/// `412 a day, lasts until the refill on 1 Dec`; `None` where there is nothing to say, or a flag says it.
#[must_use]
pub fn outlook(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let rate = rate(forecast.burn.a_day()?);
    match (forecast.outlook, forecast.reset) {
        (Outlook::Lasts(_), Some(reset)) if reset.is_due => Some(format!("{rate}, {}", due(reset, now, zone))),
        (Outlook::Lasts(exhaustion), Some(reset)) => {
            let is_close = exhaustion.earliest.is_some_and(|earliest| earliest < reset.next);
            let probably = if is_close { "probably " } else { "" };
            Some(format!("{rate}, {probably}lasts until the refill on {}", times::date(reset.next, now, zone)))
        }
        (Outlook::Lasts(_), None) => Some(format!("{rate}, lasts for more than a year")),
        (Outlook::RunsOut(exhaustion), None) => Some(format!("{rate}, {}", end(exhaustion, now, zone)?)),
        _ => None,
    }
}

/// Time that the credits last, in the few columns of a table: `to 1 Dec` (the refill), `24 Nov`, `> 1 year`.
#[must_use]
pub fn lasts(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> Option<String> {
    match (forecast.outlook, forecast.reset) {
        (Outlook::Lasts(_), Some(reset)) => Some(format!("to {}", times::day_or_month(reset.next, now, zone))),
        (Outlook::Lasts(_), None) => Some("> 1 year".to_owned()),
        (Outlook::RunsOut(exhaustion), _) => Some(times::day_or_month(exhaustion.at?, now, zone)),
        (Outlook::NoUse, _) => Some("no use".to_owned()),
        (Outlook::Out, _) => Some("used up".to_owned()),
        (Outlook::NotEnoughHistory(_), _) => None,
    }
}

/// `runs out 24 Nov, likely between 22 and 27 Nov (8 in 10), 7 days before the refill on 1 Dec`; `None` where it does
/// not.
#[must_use]
pub fn runs_out(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let (Outlook::RunsOut(exhaustion), Some(reset)) = (forecast.outlook, forecast.reset) else { return None };
    let date = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
    let before = date(reset.next).duration_since(date(exhaustion.at?)).as_hours() / 24;
    let before = match u64::try_from(before).unwrap_or(0) {
        0 => "just".to_owned(),
        count => days(count),
    };
    let refill = times::date(reset.next, now, zone);
    let missed = missed(reset, now, zone).map(|missed| format!(" ({missed})"));
    Some(format!(
        "{}, {before} before the refill on {refill}{}",
        end(exhaustion, now, zone)?,
        missed.unwrap_or_default()
    ))
}

/// `380 in 24 h · 2,884 in 7 days · 5,670 in 14 days`, as far as it is known, and from when on a forecast will be.
#[must_use]
pub fn spent(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> String {
    let burn = forecast.burn;
    let windows = [(burn.day, "24 h"), (burn.week, "7 days"), (burn.fortnight, "14 days")];
    let told = windows.into_iter().filter_map(|(spent, window)| Some((spent.filter(|spent| spent.is_of_all)?, window)));
    let mut parts: Vec<_> = told.map(|(spent, window)| format!("{} in {window}", sum(spent))).collect();
    if parts.is_empty() {
        parts.push("not known yet".to_owned());
    } else if now.duration_since(forecast.from.at) > OLD {
        parts.push(format!("up to {}", times::moment(forecast.from.at, now, zone)));
    }
    if let Outlook::NotEnoughHistory(enough_at) = forecast.outlook {
        let from = if enough_at > now { from(enough_at, now, zone) } else { "once there is more".to_owned() };
        parts.push(format!("forecast {from} ({DAYS_MIN} days of history needed)"));
    }
    parts.join(" · ")
}

/// `1 Dec · day 1 of the month (UTC), learnt from 2 refills`
#[must_use]
pub fn refill(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> String {
    let Some(reset) = forecast.reset else { return "day unknown: none seen yet".to_owned() };
    let day = match reset.day {
        31 => "the last day of the month".to_owned(),
        day => format!("day {day} of the month"),
    };
    let origin = match reset.origin {
        ResetOrigin::Configured => "configured".to_owned(),
        ResetOrigin::Learnt(1) => "learnt from one refill".to_owned(),
        ResetOrigin::Learnt(count) => format!("learnt from {count} refills"),
    };
    let next = if reset.is_due {
        let due = due(reset, now, zone);
        due.trim_start_matches("refill ").to_owned()
    } else {
        times::date(reset.next, now, zone)
    };
    let missed = missed(reset, now, zone).map(|missed| format!(" · {missed}"));
    format!("{next} · {day} (UTC), {origin}{}", missed.unwrap_or_default())
}

/// Credits used a day, as people say it: `412 a day`, `3.5 a day`, `about 3 a week`, `about 2 a month`.
#[must_use]
pub fn rate(a_day: f64) -> String {
    let few = |amount: f64, time: &str| format!("about {} a {time}", format::credits(amount.round()));
    match a_day {
        a_day if a_day <= 0.0 => "0 a day".to_owned(),
        a_day if a_day >= 0.95 => format!("{} a day", amount(a_day)),
        a_day if a_day * DAYS_OF_WEEK >= 0.95 => few(a_day * DAYS_OF_WEEK, "week"),
        a_day if a_day * DAYS_OF_MONTH >= 0.95 => few(a_day * DAYS_OF_MONTH, "month"),
        _ => "less than 1 a month".to_owned(),
    }
}

/// `refill due today`; by when, where its day, which is one of UTC, ends on another of the user's.
fn due(reset: Reset, now: Timestamp, zone: &TimeZone) -> String {
    let date = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
    let until = reset.until();
    let last = until.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(until);
    if now >= until {
        format!("refill was due {}", times::date(reset.next, now, zone))
    } else if date(last) == date(now) {
        "refill due today".to_owned()
    } else {
        format!("refill due by {}", times::moment(until, now, zone))
    }
}

/// `none seen on 17 Nov`, where one should have been.
fn missed(reset: Reset, now: Timestamp, zone: &TimeZone) -> Option<String> {
    reset.missed.map(|missed| format!("none seen on {}", times::date(missed, now, zone)))
}

/// `from 1 Dec on`, and today `from 18:40 on`
fn from(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let date = times::date(moment, now, zone);
    let from = if date == times::date(now, now, zone) { times::clock(moment, zone) } else { date };
    format!("from {from} on")
}

/// `runs out 24 Nov, likely between 22 and 27 Nov (8 in 10)`
fn end(exhaustion: Exhaustion, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let at = times::date(exhaustion.at?, now, zone);
    let range = match (exhaustion.earliest.map(|it| times::date(it, now, zone)), exhaustion.latest) {
        (Some(earliest), Some(latest)) => {
            let latest = times::date(latest, now, zone);
            if earliest == latest {
                String::new()
            } else {
                format!(", likely {} (8 in 10)", between(&earliest, &latest))
            }
        }
        (Some(earliest), None) => format!(", likely not before {earliest} (9 in 10)"),
        (None, _) => String::new(),
    };
    Some(format!("runs out {at}{range}"))
}

/// `between 22 and 27 Nov`, `between 28 Nov and 3 Dec`
fn between(earliest: &str, latest: &str) -> String {
    let rest = |date: &str| date.split_once(' ').map(|(_, rest)| rest.to_owned());
    match earliest.split_once(' ') {
        Some((day, month)) if rest(latest).as_deref() == Some(month) => format!("between {day} and {latest}"),
        _ => format!("between {earliest} and {latest}"),
    }
}

/// `380`, and `about 380` where a part of the time is not known.
fn sum(spent: SpentCredits) -> String {
    let about = if spent.is_whole { "" } else { "about " };
    format!("{about}{}", amount(spent.credits))
}

/// With one decimal below 10, unless that is 0.
fn amount(credits: f64) -> String {
    let tenths = (credits * 10.0).round();
    if credits >= WHOLE_FROM || tenths % 10.0 == 0.0 {
        format::credits(credits.round())
    } else {
        format!("{:.1}", tenths / 10.0)
    }
}
