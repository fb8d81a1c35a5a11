//! `[thresholds]`, for all environments and for each.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::error::ConfigFileError;
use super::toml_table::TomlTable;
use crate::domain::thresholds::Thresholds;

pub(super) const THRESHOLD_KEYS: &[&str] = &[
    "credits_low_percent",
    "credits_critical_percent",
    "credits_low",
    "credits_critical",
    "reset_day",
    "rotation_days",
    "rotation_soon_days",
    "daily_reserve_percent",
    "stale_after",
    "clock_skew",
];

const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const RESERVE_PERCENT: RangeInclusive<f64> = 0.0..=90.0;
const CREDITS: RangeInclusive<f64> = 0.0..=1e12;
const DAYS: RangeInclusive<u32> = 1..=3_650;
const DAYS_BEFORE: RangeInclusive<u32> = 0..=3_650;
const DAYS_OF_MONTH: RangeInclusive<u32> = 1..=31;
const STALE_AFTER: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::from_hours(24 * 7);
const CLOCK_SKEW: RangeInclusive<SignedDuration> = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);

/// Thresholds from the `[thresholds]` below `parent`; those of `base` where they are not written.
///
/// # Errors
/// At a value of another kind or out of range, and at one that contradicts another.
pub(super) fn thresholds(parent: &TomlTable<'_>, base: &Thresholds) -> Result<Thresholds, ConfigFileError> {
    let table = parent.table("thresholds")?.only(THRESHOLD_KEYS)?;
    let number = |key, range, default| Ok(table.number(key, range)?.unwrap_or(default));
    let days = |key, range, default| Ok(table.whole_number(key, range)?.unwrap_or(default));
    let duration = |key, range, default| Ok(table.duration(key, range)?.unwrap_or(default));
    let reset_day = table.whole_number("reset_day", &DAYS_OF_MONTH)?;
    let thresholds = Thresholds {
        credits_low_percent: number("credits_low_percent", &PERCENT, base.credits_low_percent)?,
        credits_critical_percent: number("credits_critical_percent", &PERCENT, base.credits_critical_percent)?,
        credits_low: table.number("credits_low", &CREDITS)?.or(base.credits_low),
        credits_critical: table.number("credits_critical", &CREDITS)?.or(base.credits_critical),
        reset_day: reset_day.and_then(|day| u8::try_from(day).ok()).or(base.reset_day),
        rotation_days: days("rotation_days", &DAYS, base.rotation_days)?,
        rotation_soon_days: days("rotation_soon_days", &DAYS_BEFORE, base.rotation_soon_days)?,
        daily_reserve_percent: number("daily_reserve_percent", &RESERVE_PERCENT, base.daily_reserve_percent)?,
        stale_after: duration("stale_after", &STALE_AFTER, base.stale_after)?,
        clock_skew: duration("clock_skew", &CLOCK_SKEW, base.clock_skew)?,
    };
    check(&table, &thresholds)?;
    Ok(thresholds)
}

/// Refuses thresholds that contradict each other, at the one that is written.
fn check(table: &TomlTable<'_>, thresholds: &Thresholds) -> Result<(), ConfigFileError> {
    let error = |[first, second]: [&str; 2], reason| {
        let written = if table.has(first) { first } else { second };
        Err(table.error_of_key(written, reason))
    };
    let Thresholds { credits_low_percent, credits_critical_percent, credits_low, credits_critical, .. } = *thresholds;
    for (keys, critical, low, unit) in [
        (
            ["credits_critical_percent", "credits_low_percent"],
            Some(credits_critical_percent),
            Some(credits_low_percent),
            " %",
        ),
        (["credits_critical", "credits_low"], credits_critical, credits_low, ""),
    ] {
        if let (Some(critical), Some(low)) = (critical, low)
            && critical > low
        {
            let order = format!("credits are critical at {critical}{unit}, which is above low at {low}{unit}");
            return error(keys, format!("contradicts the other: {order}"));
        }
    }
    let Thresholds { rotation_days: days, rotation_soon_days: soon, .. } = *thresholds;
    if soon >= days {
        let order = format!("the reminder {soon} days before must start after a key's first of {days}");
        return error(["rotation_soon_days", "rotation_days"], format!("leaves no time: {order}"));
    }
    Ok(())
}
