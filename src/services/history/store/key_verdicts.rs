//! The verdicts on keys: the outcome of the newest call with each.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::connection::{HistoryStore, known_key_id};
use super::samples::insert_answer;
use crate::domain::api_key::Fingerprint;
use crate::domain::error::{PollErrorKind, RequestError};
use crate::domain::last_use::ExternalUse;
use crate::domain::quota::RequestLimits;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::domain::text::SanitisedText;
use crate::monitor::polling::confirmation::{OtherKey, RefusalStreak};
use crate::monitor::polling::key_verdict::{Backoff, KeyVerdict, PastFailure};
use crate::monitor::snapshot::PollReason;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::values;

impl HistoryStore {
    /// Stores a sample, and ends the call that brought it.
    pub(in crate::services::history) fn store_answer(
        &mut self,
        fingerprint: Fingerprint,
        sample: &Sample,
        others_use: Option<ExternalUse>,
        backoff: Option<Backoff>,
        holder: &LeaseHolder,
        now: &Stamp,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        insert_answer(&transaction, key_id, sample, others_use)?;
        end_call(&transaction, key_id, holder)?;
        let verdict = KeyVerdict { backoff, ..KeyVerdict::default() };
        write(&transaction, key_id, &verdict, holder, now)?;
        transaction.commit()
    }

    /// Stores the verdict on a key after a call that brought no sample, and ends the call.
    pub(in crate::services::history) fn store_verdict(
        &mut self,
        fingerprint: Fingerprint,
        verdict: &KeyVerdict,
        holder: &LeaseHolder,
        now: &Stamp,
    ) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        end_call(&transaction, key_id, holder)?;
        write(&transaction, key_id, verdict, holder, now)?;
        transaction.commit()
    }
}

/// Notes that the call under way of a holder is over.
pub(super) fn end_call(transaction: &Transaction<'_>, key_id: i64, holder: &LeaseHolder) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM calls_under_way WHERE key_id = ?1 AND holder = ?2")?
        .execute(params![key_id, holder.number()])?;
    Ok(())
}

/// Verdict on a key; with the number of its outcome, and true where `holder` stored it.
pub(super) fn read(
    transaction: &Transaction<'_>,
    key_id: i64,
    holder: Option<&LeaseHolder>,
    now: &Stamp,
) -> rusqlite::Result<(KeyVerdict, u64, bool)> {
    let found = transaction
        .prepare_cached("SELECT * FROM standings WHERE key_id = ?1")?
        .query_row([key_id], |row| {
            let is_own = holder.is_some_and(|holder| values::integer(row, "holder") == Some(holder.number()));
            Ok((verdict(row, now), values::natural(row, "number").unwrap_or(0), is_own))
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Verdicts on the other keys, as far as they tell of refusals.
pub(super) fn others(transaction: &Transaction<'_>, key_id: i64, now: &Stamp) -> rusqlite::Result<Vec<OtherKey>> {
    let mut statement = transaction.prepare_cached(
        "SELECT standings.*, fingerprint,
            (SELECT max(at) FROM samples WHERE samples.key_id = keys.id AND at <= ?2) AS accepted_at
         FROM standings JOIN keys ON keys.id = standings.key_id WHERE keys.id <> ?1",
    )?;
    let rows = statement.query_map(params![key_id, now.wall.as_millisecond()], |row| {
        let fingerprint = values::text(row, "fingerprint").and_then(|text| text.parse().ok());
        let accepted_at = values::integer(row, "accepted_at").and_then(|at| Timestamp::from_millisecond(at).ok());
        let refusals = verdict(row, now).refusals;
        Ok(fingerprint.map(|fingerprint| OtherKey { fingerprint, refusals, accepted_at }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// Notes that a person asks in spite of a pause.
pub(super) fn override_backoff(transaction: &Transaction<'_>, key_id: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("UPDATE standings SET look_is_spent = 1 WHERE key_id = ?1")?.execute([key_id])?;
    Ok(())
}

fn verdict(row: &Row<'_>, now: &Stamp) -> KeyVerdict {
    let Some(at) = values::stamp(row, now) else { return KeyVerdict::default() };
    let at = now.wall_of(&at);
    let moved = |name, sign: i64| {
        let span = values::integer(row, name)?.saturating_mul(sign);
        at.checked_add(SignedDuration::from_millis(span)).ok()
    };
    let setback = |kind, cause, message, ago| {
        let kind = values::text(row, kind)?.parse::<PollErrorKind>().ok()?;
        let stored = values::json(row, cause).filter(|cause: &RequestError| cause.kind() == kind);
        // What an earlier version told is known by its kind; its words were about what they called the service.
        let earlier =
            || RequestError::Told { kind, said: values::text(row, message).and_then(|text| said_of(kind, &text)) };
        Some(PastFailure { cause: stored.unwrap_or_else(earlier), at: moved(ago, -1)? })
    };
    let backoff = values::text(row, "look").and_then(|word| {
        let reason = PollReason::from_kept_word(&word)?;
        Some(Backoff {
            until: moved("look_in", 1)?,
            reason,
            is_spent: values::integer(row, "look_is_spent") == Some(1),
        })
    });
    let refusals = || {
        let count = values::natural(row, "refusals").and_then(|count| u32::try_from(count).ok())?;
        let (since, asked_at) = (moved("refusals_since_ago", -1)?, moved("refusals_asked_ago", -1)?);
        let is_alone = values::integer(row, "refusals_are_alone") == Some(1);
        Some(RefusalStreak { since, asked_at, count, is_alone })
    };
    let limit = |name| values::natural(row, name).filter(|limit| *limit > 0);
    KeyVerdict {
        at: Some(at),
        failure: setback("failure", "failure_cause", "failure_message", "failed_ago"),
        failures: values::natural(row, "failures").and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
        refusal: setback("refusal", "refusal_cause", "refusal_message", "refused_ago"),
        refusals: refusals(),
        unreachable_since: moved("cut_off_ago", -1),
        backoff,
        header_limits: RequestLimits {
            per_minute: limit("minute_limit"),
            per_day: limit("day_limit"),
            ..RequestLimits::default()
        },
        day_used_up_until: values::integer(row, "day_used_up_until").and_then(values::moment),
    }
}

/// Words of the service in a sentence of an earlier version: they stood behind the status and a colon.
fn said_of(kind: PollErrorKind, sentence: &str) -> Option<SanitisedText> {
    let said = match kind {
        PollErrorKind::Unauthorized | PollErrorKind::Forbidden | PollErrorKind::RateLimited => {
            sentence.split_once("): ")
        }
        _ => sentence.strip_prefix("the service answered ").and_then(|rest| rest.split_once(": ")),
    };
    said.and_then(|(_, said)| SanitisedText::unless_blank(said))
}

fn write(
    transaction: &Transaction<'_>,
    key_id: i64,
    verdict: &KeyVerdict,
    holder: &LeaseHolder,
    now: &Stamp,
) -> rusqlite::Result<()> {
    let ago = |at: Timestamp| values::milliseconds(now.wall.duration_since(at)).max(0);
    let KeyVerdict {
        failure,
        failures,
        refusal,
        refusals,
        unreachable_since: cut_off_since,
        backoff,
        header_limits,
        day_used_up_until,
        ..
    } = verdict;
    let backoff = backoff.as_ref().and_then(|backoff| Some((backoff, backoff.reason.kept_word()?)));
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO standings (key_id, number, holder, at, boot, uptime, failures, failure,
                failure_cause, failed_ago, refusal, refusal_cause, refused_ago, refusals, refusals_since_ago,
                refusals_asked_ago, refusals_are_alone, cut_off_ago, look, look_in, look_is_spent, minute_limit,
                day_limit, day_used_up_until)
             VALUES (?1, 1 + coalesce((SELECT number FROM standings WHERE key_id = ?1 AND number BETWEEN 0 AND 1e15), 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
        )?
        .execute(params![
            key_id,
            holder.number(),
            now.wall.as_millisecond(),
            values::boot(now),
            values::uptime(now),
            failures,
            failure.as_ref().map(|failure| failure.kind().as_str()),
            failure.as_ref().and_then(|failure| serde_json::to_string(&failure.cause).ok()),
            failure.as_ref().map(|failure| ago(failure.at)),
            refusal.as_ref().map(|refusal| refusal.kind().as_str()),
            refusal.as_ref().and_then(|refusal| serde_json::to_string(&refusal.cause).ok()),
            refusal.as_ref().map(|refusal| ago(refusal.at)),
            refusals.map(|streak| streak.count),
            refusals.map(|streak| ago(streak.since)),
            refusals.map(|streak| ago(streak.asked_at)),
            refusals.is_some_and(|streak| streak.is_alone),
            cut_off_since.map(ago),
            backoff.map(|(_, word)| word),
            backoff.map(|(backoff, _)| values::milliseconds(backoff.until.duration_since(now.wall))),
            backoff.is_some_and(|(backoff, _)| backoff.is_spent),
            header_limits.per_minute.map(values::count),
            header_limits.per_day.map(values::count),
            day_used_up_until.map(Timestamp::as_millisecond),
        ])?;
    Ok(())
}
