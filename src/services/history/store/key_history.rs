//! History of a key: all that is stored of it, for a monitor that begins to poll.

use rusqlite::Transaction;

use super::connection::{HistoryStore, key_id};
use super::samples::newest_sample;
use super::{calls, key_verdicts};
use crate::domain::api_key::Fingerprint;
use crate::domain::stamp::Stamp;
use crate::monitor::input::KeyHistory;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::values;

impl HistoryStore {
    /// History of a key; samples and calls from after `now` are taken for older ones.
    pub(in crate::services::history) fn recall(
        &mut self,
        fingerprint: Fingerprint,
        now: impl Into<Stamp>,
    ) -> rusqlite::Result<KeyHistory> {
        let transaction = self.connection.transaction()?;
        match key_id(&transaction, fingerprint)? {
            Some(key_id) => Ok(key_history(&transaction, key_id, None, &now.into())?.0),
            None => Ok(KeyHistory::default()),
        }
    }
}

/// History of a key, and true where `holder` stored the newest outcome.
pub(super) fn key_history(
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
        calls: calls::calls(transaction, key_id, now)?,
        snoozed_until,
        verdict: Box::new(verdict),
        outcome_number: number,
        is_under_way: calls::is_in_flight(transaction, key_id, holder, now)?,
        is_own,
        others: key_verdicts::others(transaction, key_id, now)?,
    };
    Ok((history, is_own))
}
