//! Balances for a chart, of a key and of those that it replaced.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, OptionalExtension as _, Transaction, params};

use super::connection::HistoryStore;
use crate::domain::api_key::Fingerprint;
use crate::domain::sample::CreditsPoint;
use crate::services::history::downsample::Downsampler;
use crate::services::history::values;

/// Rotations that are followed back, one after another.
const FOLLOWED_MAX: u32 = 100;

/// The time in which the balances of one key count: milliseconds, both ends included.
#[derive(Debug)]
struct KeySpan {
    fingerprint: String,
    from: i64,
    to: i64,
}

/// A rotation that put a key in the place of another.
struct Replacement {
    number: i64,
    old: String,
    promoted_at: i64,
}

impl HistoryStore {
    /// The balances from `since` to `until`, both included, in the order of time. Of more than `points_max`,
    /// those are chosen that draw the same line. From before the key was put in the place of another, they are those
    /// of the key that it replaced, and so on through up to 100 rotations.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn credits(
        &mut self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        points_max: usize,
    ) -> rusqlite::Result<Vec<CreditsPoint>> {
        let transaction = self.connection.transaction()?;
        let spans = spans(&transaction, fingerprint, since.as_millisecond(), until.as_millisecond())?;
        let mut points = Vec::new();
        if !has_more_than(&transaction, &spans, points_max)? {
            each_point(&transaction, &spans, |point| points.push(point))?;
            return Ok(points);
        }
        let (start, end) = extent(&transaction, &spans)?;
        let mut downsampler = Downsampler::new(start.unwrap_or(0), end.unwrap_or(0), points_max);
        each_point(&transaction, &spans, |point| downsampler.push(point))?;
        Ok(downsampler.finish())
    }

    /// The last balance of each `step` of time from `since` to `until`, both included, in the order of time, of the
    /// same keys as those of [`credits`](Self::credits). Takes about as long for a sample a second as for one an hour.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn balances(
        &mut self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        step: SignedDuration,
    ) -> rusqlite::Result<Vec<CreditsPoint>> {
        let step = values::milliseconds(step).max(1);
        let transaction = self.connection.transaction()?;
        let spans = spans(&transaction, fingerprint, since.as_millisecond(), until.as_millisecond())?;
        let mut newest = transaction.prepare_cached(
            "SELECT at, credits, profile_id FROM samples
             WHERE key_id = (SELECT id FROM keys WHERE fingerprint = ?1) AND at BETWEEN ?2 AND ?3
             ORDER BY at DESC LIMIT 1",
        )?;
        let mut allowances = Allowances::of(&transaction)?;
        let mut points = Vec::new();
        for span in spans.iter().rev() {
            let mut to = span.to;
            while to >= span.from {
                let found = newest.query_row(params![span.fingerprint, span.from, to], |row| {
                    Ok((values::integer(row, "at"), values::real(row, "credits"), values::integer(row, "profile_id")))
                });
                let Some((Some(at), credits, profile)) = found.optional()? else { break };
                let allowance = allowances.get(profile)?;
                let point = |(moment, credits)| CreditsPoint { at: moment, credits, allowance };
                points.extend(values::moment(at).zip(credits).map(point));
                to = at.div_euclid(step).saturating_mul(step).saturating_sub(1);
            }
        }
        points.reverse();
        Ok(points)
    }
}

/// Spans of time with the key whose balances count then, from the oldest to the newest; none of them meet.
///
/// Rotations are followed from later to earlier numbers, so that keys that replace each other in turns come to an end.
fn spans(
    transaction: &Transaction<'_>,
    fingerprint: Fingerprint,
    since: i64,
    until: i64,
) -> rusqlite::Result<Vec<KeySpan>> {
    let mut spans = Vec::new();
    let mut span = KeySpan { fingerprint: fingerprint.to_string(), from: since, to: until };
    let mut key = span.fingerprint.clone();
    let (mut number, mut promoted_at) = (i64::MAX, i64::MAX);
    for _ in 0..FOLLOWED_MAX {
        let Some(replacement) = replacement(transaction, &key, number)? else {
            break;
        };
        number = replacement.number;
        promoted_at = promoted_at.min(replacement.promoted_at);
        if promoted_at <= since {
            break;
        }
        key = replacement.old;
        if has_samples_before(transaction, &key, promoted_at)? {
            let to = span.to.min(promoted_at.saturating_sub(1));
            spans.push(KeySpan { from: promoted_at, ..span });
            span = KeySpan { fingerprint: key.clone(), from: since, to };
        }
    }
    spans.push(span);
    spans.reverse();
    Ok(spans)
}

/// The latest rotation before the one of that number by which a key came into use for good.
fn replacement(transaction: &Transaction<'_>, key: &str, number: i64) -> rusqlite::Result<Option<Replacement>> {
    transaction
        .prepare_cached(
            "SELECT id, old_fingerprint, promoted_at FROM rotations
             WHERE new_fingerprint = ?1 AND promoted_at IS NOT NULL AND id < ?2
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![key, number], |row| {
            let (old, promoted_at) = (values::text(row, "old_fingerprint"), values::integer(row, "promoted_at"));
            let number = row.get("id")?;
            Ok(old.zip(promoted_at).map(|(old, promoted_at)| Replacement { number, old, promoted_at }))
        })
        .optional()
        .map(Option::flatten)
}

fn has_samples_before(transaction: &Transaction<'_>, key: &str, moment: i64) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT * FROM samples
                WHERE key_id = (SELECT id FROM keys WHERE fingerprint = ?1) AND at < ?2)",
        )?
        .query_row(params![key, moment], |row| row.get(0))
}

/// True where there are more samples than `most`; no more of them are counted.
fn has_more_than(transaction: &Transaction<'_>, spans: &[KeySpan], most: usize) -> rusqlite::Result<bool> {
    let mut statement = transaction.prepare_cached(
        "SELECT count(*) FROM (SELECT at FROM samples
         WHERE key_id = (SELECT id FROM keys WHERE fingerprint = ?1) AND at BETWEEN ?2 AND ?3 LIMIT ?4)",
    )?;
    let mut left = i64::try_from(most).unwrap_or(i64::MAX);
    for span in spans {
        let limit = left.saturating_add(1);
        left -=
            statement.query_row(params![span.fingerprint, span.from, span.to, limit], |row| row.get::<_, i64>(0))?;
        if left < 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first and the last moment of the samples. Reads these alone.
fn extent(transaction: &Transaction<'_>, spans: &[KeySpan]) -> rusqlite::Result<(Option<i64>, Option<i64>)> {
    let find = |span: &KeySpan, order: &str| {
        transaction
            .prepare_cached(&format!(
                "SELECT at FROM samples
                 WHERE key_id = (SELECT id FROM keys WHERE fingerprint = ?1) AND at BETWEEN ?2 AND ?3
                 ORDER BY at {order} LIMIT 1"
            ))?
            .query_row(params![span.fingerprint, span.from, span.to], |row| Ok(values::integer(row, "at")))
            .optional()
            .map(Option::flatten)
    };
    let (mut start, mut end) = (None, None);
    for span in spans {
        start = start.or(find(span, "ASC")?);
        end = find(span, "DESC")?.or(end);
    }
    Ok((start, end))
}

/// The allowances that samples were told with.
struct Allowances<'a> {
    find: CachedStatement<'a>,
    /// The last that was asked for: mostly that of the next sample too.
    last: Option<(i64, Option<f64>)>,
}

impl<'a> Allowances<'a> {
    fn of(transaction: &'a Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            find: transaction.prepare_cached("SELECT monthly_allowance FROM profiles WHERE id = ?1")?,
            last: None,
        })
    }

    /// Allowance of a profile; `None` where it is not known.
    fn get(&mut self, profile: Option<i64>) -> rusqlite::Result<Option<f64>> {
        let Some(profile) = profile else { return Ok(None) };
        if let Some((_, allowance)) = self.last.filter(|(last, _)| *last == profile) {
            return Ok(allowance);
        }
        let found = self.find.query_row([profile], |row| Ok(values::real(row, "monthly_allowance"))).optional()?;
        self.last = Some((profile, found.flatten()));
        Ok(found.flatten())
    }
}

/// Hands on each readable balance, in the order of time.
fn each_point(
    transaction: &Transaction<'_>,
    spans: &[KeySpan],
    mut take: impl FnMut(CreditsPoint),
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "SELECT at, credits, profile_id FROM samples
         WHERE key_id = (SELECT id FROM keys WHERE fingerprint = ?1) AND at BETWEEN ?2 AND ?3 ORDER BY at",
    )?;
    let mut allowances = Allowances::of(transaction)?;
    for span in spans {
        let mut rows = statement.query(params![span.fingerprint, span.from, span.to])?;
        while let Some(row) = rows.next()? {
            // By number, for to look the names up takes longer than to read the row.
            if let (ValueRef::Integer(at), ValueRef::Real(credits)) = (row.get_ref(0)?, row.get_ref(1)?)
                && let Some(at) = values::moment(at)
                && credits.is_finite()
            {
                let profile = row.get_ref(2)?.as_i64().ok();
                take(CreditsPoint { at, credits, allowance: allowances.get(profile)? });
            }
        }
    }
    Ok(())
}
