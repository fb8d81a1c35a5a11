//! The event log, as several processes write it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::connection::{HistoryStore, before};
use crate::domain::environment::Environment;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::services::history::values;

/// Number of the newest lines that are read at once.
const READ_MAX: u32 = 500;
/// Number of lines that are kept.
const KEPT_MAX: u32 = 20_000;
/// Time within which a second, equal line is of another process, not of another event.
const DUPLICATE_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Time within which trouble with the history itself is logged once.
const REPEAT_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Numbers of lines rise by one from 1 on. A damaged one from 1e15 on is no measure for which lines are the newest.
impl HistoryStore {
    /// Stores lines of the event log; those that another process has stored already are left out. The newest 20,000 of
    /// all lines are kept.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn store_events(&mut self, entries: &[LogEntry]) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        for entry in entries {
            if is_duplicate(&transaction, entry)? {
                continue;
            }
            insert(&transaction, entry)?;
        }
        transaction
            .prepare_cached("DELETE FROM events WHERE id <= (SELECT max(id) FROM events WHERE id < 1e15) - ?1")?
            .execute([KEPT_MAX])?;
        transaction.commit()
    }

    /// The newest 500 lines of the event log, with older ones that are the last of their subject, oldest first. Their
    /// environments have no labels.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn events(&mut self) -> rusqlite::Result<Vec<LogEntry>> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(
            "SELECT at, environment, kind, subject, severity, text, fact FROM events
             WHERE id > (SELECT max(id) FROM events WHERE id < 1e15) - ?1 OR id IN (
                SELECT max(id) FROM events WHERE kind IN ('status', 'flag', 'network', 'refusals', 'sink')
                GROUP BY environment, kind, subject, severity = 'ok')
             ORDER BY id",
        )?;
        let rows = statement.query_map([READ_MAX], |row| Ok(entry(row)))?;
        rows.filter_map(Result::transpose).collect()
    }
}

/// Logs trouble with the history itself, unless it was logged within [`REPEAT_AFTER`].
pub(super) fn log_once(transaction: &Transaction<'_>, fact: EventFact, now: Timestamp) -> rusqlite::Result<()> {
    let entry = LogEntry { at: now, environment: None, severity: Severity::Warning, fact };
    let (kind, _) = entry.kind().words();
    let is_logged: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT * FROM events WHERE at BETWEEN ?1 AND ?2 AND kind = ?3 AND fact = ?4)")?
        .query_row(params![before(now, REPEAT_AFTER), now.as_millisecond(), kind, json(&entry.fact)?], |row| {
            row.get(0)
        })?;
    if is_logged { Ok(()) } else { insert(transaction, &entry) }
}

fn insert(transaction: &Transaction<'_>, entry: &LogEntry) -> rusqlite::Result<()> {
    let (kind, subject) = entry.kind().words();
    transaction
        .prepare_cached(
            "INSERT INTO events (id, at, environment, kind, subject, severity, text, fact)
             VALUES ((SELECT 1 + coalesce(max(id), 0) FROM events WHERE id < 1e15), ?1, ?2, ?3, ?4, ?5, '', ?6)",
        )?
        .execute(params![
            entry.at.as_millisecond(),
            name(entry),
            kind,
            subject,
            entry.severity.as_str(),
            json(&entry.fact)?
        ])?;
    Ok(())
}

fn json(fact: &EventFact) -> rusqlite::Result<String> {
    serde_json::to_string(fact).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// True where the event log has a line of the same event already. What is in one of two states, such as a flag, has a
/// line only when it changes, and one of its end only where there is one of its beginning; of all else, an equal line
/// is entered once within [`DUPLICATE_WINDOW`]. What has a line of all environments has none of one.
fn is_duplicate(transaction: &Transaction<'_>, entry: &LogEntry) -> rusqlite::Result<bool> {
    let (kind, subject) = entry.kind().words();
    let is_over = entry.severity == Severity::Ok;
    match entry.kind() {
        // That there is a key again is not told, so the same may be true anew.
        EventKind::Status(Status::NoKey) => has_duplicate_near(transaction, entry),
        EventKind::Status(status) => {
            let latest_event = latest(transaction, name(entry), kind, None)?;
            if latest_event.as_ref().is_some_and(|event| event.subject.as_deref() == subject) {
                return Ok(true);
            }
            let (network, _) = EventKind::Network.words();
            match status {
                Status::Active => Ok(latest_event.is_none()),
                Status::Unreachable => {
                    Ok(latest(transaction, None, network, None)?.is_some_and(|network| !network.is_over))
                }
                _ => Ok(false),
            }
        }
        EventKind::Flag(flag) => {
            let Some(latest_event) = latest(transaction, name(entry), kind, subject)? else { return Ok(is_over) };
            let is_same = latest_event.is_over == is_over;
            Ok(is_same && (is_over || !is_followed(transaction, entry, flag, latest_event.id)?))
        }
        EventKind::Network | EventKind::Refusals | EventKind::Sink(_) => {
            let latest_event = latest(transaction, name(entry), kind, subject)?;
            Ok(latest_event.map_or(is_over, |event| event.is_over == is_over))
        }
        _ => has_duplicate_near(transaction, entry),
    }
}

/// True where an equal line is at most [`DUPLICATE_WINDOW`] away.
fn has_duplicate_near(transaction: &Transaction<'_>, event: &LogEntry) -> rusqlite::Result<bool> {
    let (kind, _) = event.kind().words();
    let (at, near) = (event.at.as_millisecond(), values::milliseconds(DUPLICATE_WINDOW));
    let mut statement = transaction.prepare_cached(
        "SELECT at, environment, kind, subject, severity, text, fact FROM events
         WHERE at BETWEEN ?1 AND ?2 AND environment IS ?3 AND kind = ?4",
    )?;
    let mut rows = statement.query(params![at.saturating_sub(near), at.saturating_add(near), name(event), kind])?;
    while let Some(row) = rows.next()? {
        if entry(row).is_some_and(|known| known.fact.is_same_event(&event.fact)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Latest line of a subject.
struct LatestEvent {
    id: i64,
    subject: Option<String>,
    is_over: bool,
}

/// True where a worse flag has taken the place of `flag` since the line `id`.
fn is_followed(transaction: &Transaction<'_>, entry: &LogEntry, flag: Flag, id: i64) -> rusqlite::Result<bool> {
    let mut statement = transaction.prepare_cached(
        "SELECT EXISTS (SELECT * FROM events
            WHERE id > ?1 AND environment IS ?2 AND kind = ?3 AND subject = ?4 AND severity <> 'ok')",
    )?;
    for worse in flag.worse() {
        let (kind, subject) = EventKind::Flag(*worse).words();
        if statement.query_row(params![id, name(entry), kind, subject], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The latest line of an environment and kind, and about `subject` if that is given.
fn latest(
    transaction: &Transaction<'_>,
    environment: Option<&str>,
    kind: &str,
    subject: Option<&str>,
) -> rusqlite::Result<Option<LatestEvent>> {
    transaction
        .prepare_cached(
            "SELECT id, subject, severity IS 'ok' FROM events
             WHERE environment IS ?1 AND kind = ?2 AND (?3 IS NULL OR subject = ?3) ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![environment, kind, subject], |row| {
            Ok(LatestEvent { id: row.get(0)?, subject: values::text(row, "subject"), is_over: row.get(2)? })
        })
        .optional()
}

fn name(entry: &LogEntry) -> Option<&str> {
    entry.environment.as_ref().map(|environment| environment.name.as_str())
}

/// Reads a line; `None` where it tells nothing that this program knows.
pub(super) fn entry(row: &Row<'_>) -> Option<LogEntry> {
    let text = |name| row.get::<_, Option<String>>(name).ok();
    let severity = text("severity")??;
    let severities = [Severity::Ok, Severity::Warning, Severity::Unknown, Severity::Critical];
    let environment = match text("environment")? {
        Some(name) => Some(Environment { name: name.parse().ok()?, label: None }),
        None => None,
    };
    let kind = EventKind::parse(&text("kind")??, text("subject")?.as_deref())?;
    let fact = match text("fact")? {
        Some(fact) => serde_json::from_str::<EventFact>(&fact).ok().filter(|fact| fact.kind() == kind)?,
        None => EventFact::Earlier { kind, text: sanitise(&text("text")??, LENGTH_MAX) },
    };
    Some(LogEntry {
        at: values::integer(row, "at").and_then(values::moment)?,
        environment,
        severity: severities.into_iter().find(|known| known.as_str() == severity)?,
        fact,
    })
}

#[cfg(test)]
mod tests;
