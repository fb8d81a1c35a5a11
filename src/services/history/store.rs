//! The questions to the tables. Each method is one transaction, and blocks.

mod activity;
mod alerts;
mod credits;
mod event_log;
mod key_verdicts;
mod outbox;
mod permits;
mod roll_up;
mod rotations;
#[cfg(test)]
mod tests;
mod transfer;
pub(super) mod unreadable_rows;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

pub(super) use roll_up::RollUpCursor;

use super::HistoryCounts;
use super::lease_holder::LeaseHolder;
use super::values::{self, SAMPLE_COLUMNS};
use crate::domain::api_key::Fingerprint;
use crate::domain::last_use::ExternalUse;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::monitor::input::KeyHistory;
use crate::monitor::polling::request_log::RequestLog;

/// Age from which calls are forgotten.
const CALLS_KEPT: SignedDuration = RequestLog::KEPT;
/// Calls that lie further ahead than this were entered by a clock that was wrong.
const FUTURE_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Samples forgotten in one transaction, so that neither memory nor other programs suffer.
const FORGOTTEN_AT_ONCE: u32 = 5_000;

/// An open database with tables of this version.
#[derive(Debug)]
pub struct HistoryStore {
    connection: Connection,
}

impl HistoryStore {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// History of a key; samples and calls from after `now` are taken for older ones.
    pub(super) fn recall(&mut self, fingerprint: Fingerprint, now: impl Into<Stamp>) -> rusqlite::Result<KeyHistory> {
        let transaction = self.connection.transaction()?;
        match key_id(&transaction, fingerprint)? {
            Some(key_id) => Ok(memory(&transaction, key_id, None, &now.into())?.0),
            None => Ok(KeyHistory::default()),
        }
    }

    /// Stores a sample, to the millisecond. When this returns without an error, it outlasts the loss of the process and
    /// of power.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn store_sample(
        &mut self,
        fingerprint: Fingerprint,
        sample: &Sample,
        others_use: Option<ExternalUse>,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        insert_answer(&transaction, key_id, sample, others_use)?;
        transaction.commit()
    }

    /// Forgets a number of samples from before `before`; tells how many, and whether there may be more.
    pub(super) fn prune(&mut self, before: Timestamp) -> rusqlite::Result<(u32, bool)> {
        let transaction = self.write()?;
        roll_up::close(&transaction, before.as_millisecond())?;
        let forgotten = transaction.execute(
            "DELETE FROM samples WHERE (key_id, at) IN (
                SELECT key_id, at FROM samples
                WHERE key_id IN (SELECT id FROM keys) AND at < ?1 LIMIT ?2)",
            params![before.as_millisecond(), FORGOTTEN_AT_ONCE],
        )?;
        activity::forget(&transaction, before)?;
        transaction.commit()?;
        let forgotten = u32::try_from(forgotten).unwrap_or(FORGOTTEN_AT_ONCE);
        Ok((forgotten, forgotten >= FORGOTTEN_AT_ONCE))
    }

    /// Forgets the profiles and keys of which nothing else is left, unless a key is snoozed until `before` or later.
    pub(super) fn prune_unused(&mut self, before: Timestamp) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        transaction.execute("DELETE FROM profiles WHERE id NOT IN (SELECT profile_id FROM samples)", [])?;
        transaction.execute(
            "DELETE FROM keys WHERE NOT EXISTS (SELECT * FROM samples WHERE key_id = keys.id)
                AND NOT EXISTS (SELECT * FROM calls WHERE key_id = keys.id)
                AND NOT EXISTS (SELECT * FROM days WHERE key_id = keys.id)
                AND (rotation_snoozed_until IS NULL OR rotation_snoozed_until < ?1)",
            [before.as_millisecond()],
        )?;
        transaction.commit()
    }

    /// Reads all of the database, and tells what is in it.
    pub(super) fn check(&mut self) -> rusqlite::Result<HistoryCounts> {
        let transaction = self.connection.transaction()?;
        let finding: String = transaction.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if finding != "ok" {
            let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(damaged, Some(finding)));
        }
        transaction.query_row(
            "SELECT (SELECT count(*) FROM keys) AS keys, (SELECT count(*) FROM samples) AS samples,
                (SELECT count(*) FROM calls) AS calls",
            [],
            |row| {
                let count = |name| values::natural(row, name).unwrap_or(0);
                Ok(HistoryCounts { keys: count("keys"), samples: count("samples"), calls: count("calls") })
            },
        )
    }

    /// Writes to the file without changing anything in it.
    ///
    /// # Errors
    /// When nothing can be kept, such as on a full or read-only disk.
    pub fn try_writing(&mut self) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()
    }

    fn write(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

fn key_id(transaction: &Transaction<'_>, fingerprint: Fingerprint) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached("SELECT id FROM keys WHERE fingerprint = ?1")?
        .query_row([fingerprint.to_string()], |row| row.get(0))
        .optional()
}

fn known_key_id(transaction: &Transaction<'_>, fingerprint: Fingerprint) -> rusqlite::Result<i64> {
    if let Some(key_id) = key_id(transaction, fingerprint)? {
        return Ok(key_id);
    }
    transaction.execute("INSERT INTO keys (fingerprint) VALUES (?1)", [fingerprint.to_string()])?;
    Ok(transaction.last_insert_rowid())
}

/// History of a key, and true where `holder` stored the newest outcome.
fn memory(
    transaction: &Transaction<'_>,
    key_id: i64,
    holder: Option<&LeaseHolder>,
    now: &Stamp,
) -> rusqlite::Result<(KeyHistory, bool)> {
    let (others_use, snoozed_until) = transaction
        .prepare_cached("SELECT others_use_at, others_use_exact, rotation_snoozed_until FROM keys WHERE id = ?1")?
        .query_row([key_id], |row| Ok((values::others_use(row), values::snoozed_until(row))))?;
    let (verdict, number, is_own) = key_verdicts::read(transaction, key_id, holder, now)?;
    let history = KeyHistory {
        sample: newest_sample(transaction, key_id, now.wall)?,
        others_use,
        calls: calls(transaction, key_id, now)?,
        snoozed_until,
        verdict: Box::new(verdict),
        outcome_number: number,
        is_under_way: permits::is_in_flight(transaction, key_id, holder, now)?,
        is_own,
        others: key_verdicts::others(transaction, key_id, now)?,
    };
    Ok((history, is_own))
}

/// Stores a sample and all that comes with it.
fn insert_answer(
    transaction: &Transaction<'_>,
    key_id: i64,
    sample: &Sample,
    others_use: Option<ExternalUse>,
) -> rusqlite::Result<()> {
    insert_sample(transaction, key_id, sample, true)?;
    roll_up::mark_outdated(transaction, key_id, roll_up::number_of_day(sample.at))?;
    match others_use {
        Some(others_use) => keep_others_use(transaction, key_id, others_use, sample.at),
        None => Ok(()),
    }
}

/// Stores a sample, and returns true where it did: one of the same key and millisecond stays unless it `replaces` that.
fn insert_sample(
    transaction: &Transaction<'_>,
    key_id: i64,
    sample: &Sample,
    replaces: bool,
) -> rusqlite::Result<bool> {
    let conflict = if replaces { "REPLACE" } else { "IGNORE" };
    let stored = transaction
        .prepare_cached(&format!(
            "INSERT OR {conflict} INTO samples (key_id, at, profile_id, credits, minute_remaining, day_remaining,
                unused_for, server_ahead_seconds, latency) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        ))?
        .execute(params![
            key_id,
            sample.at.as_millisecond(),
            profile_id(transaction, sample)?,
            sample.account.credits_remaining,
            sample.quota.minute_remaining,
            sample.quota.day_remaining,
            values::unused_for(sample),
            values::server_ahead_seconds(sample),
            values::milliseconds(sample.latency),
        ])?;
    Ok(stored > 0)
}

fn profile_id(transaction: &Transaction<'_>, sample: &Sample) -> rusqlite::Result<i64> {
    let (account, quota) = (&sample.account, &sample.quota);
    let profile = params![
        account.created_at.map(Timestamp::as_millisecond),
        account.tier,
        account.monthly_allowance,
        values::limit_column(account.requests_per_minute),
        values::limit_column(account.requests_per_day),
        values::limit_column(quota.minute_limit),
        values::limit_column(quota.day_limit),
    ];
    let known = transaction
        .prepare_cached(
            "SELECT id FROM profiles WHERE created_at IS ?1 AND tier IS ?2 AND monthly_allowance IS ?3
                AND requests_per_minute IS ?4 AND requests_per_day IS ?5 AND minute_limit IS ?6 AND day_limit IS ?7",
        )?
        .query_row(profile, |row| row.get(0))
        .optional()?;
    if let Some(profile_id) = known {
        return Ok(profile_id);
    }
    transaction.execute(
        "INSERT INTO profiles (created_at, tier, monthly_allowance, requests_per_minute, requests_per_day,
            minute_limit, day_limit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        profile,
    )?;
    Ok(transaction.last_insert_rowid())
}

/// The later use wins, for another process may know of a later one; a use in the future is never held on to.
fn keep_others_use(
    transaction: &Transaction<'_>,
    key_id: i64,
    others_use: ExternalUse,
    sampled_at: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE keys SET others_use_at = ?2, others_use_exact = ?3
             WHERE id = ?1 AND (others_use_at IS NULL OR others_use_at <= ?2 OR others_use_at > ?4)",
        )?
        .execute(params![key_id, others_use.at.as_millisecond(), others_use.exact, sampled_at.as_millisecond()])?;
    Ok(())
}

/// The newest readable sample that is not from the future; failing that, one that is.
fn newest_sample(transaction: &Transaction<'_>, key_id: i64, now: Timestamp) -> rusqlite::Result<Option<Sample>> {
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {SAMPLE_COLUMNS} FROM samples LEFT JOIN profiles ON profiles.id = profile_id
         WHERE key_id = ?1 AND at BETWEEN ?2 AND ?3 ORDER BY at DESC"
    ))?;
    let now = now.as_millisecond();
    for (from, to) in [(i64::MIN, now), (now, i64::MAX)] {
        let mut rows = statement.query(params![key_id, from, to])?;
        while let Some(row) = rows.next()? {
            if let Some(sample) = values::sample(row) {
                return Ok(Some(sample));
            }
        }
    }
    Ok(None)
}

/// The key's calls of the last two days, oldest first, by today's clock on the wall.
fn calls(transaction: &Transaction<'_>, key_id: i64, now: &Stamp) -> rusqlite::Result<Vec<Timestamp>> {
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

fn forget_old_calls(transaction: &Transaction<'_>, now: &Stamp) -> rusqlite::Result<()> {
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
fn move_future_calls(transaction: &Transaction<'_>, key_id: i64, now: Timestamp) -> rusqlite::Result<()> {
    let latest = now.as_millisecond().saturating_add(values::milliseconds(FUTURE_MAX));
    transaction
        .prepare_cached("UPDATE calls SET at = ?2 WHERE key_id = ?1 AND at > ?3 AND boot IS NULL")?
        .execute(params![key_id, now.as_millisecond(), latest])?;
    Ok(())
}

fn before(now: Timestamp, span: SignedDuration) -> i64 {
    now.as_millisecond().saturating_sub(values::milliseconds(span))
}
