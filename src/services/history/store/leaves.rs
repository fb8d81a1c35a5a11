//! Leave to make a call: decided over all processes in one transaction, and entered in the ledger with it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Store, forget_old_calls, known_key_id, memory, move_future_calls, standings};
use crate::domain::api_key::Fingerprint;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::monitor::effect::Lease;
use crate::monitor::event::KeyMemory;
use crate::monitor::leave::{LeaveRequest, Purpose, Terms, holds_back};
use crate::monitor::ledger::Ledger;
use crate::monitor::standing::Look;
use crate::services::history::holder::Holder;
use crate::services::history::leave::{Answer, Leave};
use crate::services::history::values;
use crate::services::process;

/// A call takes no longer than this, whatever becomes of it.
const CALL_MAX: SignedDuration = SignedDuration::from_secs(15);

impl Store {
    /// Answers whether a call may be made now, and if so enters it. What is known `elsewhere` of the key counts as well.
    pub(in crate::services::history) fn take_leave(
        &mut self,
        fingerprint: Fingerprint,
        request: LeaveRequest,
        holder: &Holder,
        now: &Stamp,
        elsewhere: Option<KeyMemory>,
    ) -> rusqlite::Result<Answer> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        forget_old_calls(&transaction, now)?;
        move_future_calls(&transaction, key_id, now.wall)?;
        let (known, is_own) = memory(&transaction, key_id, Some(holder), now)?;
        let is_news = !is_own && request.known.is_some_and(|number| known.number > number);
        let mut known = elsewhere.map_or_else(|| known.clone(), |elsewhere| known.clone().merged(elsewhere));
        let leave = if known.is_under_way {
            Leave::Busy
        } else if is_news {
            Leave::Withheld
        } else if let Some(until) = left_until(&transaction, key_id, request.lease, holder, now)? {
            Leave::LeftToOther { until }
        } else {
            let elapsed = SignedDuration::ZERO;
            let ledger = Ledger::of_ages(known.calls.iter().map(|call| now.wall.duration_since(*call)), elapsed);
            let terms = Terms::new(known.sample.as_ref().map(Sample::limits), known.standing.told);
            let look = known.standing.look.map(|look| look.map(|at| at.duration_since(now.wall)));
            if terms.grants(request.purpose, request.share, &ledger, look.as_ref(), elapsed) {
                if request.purpose == Purpose::Asked
                    && look.is_some_and(|look| holds_back(&look, Purpose::Timed, elapsed))
                {
                    standings::spend_look(&transaction, key_id)?;
                    known.standing.look = known.standing.look.map(|look| Look { is_spent: true, ..look });
                }
                let call = enter(&transaction, key_id, holder, now)?;
                if let Some(lease) = request.lease {
                    take_lease(&transaction, key_id, lease, holder, now)?;
                }
                known.calls.push(now.wall);
                Leave::Granted { call }
            } else {
                Leave::Withheld
            }
        };
        transaction.commit()?;
        Ok(Answer { leave, memory: known })
    }

    /// Ends a call that says nothing of how the key stands; one that never reached the service is taken back.
    pub(in crate::services::history) fn end_call(
        &mut self,
        fingerprint: Fingerprint,
        call: Option<i64>,
        holder: &Holder,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        standings::end_call(&transaction, key_id, holder)?;
        if let Some(call) = call {
            withdraw(&transaction, call)?;
        }
        transaction.commit()
    }

    /// Takes a call back that never reached the service, which ends it, and tells those that are left.
    pub(in crate::services::history) fn withdraw_call(
        &mut self,
        fingerprint: Fingerprint,
        call: i64,
        holder: &Holder,
        now: &Stamp,
    ) -> rusqlite::Result<Vec<Timestamp>> {
        let transaction = self.write()?;
        withdraw(&transaction, call)?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        standings::end_call(&transaction, key_id, holder)?;
        let calls = super::calls(&transaction, key_id, now)?;
        transaction.commit()?;
        Ok(calls)
    }

    /// Gives up all that `holder` holds.
    pub(in crate::services::history) fn release(&mut self, holder: &Holder) -> rusqlite::Result<()> {
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

fn enter(transaction: &Transaction<'_>, key_id: i64, holder: &Holder, now: &Stamp) -> rusqlite::Result<i64> {
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

fn withdraw(transaction: &Transaction<'_>, call: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM calls WHERE id = ?1")?.execute([call])?;
    Ok(())
}

/// Whether another holder, whose process runs, is making a call with the key.
pub(super) fn is_asking(
    transaction: &Transaction<'_>,
    key_id: i64,
    holder: Option<&Holder>,
    now: &Stamp,
) -> rusqlite::Result<bool> {
    let left = transaction
        .prepare_cached("SELECT * FROM calls_under_way WHERE key_id = ?1 AND holder IS NOT ?2")?
        .query_row(params![key_id, holder.map(Holder::number)], |row| Ok(left_of(row, CALL_MAX, now)))
        .optional()?;
    Ok(left.flatten().is_some())
}

/// Until when the call is left to another holder of the lease, whose process runs.
fn left_until(
    transaction: &Transaction<'_>,
    key_id: i64,
    lease: Option<Lease>,
    holder: &Holder,
    now: &Stamp,
) -> rusqlite::Result<Option<Timestamp>> {
    let Some(lease) = lease.filter(|lease| lease.yields) else { return Ok(None) };
    let left = transaction
        .prepare_cached("SELECT * FROM leases WHERE key_id = ?1 AND holder <> ?2")?
        .query_row(params![key_id, holder.number()], |row| {
            let duration = SignedDuration::from_millis(values::integer(row, "duration").unwrap_or(0));
            // One much longer than this one would last is of other settings.
            Ok(left_of(row, duration.min(lease.duration * 2), now))
        })
        .optional()?;
    Ok(left.flatten().and_then(|left| now.wall.checked_add(left).ok()))
}

/// What is left of what another holder began, and holds for `duration` at most, unless its process is gone.
fn left_of(row: &Row<'_>, duration: SignedDuration, now: &Stamp) -> Option<SignedDuration> {
    let began = values::stamp(row, now)?;
    let is_of_wrong_clock = began.uptime.is_none() && began.wall.duration_since(now.wall) > duration;
    let left = duration - now.since(&began);
    let runs = || !values::text(row, "process").is_some_and(|process| process::is_gone(&process));
    (left.is_positive() && !is_of_wrong_clock && runs()).then_some(left)
}

fn take_lease(
    transaction: &Transaction<'_>,
    key_id: i64,
    lease: Lease,
    holder: &Holder,
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
