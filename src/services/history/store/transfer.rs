//! Samples page by page, out of one history and into another.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::params;

use super::connection::{HistoryStore, key_id, known_key_id};
use super::roll_up::{mark_outdated, number_of_day};
use super::samples::insert_sample;
use crate::domain::api_key::Fingerprint;
use crate::domain::sample::Sample;
use crate::services::history::import_export::StoredSample;
use crate::services::history::page::Page;
use crate::services::history::values;
use crate::services::history::values::SAMPLE_COLUMNS;

impl HistoryStore {
    /// The keys of which anything is known, in the order of their fingerprints: at most `most`, after `after`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn keys(&mut self, after: Option<Fingerprint>, most: u32) -> rusqlite::Result<Vec<Fingerprint>> {
        let after = after.map(|fingerprint| fingerprint.to_string()).unwrap_or_default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT fingerprint FROM keys WHERE fingerprint > ?1 ORDER BY fingerprint LIMIT ?2")?;
        let rows = statement.query_map(params![after, most], |row| Ok(values::text(row, "fingerprint")))?;
        rows.filter_map(|text| text.map(|text| text?.parse().ok()).transpose()).collect()
    }

    /// The samples of this key alone from `since` to `until`, both included, in the order of time: at most `most` of
    /// them, and from when the next are. Those that can't be read are left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn samples(
        &mut self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> rusqlite::Result<Page<Sample>> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(&format!(
            "SELECT {SAMPLE_COLUMNS} FROM samples LEFT JOIN profiles ON profiles.id = profile_id
             WHERE key_id = ?1 AND at BETWEEN ?2 AND ?3 ORDER BY at LIMIT ?4"
        ))?;
        let key_id = key_id(&transaction, fingerprint)?;
        let mut rows = statement.query(params![key_id, since.as_millisecond(), until.as_millisecond(), most])?;
        let mut page = Page { items: Vec::new(), next: None };
        let (mut count, mut last) = (0_u32, None);
        while let Some(row) = rows.next()? {
            count += 1;
            last = values::integer(row, "at").or(last);
            page.items.extend(values::sample(row));
        }
        page.next = last.filter(|_| count >= most).and_then(|at| values::moment(at.saturating_add(1)));
        Ok(page)
    }

    /// Keeps samples of another history, all or none of them, and answers how many were new. Where there is a sample of
    /// the same key and millisecond, that one stays.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn import_samples(&mut self, samples: &[StoredSample]) -> rusqlite::Result<u64> {
        let transaction = self.write()?;
        let (mut new, mut keys, mut days) = (0, HashMap::new(), BTreeSet::new());
        for StoredSample { fingerprint, sample } in samples {
            let key_id = match keys.entry(*fingerprint) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => *unknown.insert(known_key_id(&transaction, *fingerprint)?),
            };
            if insert_sample(&transaction, key_id, sample, false)? {
                new += 1;
                days.insert((key_id, number_of_day(sample.at)));
            }
        }
        for (key_id, day) in days {
            mark_outdated(&transaction, key_id, day)?;
        }
        transaction.commit()?;
        Ok(new)
    }
}
