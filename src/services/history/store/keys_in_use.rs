//! The key of each environment, for a process without one, and whether another process polls it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::calls::remaining_hold;
use super::connection::{HistoryStore, key_id};
use super::key_history::key_history;
use crate::domain::api_key::Fingerprint;
use crate::domain::api_key::KeyIdentity;
use crate::domain::environment::EnvironmentName;
use crate::domain::stamp::Stamp;
use crate::monitor::input::KeyHistory;
use crate::monitor::polling::key_verdict::KeyVerdict;
use crate::services::history::values;

/// Characters of a key that are ever kept.
const ENDING: usize = 4;

impl HistoryStore {
    /// Notes the key that this process uses for an environment.
    ///
    /// # Errors
    /// When the file can't be written, and another key was noted before.
    pub fn note_key_in_use(
        &mut self,
        environment: &EnvironmentName,
        key: &KeyIdentity,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        if self.key_in_use(environment)?.as_ref() == Some(key) {
            return Ok(());
        }
        let transaction = self.write()?;
        transaction.execute(
            "INSERT OR REPLACE INTO keys_in_use (environment, fingerprint, ending, at) VALUES (?1, ?2, ?3, ?4)",
            params![environment.as_str(), key.fingerprint.to_string(), key.ending, at.as_millisecond()],
        )?;
        transaction.commit()
    }

    /// Key that a process used last for an environment; `None` where none did, or that can't be read.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn key_in_use(&mut self, environment: &EnvironmentName) -> rusqlite::Result<Option<KeyIdentity>> {
        let key = self
            .connection
            .prepare_cached("SELECT fingerprint, ending FROM keys_in_use WHERE environment = ?1")?
            .query_row([environment.as_str()], |row| {
                let fingerprint = values::text(row, "fingerprint").and_then(|text| text.parse().ok());
                let is_ending =
                    |text: &String| text.len() == ENDING && text.bytes().all(|byte| byte.is_ascii_graphic());
                let ending = values::text(row, "ending").filter(is_ending);
                Ok(fingerprint.map(|fingerprint| KeyIdentity { fingerprint, ending }))
            })
            .optional()?;
        Ok(key.flatten())
    }

    /// History of a key, and true where a process that runs polls it.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn observe(&mut self, fingerprint: Fingerprint, now: &Stamp) -> rusqlite::Result<(KeyHistory, bool)> {
        let transaction = self.connection.transaction()?;
        let Some(key_id) = key_id(&transaction, fingerprint)? else { return Ok((KeyHistory::default(), false)) };
        let (history, _) = key_history(&transaction, key_id, None, now)?;
        let is_polled = history.is_under_way || is_leased(&transaction, key_id, &history.verdict, now)?;
        Ok((history, is_polled))
    }
}

/// True where a process that runs holds the lease of a key, or held it when it began to wait after a failure.
fn is_leased(transaction: &Transaction<'_>, key_id: i64, verdict: &KeyVerdict, now: &Stamp) -> rusqlite::Result<bool> {
    let wait = verdict.backoff.zip(verdict.at).map(|(backoff, at)| backoff.until.duration_since(at));
    let left = transaction
        .prepare_cached("SELECT * FROM leases WHERE key_id = ?1")?
        .query_row([key_id], |row| {
            let duration = SignedDuration::from_millis(values::integer(row, "duration").unwrap_or(0));
            let waited = duration.saturating_add(wait.unwrap_or_default());
            Ok(remaining_hold(row, duration.max(waited), now))
        })
        .optional()?;
    Ok(left.flatten().is_some())
}

#[cfg(test)]
#[path = "tests/keys_in_use.rs"]
mod tests;
