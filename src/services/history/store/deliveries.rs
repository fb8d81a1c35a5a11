//! The queue of deliveries.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, params};

use super::{Store, before};
use crate::services::history::deliveries::{Claim, Delivery, KEPT, LEASE, QUEUE_MAX};
use crate::services::history::values;

/// Nothing is ever put off for longer: what seems to be is from before the clock was set back.
const DUE_MAX: SignedDuration = SignedDuration::from_hours(2);

impl Store {
    /// Appends, and tells how many of the oldest were dropped.
    pub(in crate::services::history) fn enqueue(
        &mut self,
        sink: &str,
        body: &str,
        at: Timestamp,
    ) -> rusqlite::Result<u32> {
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

    /// Claims the oldest, if it is due, and tells how many were too old. What seems to come from the future, by a clock
    /// that was set back, ages from now on.
    pub(in crate::services::history) fn claim(
        &mut self,
        sink: &str,
        now: Timestamp,
    ) -> rusqlite::Result<(Claim, usize)> {
        let transaction = self.write()?;
        let expired = transaction
            .execute("DELETE FROM deliveries WHERE sink = ?1 AND created_at < ?2", params![sink, before(now, KEPT)])?;
        let oldest = transaction
            .prepare_cached("SELECT id, body, due_at, attempts FROM deliveries WHERE sink = ?1 ORDER BY id LIMIT 1")?
            .query_row([sink], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get::<_, u32>(3)?)))
            .optional()?;
        let now = now.as_millisecond();
        let claim = match oldest {
            None => Claim::Nothing,
            Some((.., due_at, _)) if due_at > now && due_at <= now.saturating_add(values::milliseconds(DUE_MAX)) => {
                Claim::NotBefore(values::moment(due_at).unwrap_or(Timestamp::MAX))
            }
            Some((id, body, _, attempts)) => {
                let claimed_until = now.saturating_add(values::milliseconds(LEASE));
                let attempts = attempts.saturating_add(1);
                transaction.execute(
                    "UPDATE deliveries SET due_at = ?2, attempts = ?3, created_at = min(created_at, ?4) WHERE id = ?1",
                    params![id, claimed_until, attempts, now],
                )?;
                Claim::Delivery(Delivery { id, claimed_until, body, attempts })
            }
        };
        transaction.commit()?;
        Ok((claim, expired))
    }

    /// Takes out what is still claimed so.
    pub(in crate::services::history) fn settle(&mut self, delivery: &Delivery) -> rusqlite::Result<()> {
        self.connection.execute(
            "DELETE FROM deliveries WHERE id = ?1 AND due_at = ?2",
            params![delivery.id, delivery.claimed_until],
        )?;
        Ok(())
    }

    /// Puts off what is still claimed so.
    pub(in crate::services::history) fn postpone(
        &mut self,
        delivery: &Delivery,
        due: Timestamp,
    ) -> rusqlite::Result<()> {
        self.connection.execute(
            "UPDATE deliveries SET due_at = ?3 WHERE id = ?1 AND due_at = ?2",
            params![delivery.id, delivery.claimed_until, due.as_millisecond()],
        )?;
        Ok(())
    }
}
