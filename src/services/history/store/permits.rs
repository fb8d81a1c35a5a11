//! Permits: decided over all processes in one transaction, and entered in the request log with it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::calls::{forget_old_calls, move_future_calls, remaining_hold};
use super::connection::{HistoryStore, known_key_id};
use super::key_history::key_history;
use super::{calls, key_verdicts};
use crate::domain::api_key::Fingerprint;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::domain::time::Elapsed;
use crate::monitor::effect::Lease;
use crate::monitor::input::KeyHistory;
use crate::monitor::polling::key_verdict::Backoff;
use crate::monitor::polling::permit::{CallPurpose, KnownLimits, PermitRequest, holds_back};
use crate::monitor::polling::request_log::RequestLog;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::permit::{PermitDecision, RequestLogAnswer};
use crate::services::history::values;

impl HistoryStore {
    /// Decides on a permit, and enters the call if it is granted. What is known `elsewhere` of the key counts as well.
    pub(in crate::services::history) fn request_permit(
        &mut self,
        fingerprint: Fingerprint,
        request: PermitRequest,
        holder: &LeaseHolder,
        now: &Stamp,
        elsewhere: Option<KeyHistory>,
    ) -> rusqlite::Result<RequestLogAnswer> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        forget_old_calls(&transaction, now)?;
        move_future_calls(&transaction, key_id, now.wall)?;
        let (known, is_own) = key_history(&transaction, key_id, Some(holder), now)?;
        let is_news = !is_own && request.outcome_number.is_some_and(|number| known.outcome_number > number);
        let mut known = elsewhere.map_or_else(|| known.clone(), |elsewhere| known.clone().merged(elsewhere));
        let decision = if known.is_under_way {
            PermitDecision::InFlight
        } else if is_news {
            PermitDecision::Denied
        } else if let Some(until) = leased_until(&transaction, key_id, request.lease, holder, now)? {
            PermitDecision::LeasedByOther { until }
        } else {
            let elapsed = Elapsed::ZERO;
            let request_log =
                RequestLog::of_ages(known.calls.iter().map(|call| now.wall.duration_since(*call)), elapsed);
            let limits = KnownLimits::new(known.sample.as_ref().map(Sample::limits), known.verdict.header_limits);
            let backoff = known.verdict.backoff.map(|backoff| backoff.map(|at| elapsed + at.duration_since(now.wall)));
            if limits.permits(request.purpose, request.share, &request_log, backoff.as_ref(), elapsed) {
                if request.purpose == CallPurpose::Manual
                    && backoff.is_some_and(|backoff| holds_back(&backoff, CallPurpose::Timed, elapsed))
                {
                    key_verdicts::override_backoff(&transaction, key_id)?;
                    known.verdict.backoff = known.verdict.backoff.map(|backoff| Backoff { is_spent: true, ..backoff });
                }
                let call = record_call(&transaction, key_id, holder, now)?;
                if let Some(lease) = request.lease {
                    take_lease(&transaction, key_id, lease, holder, now)?;
                }
                known.calls.push(now.wall);
                PermitDecision::Granted { call }
            } else {
                PermitDecision::Denied
            }
        };
        transaction.commit()?;
        Ok(RequestLogAnswer { decision, history: known })
    }

    /// Ends a call that changes no verdict on the key; one that never reached the service is taken back.
    pub(in crate::services::history) fn end_call(
        &mut self,
        fingerprint: Fingerprint,
        call: Option<i64>,
        holder: &LeaseHolder,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        key_verdicts::end_call(&transaction, key_id, holder)?;
        if let Some(call) = call {
            delete_call(&transaction, call)?;
        }
        transaction.commit()
    }

    /// Takes a call back that never reached the service, which ends it; returns those that are left.
    pub(in crate::services::history) fn withdraw_call(
        &mut self,
        fingerprint: Fingerprint,
        call: i64,
        holder: &LeaseHolder,
        now: &Stamp,
    ) -> rusqlite::Result<Vec<Timestamp>> {
        let transaction = self.write()?;
        delete_call(&transaction, call)?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        key_verdicts::end_call(&transaction, key_id, holder)?;
        let calls = calls::calls(&transaction, key_id, now)?;
        transaction.commit()?;
        Ok(calls)
    }

    /// Gives up all that `holder` holds.
    pub(in crate::services::history) fn release(&mut self, holder: &LeaseHolder) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        for table in ["leases", "calls_under_way"] {
            transaction.execute(
                &format!("DELETE FROM {table} WHERE key_id IN (SELECT id FROM keys) AND holder = ?1"),
                [holder.number()],
            )?;
        }
        transaction.commit()
    }
}

fn record_call(transaction: &Transaction<'_>, key_id: i64, holder: &LeaseHolder, now: &Stamp) -> rusqlite::Result<i64> {
    let at = now.wall.as_millisecond();
    transaction
        .prepare_cached("INSERT INTO calls (key_id, at, boot, uptime) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key_id, at, values::boot(now), values::uptime(now)])?;
    let call = transaction.last_insert_rowid();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO calls_under_way (key_id, holder, process, at, boot, uptime)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![key_id, holder.number(), holder.process(), at, values::boot(now), values::uptime(now)])?;
    Ok(call)
}

fn delete_call(transaction: &Transaction<'_>, call: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM calls WHERE id = ?1")?.execute([call])?;
    Ok(())
}

/// End of the lease of another holder, whose process runs; `None` where this one need not wait for it.
fn leased_until(
    transaction: &Transaction<'_>,
    key_id: i64,
    lease: Option<Lease>,
    holder: &LeaseHolder,
    now: &Stamp,
) -> rusqlite::Result<Option<Timestamp>> {
    let Some(lease) = lease.filter(|lease| lease.yields) else { return Ok(None) };
    let left = transaction
        .prepare_cached("SELECT * FROM leases WHERE key_id = ?1 AND holder <> ?2")?
        .query_row(params![key_id, holder.number()], |row| {
            let duration = SignedDuration::from_millis(values::integer(row, "duration").unwrap_or(0));
            // One much longer than this one would last is of other settings.
            Ok(remaining_hold(row, duration.min(lease.duration * 2), now))
        })
        .optional()?;
    Ok(left.flatten().and_then(|left| now.wall.checked_add(left).ok()))
}

fn take_lease(
    transaction: &Transaction<'_>,
    key_id: i64,
    lease: Lease,
    holder: &LeaseHolder,
    now: &Stamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO leases (key_id, holder, process, at, boot, uptime, duration)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            key_id,
            holder.number(),
            holder.process(),
            now.wall.as_millisecond(),
            values::boot(now),
            values::uptime(now),
            values::milliseconds(lease.duration),
        ])?;
    Ok(())
}

#[cfg(test)]
#[path = "tests/leaves.rs"]
mod tests;
