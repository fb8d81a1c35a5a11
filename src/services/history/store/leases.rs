//! Which process polls a key for all.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, known_key_id};
use crate::domain::api_key::Fingerprint;
use crate::monitor::effect::Lease;
use crate::services::history::values;

impl Store {
    /// Takes the lease of a key, or tells until when another holder has it.
    pub(in crate::services::history) fn take_lease(
        &mut self,
        fingerprint: Fingerprint,
        holder: u64,
        at: Timestamp,
        lease: Lease,
    ) -> rusqlite::Result<Option<Timestamp>> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        let (at, holder) = (at.as_millisecond(), holder.cast_signed());
        let duration = values::milliseconds(lease.duration);
        let until = at.saturating_add(duration);
        let held_until: Option<i64> = transaction
            .prepare_cached(
                "SELECT until FROM leases WHERE key_id = ?1 AND holder <> ?2 AND until > ?3 AND until <= ?4",
            )?
            .query_row(params![key_id, holder, at, until.saturating_add(duration)], |row| {
                Ok(values::integer(row, "until"))
            })
            .optional()?
            .flatten();
        if let Some(held_until) = held_until.filter(|_| lease.yields) {
            return Ok(values::moment(held_until));
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO leases (key_id, holder, until) VALUES (?1, ?2, ?3)")?
            .execute(params![key_id, holder, until])?;
        transaction.commit()?;
        Ok(None)
    }

    /// Gives up the lease of a key, if `holder` has it.
    pub(in crate::services::history) fn release_lease(
        &mut self,
        fingerprint: Fingerprint,
        holder: u64,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        transaction
            .prepare_cached("DELETE FROM leases WHERE key_id = ?1 AND holder = ?2")?
            .execute(params![key_id, holder.cast_signed()])?;
        transaction.commit()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::services::history::open;

    const MINUTE: Lease = Lease { duration: SignedDuration::from_secs(75), yields: true };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + second).unwrap()
    }

    fn key() -> Fingerprint {
        "ba7816bf".parse().unwrap()
    }

    fn store() -> Store {
        Store::new(open::open_in_memory().unwrap())
    }

    #[test]
    fn one_holder_polls_until_its_lease_ends() {
        let mut store = store();
        let mut take = |holder, second| store.take_lease(key(), holder, at(second), MINUTE).unwrap();
        assert_eq!(take(1, 0), None);
        assert_eq!(take(2, 74), Some(at(75)), "left to the first");
        assert_eq!(take(1, 60), None, "its own is renewed");
        assert_eq!(take(2, 134), Some(at(135)));
        assert_eq!(take(2, 135), None, "it did not renew it");
        assert_eq!(take(1, 136), Some(at(210)));
    }

    #[test]
    fn the_lease_of_one_key_is_not_that_of_another() {
        let mut store = store();
        assert_eq!(store.take_lease(key(), 1, at(0), MINUTE).unwrap(), None);
        assert_eq!(store.take_lease("00ab78bf".parse().unwrap(), 2, at(0), MINUTE).unwrap(), None);
    }

    #[test]
    fn a_poll_that_can_not_wait_takes_the_lease_over() {
        let mut store = store();
        let urgent = Lease { yields: false, ..MINUTE };
        assert_eq!(store.take_lease(key(), 1, at(0), MINUTE).unwrap(), None);
        assert_eq!(store.take_lease(key(), 2, at(1), urgent).unwrap(), None);
        assert_eq!(store.take_lease(key(), 1, at(2), MINUTE).unwrap(), Some(at(76)));
    }

    #[test]
    fn a_lease_is_given_up_by_its_holder_alone() {
        let mut store = store();
        assert_eq!(store.take_lease(key(), 1, at(0), MINUTE).unwrap(), None);
        store.release_lease(key(), 2).unwrap();
        assert_eq!(store.take_lease(key(), 2, at(1), MINUTE).unwrap(), Some(at(75)));
        store.release_lease(key(), 1).unwrap();
        assert_eq!(store.take_lease(key(), 2, at(1), MINUTE).unwrap(), None);
    }

    #[test]
    fn a_lease_of_a_clock_that_was_wrong_is_not_minded() {
        let mut store = store();
        let year = 365 * 24 * 3_600;
        assert_eq!(store.take_lease(key(), 1, at(year), MINUTE).unwrap(), None);
        assert_eq!(store.take_lease(key(), 2, at(0), MINUTE).unwrap(), None, "set back by a year");
        assert_eq!(store.take_lease(key(), 1, at(1), MINUTE).unwrap(), Some(at(75)));
    }
}
