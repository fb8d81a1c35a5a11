//! Days summed up, which outlast their samples.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::connection::{HistoryStore, key_id, known_key_id};
use crate::domain::api_key::Fingerprint;
use crate::domain::daily_rollup::DailyRollup;
use crate::domain::time::day_of;
use crate::services::history::import_export::StoredDay;
use crate::services::history::page::Page;
use crate::services::history::values;

/// The length of a UTC day, in milliseconds.
const DAY: i64 = 86_400_000;
/// Days are kept so long, in days: ten years.
const DAYS_KEPT: i64 = 3_653;
/// Samples and days looked at in one transaction, so that other programs need not wait long.
const LOOKED_AT_ONCE: u64 = 20_000;

/// Place at which the roll-up goes on.
#[derive(Clone, Copy, Debug)]
pub(in crate::services::history) struct RollUpCursor {
    key_id: i64,
    from: i64,
}

impl RollUpCursor {
    /// Before everything.
    pub(in crate::services::history) const START: Self = Self { key_id: i64::MIN, from: i64::MIN };
}

impl HistoryStore {
    /// Sums up a number of the days before that of `until` that need it, from a place on; tells where to go on.
    pub(in crate::services::history) fn roll_up(
        &mut self,
        until: Timestamp,
        place: RollUpCursor,
    ) -> rusqlite::Result<Option<RollUpCursor>> {
        let transaction = self.write()?;
        let end = number_of_day(until);
        let (mut place, mut looked_at) = (Some(place), 0);
        while let Some(current) = place.filter(|_| looked_at < LOOKED_AT_ONCE) {
            looked_at += 1;
            let next_sample = transaction
                .prepare_cached(
                    "SELECT at FROM samples WHERE key_id = ?1 AND at >= ?2 AND typeof(at) = 'integer' ORDER BY at LIMIT 1",
                )?
                .query_row(params![current.key_id, current.from], |row| row.get::<_, i64>(0))
                .optional()?;
            let Some(day) = next_sample.map(|at| at.div_euclid(DAY)).filter(|day| *day < end) else {
                place = next_key(&transaction, current.key_id)?;
                continue;
            };
            if is_due(&transaction, current.key_id, day)? {
                looked_at += recompute(&transaction, current.key_id, day)?;
            }
            place = Some(RollUpCursor { from: day.saturating_add(1).saturating_mul(DAY), ..current });
        }
        transaction.commit()?;
        Ok(place)
    }

    /// Forgets the days that lie ten years or more before `now`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn forget_days(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        transaction.execute(
            "DELETE FROM days WHERE key_id IN (SELECT id FROM keys) AND day <= ?1",
            [number_of_day(now) - DAYS_KEPT],
        )?;
        transaction.commit()
    }

    /// The days of a key that are summed up, from that of `since` to that of `until`, both included, in the order of
    /// time: at most `most` of them, and from when the next are.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn days(
        &mut self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> rusqlite::Result<Page<DailyRollup>> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(
            "SELECT day, samples, first_credits, last_credits, lowest_credits, highest_credits, fallen, risen FROM days
             WHERE key_id = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day LIMIT ?4",
        )?;
        let key_id = key_id(&transaction, fingerprint)?;
        let mut rows = statement.query(params![key_id, number_of_day(since), number_of_day(until), most])?;
        let mut page = Page { items: Vec::new(), next: None };
        let (mut count, mut last) = (0_u32, None);
        while let Some(row) = rows.next()? {
            count += 1;
            last = values::integer(row, "day").or(last);
            page.items.extend(daily_credits(row));
        }
        page.next =
            last.filter(|_| count >= most).and_then(|day| values::moment(day.saturating_add(1).checked_mul(DAY)?));
        Ok(page)
    }

    /// Keeps days of another history that sum up more samples than are known here, all or none of them, and answers how
    /// many. These are not summed up anew any more.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn import_days(&mut self, days: &[StoredDay]) -> rusqlite::Result<u64> {
        let transaction = self.write()?;
        let mut stored = 0;
        for StoredDay { fingerprint, daily } in days {
            let key_id = known_key_id(&transaction, *fingerprint)?;
            let Some(day) = number_of(daily.day) else { continue };
            if samples_known(&transaction, key_id, day)? < values::count(daily.samples) {
                keep(&transaction, key_id, day, daily, true)?;
                mark_outdated(&transaction, key_id, day)?;
                stored += 1;
            }
        }
        transaction.commit()?;
        Ok(stored)
    }
}

/// Notes that samples from before `before` are about to be forgotten: their days stay as they are from then on.
pub(super) fn close(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE days SET closed = 1 WHERE closed = 0 AND day <= ?1 AND EXISTS (
                SELECT * FROM samples WHERE key_id = days.key_id AND at < ?2
                    AND at BETWEEN days.day * ?3 AND days.day * ?3 + ?3 - 1)",
        )?
        .execute(params![before.div_euclid(DAY), before, DAY])?;
    Ok(())
}

/// Number of the UTC day of a moment, counted from 1970.
pub(super) fn number_of_day(moment: Timestamp) -> i64 {
    moment.as_millisecond().div_euclid(DAY)
}

/// Number of a day, counted from 1970; `None` at the very ends of the calendar.
fn number_of(day: Date) -> Option<i64> {
    TimeZone::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok().map(number_of_day)
}

/// Notes that a sample of a day has come: where that is summed up already, it needs that anew, and so does the next,
/// which counts what changed since.
pub(super) fn mark_outdated(transaction: &Transaction<'_>, key_id: i64, day: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE days SET outdated = 1 WHERE key_id = ?1
                AND day IN (?2, (SELECT min(day) FROM days WHERE key_id = ?1 AND day > ?2))",
        )?
        .execute([key_id, day])?;
    Ok(())
}

fn next_key(transaction: &Transaction<'_>, key_id: i64) -> rusqlite::Result<Option<RollUpCursor>> {
    transaction
        .prepare_cached("SELECT min(id) FROM keys WHERE id > ?1")?
        .query_row([key_id], |row| row.get::<_, Option<i64>>(0))
        .map(|next| next.map(|key_id| RollUpCursor { key_id, ..RollUpCursor::START }))
}

fn is_due(transaction: &Transaction<'_>, key_id: i64, day: i64) -> rusqlite::Result<bool> {
    let known = transaction
        .prepare_cached("SELECT outdated IS NOT 0 AND closed IS 0 FROM days WHERE key_id = ?1 AND day = ?2")?
        .query_row([key_id, day], |row| row.get(0))
        .optional()?;
    Ok(known.unwrap_or(true))
}

/// Sums a day up from its samples; tells how many were looked at.
fn recompute(transaction: &Transaction<'_>, key_id: i64, day: i64) -> rusqlite::Result<u64> {
    let (start, end) = (day.saturating_mul(DAY), day.saturating_mul(DAY).saturating_add(DAY - 1));
    let Some(date) = values::moment(start).or_else(|| values::moment(end)).map(day_of) else { return Ok(0) };
    let mut statement = transaction
        .prepare_cached("SELECT credits FROM samples WHERE key_id = ?1 AND at BETWEEN ?2 AND ?3 ORDER BY at")?;
    let mut rows = statement.query([key_id, start, end])?;
    let (mut looked_at, mut daily) = (0, None::<DailyRollup>);
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let Some(credits) = values::real(row, "credits") else { continue };
        match &mut daily {
            Some(daily) => daily.add(credits),
            None => daily = Some(DailyRollup::new(date, last_before(transaction, key_id, day)?, credits)),
        }
    }
    if let Some(daily) = daily {
        keep(transaction, key_id, day, &daily, false)?;
    }
    Ok(looked_at)
}

/// The balance with which a day began: that of the sample before it or, where that is forgotten, what its day tells.
fn last_before(transaction: &Transaction<'_>, key_id: i64, day: i64) -> rusqlite::Result<Option<f64>> {
    let mut statement =
        transaction.prepare_cached("SELECT at, credits FROM samples WHERE key_id = ?1 AND at < ?2 ORDER BY at DESC")?;
    let mut rows = statement.query([key_id, day.saturating_mul(DAY)])?;
    let (mut since, mut credits) = (i64::MIN, None);
    while let Some(row) = rows.next()? {
        credits = values::real(row, "credits");
        if credits.is_some() {
            since = values::integer(row, "at").unwrap_or(i64::MIN).div_euclid(DAY);
            break;
        }
    }
    let closed = transaction
        .prepare_cached(
            "SELECT last_credits FROM days WHERE key_id = ?1 AND day >= ?2 AND day < ?3 AND closed
             ORDER BY day DESC LIMIT 1",
        )?
        .query_row([key_id, since, day], |row| Ok(values::real(row, "last_credits")))
        .optional()?;
    Ok(closed.flatten().or(credits))
}

fn keep(
    transaction: &Transaction<'_>,
    key_id: i64,
    day: i64,
    daily: &DailyRollup,
    closed: bool,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO days (key_id, day, samples, first_credits, last_credits, lowest_credits,
                highest_credits, fallen, risen, outdated, closed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10)",
        )?
        .execute(params![
            key_id,
            day,
            values::count(daily.samples),
            daily.first,
            daily.last,
            daily.lowest,
            daily.highest,
            daily.fallen,
            daily.risen,
            closed,
        ])?;
    Ok(())
}

/// Number of samples that this history's roll-up of a day knows.
fn samples_known(transaction: &Transaction<'_>, key_id: i64, day: i64) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "SELECT max((SELECT count(*) FROM samples WHERE key_id = ?1 AND at BETWEEN ?2 * ?3 AND ?2 * ?3 + ?3 - 1),
                ifnull((SELECT CAST(samples AS INTEGER) FROM days WHERE key_id = ?1 AND day = ?2), 0))",
        )?
        .query_row([key_id, day, DAY], |row| row.get(0))
}

fn daily_credits(row: &Row<'_>) -> Option<DailyRollup> {
    let real = |name| values::real(row, name);
    let start = values::integer(row, "day")?.checked_mul(DAY)?;
    let daily = DailyRollup {
        day: values::moment(start).map(day_of)?,
        samples: values::natural(row, "samples")?,
        first: real("first_credits")?,
        last: real("last_credits")?,
        lowest: real("lowest_credits")?,
        highest: real("highest_credits")?,
        fallen: real("fallen")?,
        risen: real("risen")?,
    };
    Some(daily).filter(DailyRollup::is_possible)
}

#[cfg(test)]
mod tests;
