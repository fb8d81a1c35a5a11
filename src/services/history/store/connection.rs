//! Open database of the history, and the keys in it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::domain::api_key::Fingerprint;
use crate::services::history::values;

/// An open database with tables of this version.
#[derive(Debug)]
pub struct HistoryStore {
    pub(super) connection: Connection,
}

impl HistoryStore {
    pub(in crate::services::history) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    #[cfg(test)]
    pub(in crate::services::history) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Transaction that writes, which waits for those of other processes.
    pub(super) fn write(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// Number of a key; `None` where it is not known.
pub(super) fn key_id(transaction: &Transaction<'_>, fingerprint: Fingerprint) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached("SELECT id FROM keys WHERE fingerprint = ?1")?
        .query_row([fingerprint.to_string()], |row| row.get(0))
        .optional()
}

/// Number of a key, which is known from now on.
pub(super) fn known_key_id(transaction: &Transaction<'_>, fingerprint: Fingerprint) -> rusqlite::Result<i64> {
    if let Some(key_id) = key_id(transaction, fingerprint)? {
        return Ok(key_id);
    }
    transaction.execute("INSERT INTO keys (fingerprint) VALUES (?1)", [fingerprint.to_string()])?;
    Ok(transaction.last_insert_rowid())
}

/// Moment so long before another, in milliseconds since 1970.
pub(super) fn before(now: Timestamp, span: SignedDuration) -> i64 {
    now.as_millisecond().saturating_sub(values::milliseconds(span))
}
