//! The outbox.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::connection::{HistoryStore, before};
use super::event_log;
use crate::domain::log_entry::EventFact;
use crate::services::history::outbox::{DELIVERY_AGE_MAX, LEASE_DURATION, OutboxDelivery, OutboxLease, QUEUE_MAX};
use crate::services::history::values;

/// Longest wait of a delivery: one that seems to wait longer is from before the clock was set back.
const DUE_MAX: SignedDuration = SignedDuration::from_hours(2);

/// The sink of what was put aside, because what is to be delivered can't be read.
const PUT_ASIDE: &str = "unreadable";

/// A delivery that waits.
struct OutboxRow {
    id: i64,
    body: String,
    due_at: i64,
    attempts: u32,
}

impl HistoryStore {
    /// Appends to the queue of a sink, and returns how many of the oldest had to go for it. When this returns without
    /// an error, it outlasts the loss of the process and of power.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn enqueue(&mut self, sink: &str, body: &str, at: Timestamp) -> rusqlite::Result<u32> {
        let transaction = self.write()?;
        transaction.execute(
            "INSERT INTO deliveries (sink, body, created_at, due_at, attempts) VALUES (?1, ?2, ?3, ?3, 0)",
            params![sink, body, at.as_millisecond()],
        )?;
        let dropped = transaction.execute(
            "DELETE FROM deliveries WHERE sink = ?1 AND id NOT IN
                (SELECT id FROM deliveries WHERE sink = ?1 ORDER BY id DESC LIMIT ?2)",
            params![sink, QUEUE_MAX],
        )?;
        transaction.commit()?;
        Ok(u32::try_from(dropped).unwrap_or(u32::MAX))
    }

    /// Leases the oldest, if it is due, and returns how many were too old. What seems to come from the future, by a
    /// clock that was set back, ages from now on.
    pub(in crate::services::history) fn lease(
        &mut self,
        sink: &str,
        now: Timestamp,
    ) -> rusqlite::Result<(OutboxLease, usize)> {
        let transaction = self.write()?;
        let expired = transaction.execute(
            "DELETE FROM deliveries WHERE sink = ?1 AND created_at < ?2",
            params![sink, before(now, DELIVERY_AGE_MAX)],
        )?;
        let oldest = oldest_readable(&transaction, sink, now)?;
        let now = now.as_millisecond();
        let lease = match oldest {
            None => OutboxLease::Empty,
            Some(OutboxRow { due_at, .. })
                if due_at > now && due_at <= now.saturating_add(values::milliseconds(DUE_MAX)) =>
            {
                OutboxLease::NotBefore(values::moment(due_at).unwrap_or(Timestamp::MAX))
            }
            Some(OutboxRow { id, body, attempts, .. }) => {
                let leased_until = now.saturating_add(values::milliseconds(LEASE_DURATION));
                let attempts = attempts.saturating_add(1);
                transaction.execute(
                    "UPDATE deliveries SET due_at = ?2, attempts = ?3, created_at = min(created_at, ?4) WHERE id = ?1",
                    params![id, leased_until, attempts, now],
                )?;
                OutboxLease::Leased(OutboxDelivery { id, leased_until, body, attempts })
            }
        };
        transaction.commit()?;
        Ok((lease, expired))
    }

    /// Takes a leased delivery out of the queue; does nothing where the lease was lost.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn ack(&mut self, delivery: &OutboxDelivery) -> rusqlite::Result<()> {
        self.connection.execute(
            "DELETE FROM deliveries WHERE id = ?1 AND due_at = ?2",
            params![delivery.id, delivery.leased_until],
        )?;
        Ok(())
    }

    /// Gives a leased delivery back, to be tried again from `due` on; does nothing where the lease was lost.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn postpone(&mut self, delivery: &OutboxDelivery, due: Timestamp) -> rusqlite::Result<()> {
        self.connection.execute(
            "UPDATE deliveries SET due_at = ?3 WHERE id = ?1 AND due_at = ?2",
            params![delivery.id, delivery.leased_until, due.as_millisecond()],
        )?;
        Ok(())
    }
}

/// Oldest delivery that can be read; those before it that can't are put aside, and the event log tells of them.
fn oldest_readable(transaction: &Transaction<'_>, sink: &str, now: Timestamp) -> rusqlite::Result<Option<OutboxRow>> {
    let mut statement = transaction
        .prepare_cached("SELECT id, body, due_at, attempts FROM deliveries WHERE sink = ?1 ORDER BY id LIMIT 1")?;
    loop {
        let oldest = statement.query_row([sink], |row| Ok((row.get::<_, i64>("id")?, waiting(row))));
        match oldest.optional()? {
            None => return Ok(None),
            Some((_, Some(waiting))) => return Ok(Some(waiting)),
            Some((id, None)) => {
                transaction.execute("UPDATE deliveries SET sink = ?2 WHERE id = ?1", params![id, PUT_ASIDE])?;
                event_log::log_once(transaction, EventFact::PutAside(sink.to_owned()), now)?;
            }
        }
    }
}

/// True where a delivery can be read, and was not put aside because it can't.
pub(super) fn is_readable(row: &Row<'_>) -> bool {
    values::text(row, "sink").is_some_and(|sink| sink != PUT_ASIDE) && waiting(row).is_some()
}

/// Reads one; `None` where nothing tells what is to be delivered. One that does not tell when is due.
fn waiting(row: &Row<'_>) -> Option<OutboxRow> {
    let Ok(ValueRef::Text(body)) = row.get_ref("body") else { return None };
    let attempts = values::natural(row, "attempts").unwrap_or(0);
    Some(OutboxRow {
        id: values::integer(row, "id")?,
        body: std::str::from_utf8(body).ok()?.to_owned(),
        due_at: values::integer(row, "due_at").unwrap_or(i64::MIN),
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
    })
}
