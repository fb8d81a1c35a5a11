//! The activity of keys: calls that `/usage` lists, summed up by hour, each counted once.
//!
//! Rows have no identity of their own. All up to a mark count as known; those after it are kept one by one, so that
//! they are known again whatever part of the list is read next, by whichever process.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::connection::{HistoryStore, key_id, known_key_id};
use crate::domain::activity::{
    ActivityRecord, ENDPOINTS_MAX, FURTHER_ENDPOINTS, HourlyCalls, ScannedUsage, SummarySpan, UsageBaseline, UsageCall,
    UsageSummary, UsageTotal, UsageUpdate, detect_anomalies, hour, is_own_endpoint, match_own_calls,
};
use crate::domain::api_key::Fingerprint;
use crate::services::history::values;

/// A call may be listed so much later than others that were made after it.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// Calls that lie further ahead than this make no sense.
const FUTURE_MAX: SignedDuration = SignedDuration::from_mins(1);
/// The hours that new calls are compared with.
const COMPARED_HOURS: i64 = 30 * 24;

/// A call, and whether it is our own.
struct KnownCall {
    call: UsageCall,
    own: bool,
}

/// Marks of the part of a key's list of calls that was read.
#[derive(Clone, Copy, Default)]
struct UsageWatermarks {
    read_at: Option<Timestamp>,
    read_until: Option<Timestamp>,
    known_from: Option<Timestamp>,
    last_other: Option<Timestamp>,
}

impl HistoryStore {
    /// Activity of a key, with summaries up to `now`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn activity(&mut self, fingerprint: Fingerprint, now: Timestamp) -> rusqlite::Result<ActivityRecord> {
        let transaction = self.connection.transaction()?;
        match key_id(&transaction, fingerprint)? {
            Some(key_id) => record(&transaction, key_id, now),
            None => Ok(ActivityRecord::default()),
        }
    }

    /// Adds the calls of a reading that are not known yet, with those apart that the request log explains, and returns
    /// what is unusual in them. Readings may overlap, and several processes may add theirs: each call counts once.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn add_usage(
        &mut self,
        fingerprint: Fingerprint,
        reading: &ScannedUsage,
        now: Timestamp,
    ) -> rusqlite::Result<UsageUpdate> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        let marks = watermarks(&transaction, key_id)?;
        let service_now = now.saturating_add(reading.skew).unwrap_or(now);
        let latest = service_now.saturating_add(FUTURE_MAX).unwrap_or(Timestamp::MAX);
        let listed: Vec<_> = reading.calls.iter().filter(|call| call.at <= latest).collect();
        let mut recent = recent(&transaction, key_id)?;
        let new = unknown(&listed, &recent, marks.read_until);
        let own = own(&transaction, key_id, &new, &recent, reading.skew)?;
        let past = past(&transaction, key_id, hour(service_now))?;
        let new: Vec<_> = new.into_iter().zip(own).map(|(call, own)| KnownCall { call: call.clone(), own }).collect();
        let by_others = add_totals(&transaction, key_id, &new)?;
        let last_other = by_others.iter().map(|call| call.at).max().max(marks.last_other);
        recent.extend(new);
        let oldest = listed.iter().map(|call| call.at).min();
        let newest = recent.iter().map(|known| known.call.at).max();
        let settled = newest.and_then(|newest| newest.min(service_now).checked_sub(SETTLED_AFTER).ok());
        let read_until = settled.max(marks.read_until);
        keep_recent(&transaction, key_id, &recent, read_until)?;
        let follows = reading.exhausted || marks.read_until.is_some_and(|until| oldest.is_some_and(|at| at <= until));
        let known_from = match marks.known_from {
            Some(known) if follows => Some(known),
            None if reading.exhausted => Some(Timestamp::UNIX_EPOCH),
            _ => oldest.or(marks.known_from),
        };
        store_watermarks(
            &transaction,
            key_id,
            UsageWatermarks { read_at: Some(now), read_until, known_from, last_other },
        )?;
        let added =
            UsageUpdate { anomalies: detect_anomalies(&past, &by_others), record: record(&transaction, key_id, now)? };
        transaction.commit()?;
        Ok(added)
    }
}

/// Forgets the activity of the hours before a moment.
pub(super) fn forget(transaction: &Transaction<'_>, before: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM activity WHERE key_id IN (SELECT id FROM keys) AND hour < ?1")?
        .execute([hour(before)])?;
    Ok(())
}

/// Calls in `listed` that are neither before the mark nor among those kept after it. Each of these explains one call
/// that is the same in all its fields.
fn unknown<'a>(listed: &[&'a UsageCall], recent: &[KnownCall], until: Option<Timestamp>) -> Vec<&'a UsageCall> {
    let identity = |call: &UsageCall| {
        let response_time = call.response_time.map(values::milliseconds);
        (call.at.as_millisecond(), call.endpoint.clone(), call.status_code, call.credits.to_bits(), response_time)
    };
    let mut known = HashMap::<_, usize>::new();
    for of in recent {
        *known.entry(identity(&of.call)).or_default() += 1;
    }
    let is_after_mark = |call: &&&UsageCall| until.is_none_or(|until| call.at > until);
    let is_unknown = |call: &&UsageCall| match known.get_mut(&identity(call)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    listed.iter().filter(is_after_mark).copied().filter(is_unknown).collect()
}

/// For each new call, true where it is our own, by the request log.
fn own(
    transaction: &Transaction<'_>,
    key_id: i64,
    new: &[&UsageCall],
    recent: &[KnownCall],
    skew: SignedDuration,
) -> rusqlite::Result<Vec<bool>> {
    let mut statement = transaction.prepare_cached("SELECT at FROM calls WHERE key_id = ?1")?;
    let calls = statement.query_map([key_id], |row| Ok(values::integer(row, "at").and_then(values::moment)))?;
    let calls: Vec<_> = calls.collect::<rusqlite::Result<_>>()?;
    let calls = calls.into_iter().flatten().filter_map(|call| call.checked_add(skew).ok()).collect();
    let known: Vec<_> = recent.iter().filter(|known| known.own).map(|known| known.call.at).collect();
    let candidates: Vec<_> = new.iter().filter(|call| is_own_endpoint(&call.endpoint)).map(|call| call.at).collect();
    let mut own = match_own_calls(&candidates, &known, calls).into_iter();
    Ok(new.iter().map(|call| is_own_endpoint(&call.endpoint) && own.next().unwrap_or(false)).collect())
}

/// Adds to the totals of the hours, and answers with the calls by others as they are counted.
fn add_totals(transaction: &Transaction<'_>, key_id: i64, new: &[KnownCall]) -> rusqlite::Result<Vec<UsageCall>> {
    let mut endpoints = endpoints(transaction, key_id, "SELECT DISTINCT endpoint FROM activity WHERE key_id = ?1")?;
    let mut by_others = Vec::new();
    let mut totals = BTreeMap::<_, UsageTotal>::new();
    for KnownCall { call, own } in new {
        let is_told_apart = endpoints.contains(&call.endpoint) || endpoints.len() < ENDPOINTS_MAX;
        let endpoint = if is_told_apart { call.endpoint.clone() } else { FURTHER_ENDPOINTS.to_owned() };
        endpoints.insert(endpoint.clone());
        totals.entry((call.hour(), endpoint.clone(), *own)).or_default().add(call);
        if !own {
            by_others.push(UsageCall { endpoint, ..call.clone() });
        }
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO activity (key_id, hour, endpoint, own, calls, errors, credits, timed, response_time, slowest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET calls = CAST(calls + excluded.calls AS INTEGER),
            errors = CAST(errors + excluded.errors AS INTEGER), credits = ifnull(credits + excluded.credits, 0.0),
            timed = CAST(timed + excluded.timed AS INTEGER),
            response_time = CAST(response_time + excluded.response_time AS INTEGER),
            slowest = CAST(max(slowest, excluded.slowest) AS INTEGER)",
    )?;
    for ((hour, endpoint, own), total) in totals {
        let UsageTotal { calls, errors, credits, timed, response_time, slowest } = total;
        let [calls, errors, timed] = [calls, errors, timed].map(values::count);
        let [response_time, slowest] = [response_time, slowest].map(values::milliseconds);
        statement.execute(params![
            key_id,
            hour,
            endpoint,
            own,
            calls,
            errors,
            credits,
            timed,
            response_time,
            slowest
        ])?;
    }
    Ok(by_others)
}

fn endpoints(transaction: &Transaction<'_>, key_id: i64, query: &str) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = transaction.prepare_cached(query)?;
    let endpoints = statement.query_map([key_id], |row| Ok(values::text(row, "endpoint").unwrap_or_default()))?;
    endpoints.collect()
}

/// Baseline that new calls are compared with: known endpoints, days and calls by others an hour.
fn past(transaction: &Transaction<'_>, key_id: i64, now: i64) -> rusqlite::Result<UsageBaseline> {
    let by_others = "SELECT DISTINCT endpoint FROM activity WHERE key_id = ?1 AND own = 0";
    let mut past = UsageBaseline { endpoints: endpoints(transaction, key_id, by_others)?, ..UsageBaseline::default() };
    let mut statement = transaction
        .prepare_cached("SELECT hour, endpoint, own, calls FROM activity WHERE key_id = ?1 AND hour > ?2")?;
    let mut rows = statement.query(params![key_id, now.saturating_sub(COMPARED_HOURS)])?;
    while let Some(row) = rows.next()? {
        let (Some(hour), Some(calls)) = (values::integer(row, "hour"), values::natural(row, "calls")) else { continue };
        past.days.insert(hour.div_euclid(24));
        let is_own_endpoint = values::text(row, "endpoint").is_some_and(|endpoint| is_own_endpoint(&endpoint));
        if values::integer(row, "own") == Some(0) && !is_own_endpoint {
            let sum = past.hours.entry(hour).or_default();
            *sum = sum.saturating_add(calls);
        }
    }
    Ok(past)
}

fn recent(transaction: &Transaction<'_>, key_id: i64) -> rusqlite::Result<Vec<KnownCall>> {
    let mut statement = transaction.prepare_cached(
        "SELECT at, endpoint, own, status_code, credits, response_time FROM recent_activity WHERE key_id = ?1",
    )?;
    let known = statement.query_map([key_id], |row| Ok(known(row)))?;
    Ok(known.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn known(row: &Row<'_>) -> Option<KnownCall> {
    let status_code = values::integer(row, "status_code").and_then(|status| u16::try_from(status).ok());
    let call = UsageCall {
        at: values::integer(row, "at").and_then(values::moment)?,
        endpoint: values::text(row, "endpoint")?,
        status_code,
        credits: values::real(row, "credits")?,
        response_time: values::integer(row, "response_time").map(SignedDuration::from_millis),
    };
    Some(KnownCall { call, own: values::integer(row, "own") == Some(1) })
}

fn keep_recent(
    transaction: &Transaction<'_>,
    key_id: i64,
    recent: &[KnownCall],
    until: Option<Timestamp>,
) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM recent_activity WHERE key_id = ?1")?.execute([key_id])?;
    let mut statement = transaction.prepare_cached(
        "INSERT INTO recent_activity (key_id, at, endpoint, own, status_code, credits, response_time)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for KnownCall { call, own } in recent.iter().filter(|known| until.is_none_or(|until| known.call.at > until)) {
        let UsageCall { at, endpoint, status_code, credits, response_time } = call;
        let response_time = response_time.map(values::milliseconds);
        statement.execute(params![key_id, at.as_millisecond(), endpoint, own, status_code, credits, response_time])?;
    }
    Ok(())
}

fn watermarks(transaction: &Transaction<'_>, key_id: i64) -> rusqlite::Result<UsageWatermarks> {
    let found = transaction
        .prepare_cached(
            "SELECT usage_read_at, usage_read_until, usage_known_from, usage_last_other FROM keys WHERE id = ?1",
        )?
        .query_row([key_id], |row| {
            let moment = |name| values::integer(row, name).and_then(values::moment);
            Ok(UsageWatermarks {
                read_at: moment("usage_read_at"),
                read_until: moment("usage_read_until"),
                known_from: moment("usage_known_from"),
                last_other: moment("usage_last_other"),
            })
        });
    Ok(found.optional()?.unwrap_or_default())
}

/// Stores the marks; the last call by others takes the place of an estimate, and of an earlier one.
fn store_watermarks(transaction: &Transaction<'_>, key_id: i64, marks: UsageWatermarks) -> rusqlite::Result<()> {
    let [read_at, read_until, known_from, last_other] =
        [marks.read_at, marks.read_until, marks.known_from, marks.last_other]
            .map(|moment| moment.map(Timestamp::as_millisecond));
    transaction
        .prepare_cached(
            "UPDATE keys SET usage_read_at = ?2, usage_read_until = ?3, usage_known_from = ?4, usage_last_other = ?5
             WHERE id = ?1",
        )?
        .execute(params![key_id, read_at, read_until, known_from, last_other])?;
    transaction
        .prepare_cached(
            "UPDATE keys SET others_use_at = ?2, others_use_exact = 1
             WHERE id = ?1 AND ?2 IS NOT NULL AND (others_use_exact IS NOT 1 OR others_use_at < ?2)",
        )?
        .execute(params![key_id, last_other])?;
    Ok(())
}

fn record(transaction: &Transaction<'_>, key_id: i64, now: Timestamp) -> rusqlite::Result<ActivityRecord> {
    let UsageWatermarks { read_at, read_until, known_from, last_other } = watermarks(transaction, key_id)?;
    let mut summaries = <[UsageSummary; 4]>::default();
    for (summary, span) in summaries.iter_mut().zip(SummarySpan::ALL) {
        *summary = self::summary(transaction, key_id, hour(now).saturating_sub(span.hours()))?;
    }
    let hours = hours(transaction, key_id, hour(now).saturating_sub(SummarySpan::Quarter.hours()))?;
    Ok(ActivityRecord { read_at, read_until, known_from, last_other, summaries, hours })
}

/// The hours with a call after an hour, oldest first.
fn hours(transaction: &Transaction<'_>, key_id: i64, after: i64) -> rusqlite::Result<Vec<HourlyCalls>> {
    let mut statement = transaction.prepare_cached(
        "SELECT hour, CAST(total(calls) FILTER (WHERE own = 0) AS INTEGER) AS others,
            CAST(total(calls) FILTER (WHERE own = 1) AS INTEGER) AS own
         FROM activity WHERE key_id = ?1 AND hour > ?2 GROUP BY hour ORDER BY hour",
    )?;
    let hours = statement.query_map(params![key_id, after], |row| {
        let count = |name| values::natural(row, name).unwrap_or(0);
        let hour = values::integer(row, "hour");
        Ok(hour.map(|hour| HourlyCalls { hour, others: count("others"), own: count("own") }))
    })?;
    Ok(hours.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The calls after an hour.
fn summary(transaction: &Transaction<'_>, key_id: i64, after: i64) -> rusqlite::Result<UsageSummary> {
    let mut statement = transaction.prepare_cached(
        "SELECT endpoint, own, CAST(total(calls) AS INTEGER) AS calls, CAST(total(errors) AS INTEGER) AS errors,
            total(credits) AS credits, CAST(total(timed) AS INTEGER) AS timed,
            CAST(total(response_time) AS INTEGER) AS response_time, max(slowest) AS slowest
         FROM activity WHERE key_id = ?1 AND hour > ?2 GROUP BY endpoint, own",
    )?;
    let totals = statement.query_map(params![key_id, after], |row| {
        let count = |name| values::natural(row, name).unwrap_or(0);
        let span = |name| SignedDuration::from_millis(values::integer(row, name).unwrap_or(0).max(0));
        let total = UsageTotal {
            calls: count("calls"),
            errors: count("errors"),
            credits: values::real(row, "credits").unwrap_or(0.0),
            timed: count("timed"),
            response_time: span("response_time"),
            slowest: span("slowest"),
        };
        let endpoint = values::text(row, "endpoint").unwrap_or_default();
        Ok((endpoint, values::integer(row, "own") == Some(1), total))
    })?;
    Ok(UsageSummary::new(totals.collect::<rusqlite::Result<Vec<_>>>()?))
}
