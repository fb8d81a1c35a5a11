//! The questions to the tables. Each method is one transaction, and blocks.

mod activity;
mod alerts;
mod calls;
mod connection;
mod credits;
mod event_log;
mod key_history;
mod key_verdicts;
mod keys_in_use;
mod outbox;
mod permits;
mod roll_up;
mod rotations;
mod samples;
#[cfg(test)]
mod tests;
mod transfer;
pub(super) mod unreadable_rows;

use jiff::Timestamp;
use rusqlite::params;

pub use connection::HistoryStore;
pub(super) use roll_up::RollUpCursor;

use super::values;

/// Samples forgotten in one transaction, so that neither memory nor other programs suffer.
const FORGOTTEN_AT_ONCE: u32 = 5_000;

/// Numbers of the contents of a history, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryCounts {
    /// Keys, by their fingerprints.
    pub keys: u64,
    /// Samples of all keys.
    pub samples: u64,
    /// Calls in the request log.
    pub calls: u64,
}

impl HistoryStore {
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
}
