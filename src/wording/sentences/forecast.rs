//! Whether the credits last, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::days;
use crate::domain::forecast::{Burn, DAYS_MIN, Exhaustion, Forecast, Outlook, Reset, ResetOrigin};
use crate::domain::format;
use crate::wording::times;

/// From there on a burn is told without decimals.
const WHOLE_FROM: f64 = 10.0;

/// `412 a day, lasts until the reset on 1 Dec`; `None` where there is nothing to say, or a flag says it.
#[must_use]
pub fn outlook(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let burn = a_day(forecast.burn.a_day()?);
    match (forecast.outlook, forecast.reset) {
        (Outlook::Lasts(exhaustion), Some(reset)) => {
            let is_close = exhaustion.earliest.is_some_and(|earliest| earliest < reset.next);
            let probably = if is_close { "probably " } else { "" };
            Some(format!("{burn}, {probably}lasts until the reset on {}", reset_date(reset, now)))
        }
        (Outlook::Lasts(_), None) => Some(format!("{burn}, lasts for more than a year")),
        (Outlook::RunsOut(exhaustion), None) => Some(format!("{burn}, {}", end(exhaustion, now, zone)?)),
        _ => None,
    }
}

/// `runs out 24 Nov, typical range 22–27 Nov, 7 days before the reset on 1 Dec`; `None` where it does not.
#[must_use]
pub fn runs_out(forecast: &Forecast, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let (Outlook::RunsOut(exhaustion), Some(reset)) = (forecast.outlook, forecast.reset) else { return None };
    let date = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    let before = date(reset.next).duration_since(date(exhaustion.at?)).as_hours() / 24;
    let before = days(u64::try_from(before).unwrap_or(0));
    Some(format!("{}, {before} before the reset on {}", end(exhaustion, now, zone)?, reset_date(reset, now)))
}

/// `380 in 24 h, 412 a day over 7 d, 405 over 14 d`, as far as it is known.
#[must_use]
pub fn burn(forecast: &Forecast) -> String {
    let Burn { day, week, fortnight, .. } = forecast.burn;
    match forecast.outlook {
        Outlook::NotEnoughHistory => format!("not enough history for a forecast, which needs {DAYS_MIN} days"),
        Outlook::NoUse => "no use seen in 14 days".to_owned(),
        _ => {
            let mut parts = Vec::new();
            parts.extend(day.map(|burn| format!("{} in 24 h", number(burn))));
            parts.extend(week.map(|burn| format!("{} over 7 d", a_day(burn))));
            let alone = week.is_none();
            parts.extend(fortnight.map(|burn| format!("{} over 14 d", if alone { a_day(burn) } else { number(burn) })));
            if parts.is_empty() { "not known".to_owned() } else { parts.join(", ") }
        }
    }
}

/// `day 1 of the month (UTC), learnt from 2 rises`
#[must_use]
pub fn reset(forecast: &Forecast) -> String {
    let Some(Reset { day, origin, .. }) = forecast.reset else {
        return "not known: no rise to the allowance was seen yet".to_owned();
    };
    let day = if day == 31 { "the last day of the month".to_owned() } else { format!("day {day} of the month") };
    match origin {
        ResetOrigin::Configured => format!("{day} (UTC), configured"),
        ResetOrigin::Learnt(1) => format!("{day} (UTC), learnt from one rise"),
        ResetOrigin::Learnt(rises) => format!("{day} (UTC), learnt from {rises} rises"),
    }
}

/// `runs out 24 Nov, typical range 22–27 Nov`
fn end(exhaustion: Exhaustion, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let at = times::date(exhaustion.at?, now, zone);
    let range = match (exhaustion.earliest.map(|it| times::date(it, now, zone)), exhaustion.latest) {
        (Some(earliest), Some(latest)) => {
            let latest = times::date(latest, now, zone);
            if earliest == latest { String::new() } else { format!(", typical range {}", between(&earliest, &latest)) }
        }
        (Some(earliest), None) => format!(", typically not before {earliest}"),
        (None, _) => String::new(),
    };
    Some(format!("runs out {at}{range}"))
}

/// `22–27 Nov`, `28 Nov–3 Dec`
fn between(earliest: &str, latest: &str) -> String {
    let rest = |date: &str| date.split_once(' ').map(|(_, rest)| rest.to_owned());
    match earliest.split_once(' ') {
        Some((day, month)) if rest(latest).as_deref() == Some(month) => format!("{day}–{latest}"),
        _ => format!("{earliest}–{latest}"),
    }
}

/// The reset is at midnight UTC, and so is its date.
fn reset_date(reset: Reset, now: Timestamp) -> String {
    times::date(reset.next, now, &TimeZone::UTC)
}

/// `412 a day`
#[must_use]
pub fn a_day(burn: f64) -> String {
    format!("{} a day", number(burn))
}

fn number(burn: f64) -> String {
    format::credits(if burn < WHOLE_FROM { burn } else { burn.round() })
}
