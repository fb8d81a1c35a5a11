//! Values of the domain as columns, and back; what can't be read is unknown.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::domain::account::Account;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::domain::stamp::{Stamp, Uptime};
use crate::domain::text::{LENGTH_MAX, sanitise};

/// The columns that [`sample`] reads, of `samples` and `profiles`.
pub(super) const SAMPLE_COLUMNS: &str = "at, credits, minute_remaining, day_remaining, unused_for, \
     server_ahead_seconds, latency, tier, monthly_allowance, requests_per_minute, requests_per_day, created_at, \
     minute_limit, day_limit";

/// Counts beyond what SQLite can hold become the largest that it can.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Mark in a column that there is no limit; where nothing is known of one, the column is null.
const UNLIMITED: i64 = -1;

/// The column of a limit.
pub(super) fn limit_column(limit: Limit) -> Option<i64> {
    match limit {
        Limit::Unknown => None,
        Limit::Unlimited => Some(UNLIMITED),
        Limit::Of(number) => Some(count(number)),
    }
}

fn limit(row: &Row<'_>, name: &str) -> Limit {
    match integer(row, name) {
        Some(UNLIMITED) => Limit::Unlimited,
        Some(number) => u64::try_from(number).map_or(Limit::Unknown, Limit::Of),
        None => Limit::Unknown,
    }
}

/// The span in milliseconds.
pub(super) fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Time from the last use of the key to `at`, in milliseconds.
pub(super) fn unused_for(sample: &Sample) -> Option<i64> {
    sample.account.last_used_at.map(|used| sample.at.as_millisecond().saturating_sub(used.as_millisecond()))
}

/// Whole seconds that the service's clock is ahead of the whole seconds of `at`.
pub(super) fn server_ahead_seconds(sample: &Sample) -> Option<i64> {
    let at = sample.at.as_millisecond().div_euclid(1_000);
    sample.server_clock.map(|server| server.as_millisecond().div_euclid(1_000).saturating_sub(at))
}

/// Reads the columns of [`SAMPLE_COLUMNS`]; `None` where the time or the credits are unknown.
pub(super) fn sample(row: &Row<'_>) -> Option<Sample> {
    let at = integer(row, "at")?;
    let server_second = integer(row, "server_ahead_seconds").and_then(|ahead| at.div_euclid(1_000).checked_add(ahead));
    Some(Sample {
        at: moment(at)?,
        latency: SignedDuration::from_millis(integer(row, "latency").unwrap_or(0).max(0)),
        server_clock: server_second.and_then(|second| Timestamp::from_second(second).ok()),
        account: Account {
            tier: text(row, "tier"),
            credits_remaining: real(row, "credits")?,
            monthly_allowance: real(row, "monthly_allowance"),
            requests_per_minute: limit(row, "requests_per_minute"),
            requests_per_day: limit(row, "requests_per_day"),
            created_at: integer(row, "created_at").and_then(moment),
            last_used_at: integer(row, "unused_for").and_then(|unused| at.checked_sub(unused)).and_then(moment),
        },
        quota: Quota {
            minute_limit: limit(row, "minute_limit"),
            minute_remaining: integer(row, "minute_remaining"),
            day_limit: limit(row, "day_limit"),
            day_remaining: integer(row, "day_remaining"),
        },
    })
}

/// Reads the columns `others_use_at` and `others_use_exact`.
pub(super) fn others_use(row: &Row<'_>) -> Option<ExternalUse> {
    let at = integer(row, "others_use_at").and_then(moment)?;
    Some(ExternalUse { at, exact: integer(row, "others_use_exact") == Some(1) })
}

/// Reads the column `rotation_snoozed_until`.
pub(super) fn snoozed_until(row: &Row<'_>) -> Option<Timestamp> {
    integer(row, "rotation_snoozed_until").and_then(moment)
}

/// Reads the columns `at`, `boot` and `uptime`. One that can't be read is taken for `now`.
pub(super) fn stamp(row: &Row<'_>, now: &Stamp) -> Option<Stamp> {
    let wall = integer(row, "at").map(|at| moment(at).unwrap_or(now.wall))?;
    let boot = integer(row, "boot").map(i64::cast_unsigned);
    let uptime = boot.zip(integer(row, "uptime"));
    let uptime = uptime.map(|(boot, elapsed)| Uptime { boot, elapsed: SignedDuration::from_millis(elapsed) });
    Some(Stamp { wall, uptime })
}

/// The column `boot` of a stamp.
pub(super) fn boot(stamp: &Stamp) -> Option<i64> {
    stamp.uptime.map(|uptime| uptime.boot.cast_signed())
}

/// The column `uptime` of a stamp.
pub(super) fn uptime(stamp: &Stamp) -> Option<i64> {
    stamp.uptime.map(|uptime| milliseconds(uptime.elapsed))
}

/// A time of the database; `None` where it is beyond the calendar. Unlike [`Timestamp::from_millisecond`] it knows the
/// whole last second of the calendar, so that each time that can be kept can be read.
pub(super) fn moment(milliseconds: i64) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(milliseconds.rem_euclid(1_000)).ok()? * 1_000_000;
    Timestamp::new(milliseconds.div_euclid(1_000), nanoseconds).ok()
}

/// An integer of a row.
pub(super) fn integer(row: &Row<'_>, name: &str) -> Option<i64> {
    match row.get_ref(name) {
        Ok(ValueRef::Integer(integer)) => Some(integer),
        _ => None,
    }
}

/// A finite number of a row.
pub(super) fn real(row: &Row<'_>, name: &str) -> Option<f64> {
    match row.get_ref(name) {
        Ok(ValueRef::Real(real)) => Some(real).filter(|real| real.is_finite()),
        _ => None,
    }
}

/// A count of a row.
pub(super) fn natural(row: &Row<'_>, name: &str) -> Option<u64> {
    integer(row, name).and_then(|integer| u64::try_from(integer).ok())
}

/// A text of a row, safe to show; `None` for an empty one.
pub(super) fn text(row: &Row<'_>, name: &str) -> Option<String> {
    match row.get_ref(name) {
        Ok(ValueRef::Text(bytes)) => {
            std::str::from_utf8(bytes).ok().map(|text| sanitise(text, LENGTH_MAX)).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// A value that was kept as JSON; texts in it are made safe by their types.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, name: &str) -> Option<T> {
    match row.get_ref(name) {
        Ok(ValueRef::Text(bytes)) => serde_json::from_slice(bytes).ok(),
        _ => None,
    }
}
