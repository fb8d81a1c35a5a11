//! History of a key: all that is stored of it, for a monitor that begins to poll.

use rusqlite::Transaction;

use super::connection::{HistoryStore, key_id};
use super::samples::{answers_before, newest_sample};
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
            Some(key_id) => {
                let now = now.into();
                let (history, _) = key_history(&transaction, key_id, None, &now)?;
                let newest = history.sample.as_ref().map_or(now.wall, |sample| sample.at.min(now.wall));
                Ok(KeyHistory { earlier: answers_before(&transaction, key_id, newest)?, ..history })
            }
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
        earlier: Vec::new(),
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::domain::poll_record::{PollRecord, RecordedOutcome};
    use crate::domain::sample::Sample;
    use crate::monitor::polling::recent_polls::POLLS_KEPT;
    use crate::services::history::store::tests::{at, key, sample, store};

    #[test]
    fn the_last_answers_before_the_newest_sample_are_recalled_with_their_latency() {
        let (mut store, start) = (store(), at("20T10:00:00"));
        let answer = |minutes: i64| {
            let latency = SignedDuration::from_millis(minutes);
            Sample { latency, ..sample(start + SignedDuration::from_mins(minutes), 487.0) }
        };
        let newest = i64::from(POLLS_KEPT) + 5;
        for minutes in 0..=newest {
            store.store_sample(key(), &answer(minutes), None).unwrap();
        }
        let mut earlier = |until: i64| store.recall(key(), start + SignedDuration::from_mins(until)).unwrap().earlier;
        let expected = |minutes: i64| {
            let Sample { at, latency, .. } = answer(minutes);
            PollRecord { at, outcome: RecordedOutcome::answered(latency) }
        };
        assert_eq!(earlier(newest), (5..newest).rev().map(expected).collect::<Vec<_>>());
        assert_eq!(earlier(3), [expected(2), expected(1)], "the future and an answer without a latency are left out");
    }
}
