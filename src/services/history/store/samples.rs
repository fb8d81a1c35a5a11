//! Samples, with the profiles of their accounts.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::connection::{HistoryStore, known_key_id};
use super::roll_up;
use crate::domain::api_key::Fingerprint;
use crate::domain::last_use::ExternalUse;
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::domain::sample::Sample;
use crate::monitor::polling::recent_polls::POLLS_KEPT;
use crate::services::history::values::{self, SAMPLE_COLUMNS};

impl HistoryStore {
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
}

/// Stores a sample and all that comes with it.
pub(super) fn insert_answer(
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
pub(super) fn insert_sample(
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
pub(super) fn newest_sample(
    transaction: &Transaction<'_>,
    key_id: i64,
    now: Timestamp,
) -> rusqlite::Result<Option<Sample>> {
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

/// The last answers before a moment, newest first, as many as are remembered; those of which no latency is known, such as
/// imported ones, are left out.
pub(super) fn answers_before(
    transaction: &Transaction<'_>,
    key_id: i64,
    before: Timestamp,
) -> rusqlite::Result<Vec<PollRecord>> {
    let mut statement = transaction
        .prepare_cached("SELECT at, latency FROM samples WHERE key_id = ?1 AND at < ?2 ORDER BY at DESC LIMIT ?3")?;
    let answers = statement.query_map(params![key_id, before.as_millisecond(), POLLS_KEPT], |row| {
        let latency = values::integer(row, "latency").filter(|latency| *latency > 0).map(SignedDuration::from_millis);
        let at = values::integer(row, "at").and_then(values::moment);
        Ok(at.zip(latency).map(|(at, latency)| PollRecord { at, outcome: RecordedOutcome::answered(latency) }))
    })?;
    Ok(answers.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}
