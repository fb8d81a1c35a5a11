//! Calls of the request log: those of the last days, and those under way.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::stamp::Stamp;
use crate::monitor::polling::request_log::RequestLog;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::values;
use crate::services::http::timeouts;
use crate::services::process;

/// Age from which calls are forgotten.
const CALLS_KEPT: SignedDuration = RequestLog::KEPT;
/// Calls that lie further ahead than this were entered by a clock that was wrong.
const FUTURE_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Longest duration of a call, whatever becomes of it: its time limit, and what goes with it.
const CALL_MAX: Duration = timeouts::POLL.saturating_add(Duration::from_secs(5));

/// The key's calls of the last two days, oldest first, by today's clock on the wall.
pub(super) fn calls(transaction: &Transaction<'_>, key_id: i64, now: &Stamp) -> rusqlite::Result<Vec<Timestamp>> {
    let mut statement = transaction.prepare_cached("SELECT at, boot, uptime FROM calls WHERE key_id = ?1")?;
    let ages = statement
        .query_map([key_id], |row| Ok(values::stamp(row, now).map_or(SignedDuration::ZERO, |call| now.since(&call))))?;
    let mut calls = Vec::new();
    for age in ages {
        calls.extend(Some(age?).filter(|age| *age < CALLS_KEPT).map(|age| now.before(age).wall));
    }
    calls.sort_unstable();
    Ok(calls)
}

pub(super) fn forget_old_calls(transaction: &Transaction<'_>, now: &Stamp) -> rusqlite::Result<()> {
    let oldest = now.before(CALLS_KEPT);
    transaction
        .prepare_cached(
            "DELETE FROM calls WHERE key_id IN (SELECT id FROM keys)
                AND CASE WHEN boot = ?1 THEN uptime < ?2 ELSE at < ?3 END",
        )?
        .execute(params![values::boot(&oldest), values::uptime(&oldest), oldest.wall.as_millisecond()])?;
    Ok(())
}

/// Calls of a clock on the wall that was since set back would count for ever; from now on they age like a call of now.
pub(super) fn move_future_calls(transaction: &Transaction<'_>, key_id: i64, now: Timestamp) -> rusqlite::Result<()> {
    let latest = now.as_millisecond().saturating_add(values::milliseconds(FUTURE_MAX));
    transaction
        .prepare_cached("UPDATE calls SET at = ?2 WHERE key_id = ?1 AND at > ?3 AND boot IS NULL")?
        .execute(params![key_id, now.as_millisecond(), latest])?;
    Ok(())
}

/// True where another holder, whose process runs, is making a call with the key.
pub(super) fn is_in_flight(
    transaction: &Transaction<'_>,
    key_id: i64,
    holder: Option<&LeaseHolder>,
    now: &Stamp,
) -> rusqlite::Result<bool> {
    let longest = SignedDuration::try_from(CALL_MAX).unwrap_or(SignedDuration::MAX);
    let left = transaction
        .prepare_cached("SELECT * FROM calls_under_way WHERE key_id = ?1 AND holder IS NOT ?2")?
        .query_row(params![key_id, holder.map(LeaseHolder::number)], |row| Ok(remaining_hold(row, longest, now)))
        .optional()?;
    Ok(left.flatten().is_some())
}

/// Time for which another holder still holds what it began, of `duration` at most; `None` where its process is gone.
pub(super) fn remaining_hold(row: &Row<'_>, duration: SignedDuration, now: &Stamp) -> Option<SignedDuration> {
    let began = values::stamp(row, now)?;
    let is_of_wrong_clock = began.uptime.is_none() && began.wall.duration_since(now.wall) > duration;
    let left = duration - now.since(&began);
    let runs = || !values::text(row, "process").is_some_and(|process| process::is_gone(&process));
    (left.is_positive() && !is_of_wrong_clock && runs()).then_some(left)
}
