//! The event log, as several processes write it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Store, before};
use crate::domain::environment::Environment;
use crate::domain::log_entry::{EventKind, LogEntry};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::services::history::values;

/// The newest lines that are told.
const TOLD_MAX: u32 = 500;
/// Lines that are kept.
const KEPT_MAX: u32 = 20_000;
/// The same sentence within this is of another process, not of another event.
const SAME_EVENT: SignedDuration = SignedDuration::from_mins(15);

/// Trouble with the history itself is told once within this.
const TOLD_ONCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Numbers of lines rise by one from 1 on. A damaged one from 1e15 on is no measure for which lines are the newest.
impl Store {
    /// Keeps lines that no process has told yet.
    pub(in crate::services::history) fn store_events(&mut self, entries: &[LogEntry]) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        for entry in entries {
            if is_told(&transaction, entry)? {
                continue;
            }
            let (kind, subject) = entry.kind.words();
            transaction
                .prepare_cached(
                    "INSERT INTO events (id, at, environment, kind, subject, severity, text)
                     VALUES ((SELECT 1 + coalesce(max(id), 0) FROM events WHERE id < 1e15), ?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    entry.at.as_millisecond(),
                    name(entry),
                    kind,
                    subject,
                    entry.severity.as_str(),
                    entry.text,
                ])?;
        }
        transaction
            .prepare_cached("DELETE FROM events WHERE id <= (SELECT max(id) FROM events WHERE id < 1e15) - ?1")?
            .execute([KEPT_MAX])?;
        transaction.commit()
    }

    /// The newest lines, and of what is in one of several states, such as a flag, the last lines even if they are older;
    /// in the order in which they came.
    pub(in crate::services::history) fn events(&mut self) -> rusqlite::Result<Vec<LogEntry>> {
        let transaction = self.connection.transaction()?;
        let mut statement = transaction.prepare_cached(
            "SELECT at, environment, kind, subject, severity, text FROM events
             WHERE id > (SELECT max(id) FROM events WHERE id < 1e15) - ?1 OR id IN (
                SELECT max(id) FROM events WHERE kind IN ('status', 'flag', 'network', 'refusals')
                GROUP BY environment, kind, subject, severity = 'ok')
             ORDER BY id",
        )?;
        let rows = statement.query_map([TOLD_MAX], |row| Ok(entry(row)))?;
        rows.filter_map(Result::transpose).collect()
    }
}

/// Tells of trouble with the history itself, unless that was told within a week.
pub(super) fn tell_once(transaction: &Transaction<'_>, text: &str, now: Timestamp) -> rusqlite::Result<()> {
    let (kind, _) = EventKind::History.words();
    let (at, severity) = (now.as_millisecond(), Severity::Warning.as_str());
    transaction
        .prepare_cached(
            "INSERT INTO events (id, at, kind, severity, text)
             SELECT (SELECT 1 + coalesce(max(id), 0) FROM events WHERE id < 1e15), ?1, ?2, ?3, ?4
             WHERE NOT EXISTS (SELECT * FROM events WHERE at BETWEEN ?5 AND ?1 AND kind = ?2 AND text = ?4)",
        )?
        .execute(params![at, kind, severity, text, before(now, TOLD_ONCE)])?;
    Ok(())
}

/// Whether the history tells of the same event already. What is in one of two states, such as a flag, is told only when
/// it changes; of all else the same sentence is told once within some minutes.
fn is_told(transaction: &Transaction<'_>, entry: &LogEntry) -> rusqlite::Result<bool> {
    let (kind, subject) = entry.kind.words();
    let is_over = entry.severity == Severity::Ok;
    match entry.kind {
        // That there is a key again is not told, so the same may be true anew.
        EventKind::Status(status) if status != Status::NoKey => {
            let latest = latest(transaction, entry, None)?;
            Ok(latest.is_some_and(|latest| latest.subject.as_deref() == subject))
        }
        EventKind::Flag(flag) => {
            let Some(latest) = latest(transaction, entry, subject)? else { return Ok(false) };
            let is_same = latest.is_over == is_over;
            Ok(is_same && (is_over || !is_followed(transaction, entry, flag, latest.id)?))
        }
        EventKind::Network | EventKind::Refusals => {
            let latest = latest(transaction, entry, subject)?;
            Ok(latest.is_some_and(|latest| latest.is_over == is_over))
        }
        _ => {
            let (at, near) = (entry.at.as_millisecond(), values::milliseconds(SAME_EVENT));
            transaction
                .prepare_cached(
                    "SELECT EXISTS (SELECT * FROM events WHERE at BETWEEN ?1 AND ?2
                        AND environment IS ?3 AND kind = ?4 AND text = ?5)",
                )?
                .query_row(
                    params![at.saturating_sub(near), at.saturating_add(near), name(entry), kind, entry.text],
                    |row| row.get(0),
                )
        }
    }
}

/// What a line that is kept tells.
struct Latest {
    id: i64,
    subject: Option<String>,
    is_over: bool,
}

/// Whether a worse flag has taken the place of one since the line `id`.
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
fn latest(transaction: &Transaction<'_>, entry: &LogEntry, subject: Option<&str>) -> rusqlite::Result<Option<Latest>> {
    let (kind, _) = entry.kind.words();
    transaction
        .prepare_cached(
            "SELECT id, subject, severity IS 'ok' FROM events
             WHERE environment IS ?1 AND kind = ?2 AND (?3 IS NULL OR subject = ?3) ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![name(entry), kind, subject], |row| {
            Ok(Latest { id: row.get(0)?, subject: values::text(row, "subject"), is_over: row.get(2)? })
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
    Some(LogEntry {
        at: values::integer(row, "at").and_then(values::moment)?,
        environment,
        severity: severities.into_iter().find(|known| known.as_str() == severity)?,
        kind: EventKind::parse(&text("kind")??, text("subject")?.as_deref())?,
        text: sanitise(&text("text")??, LENGTH_MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::history::open;

    fn store() -> Store {
        Store::new(open::open_in_memory().unwrap())
    }

    fn line(minute: i64, kind: EventKind, severity: Severity, text: &str) -> LogEntry {
        LogEntry {
            at: Timestamp::from_second(1_750_000_000 + minute * 60).unwrap(),
            environment: Some(Environment { name: "prod".parse().unwrap(), label: None }),
            severity,
            kind,
            text: text.to_owned(),
        }
    }

    fn flag(minute: i64, severity: Severity) -> LogEntry {
        line(minute, EventKind::Flag(Flag::CreditsLow), severity, "credits low")
    }

    /// What is kept of lines that were stored one after another.
    fn kept(entries: &[LogEntry]) -> Vec<LogEntry> {
        let mut store = store();
        for entry in entries {
            store.store_events(std::slice::from_ref(entry)).unwrap();
        }
        store.events().unwrap()
    }

    #[test]
    fn lines_of_each_kind_come_back_as_they_were() {
        let mut lines: Vec<_> =
            (0..).zip(EventKind::all()).map(|(minute, kind)| line(minute, kind, Severity::Critical, "so")).collect();
        lines[3].environment = None;
        assert_eq!(kept(&lines), lines);
    }

    #[test]
    fn a_flag_is_told_by_one_process_each_time_it_changes() {
        let (raised, over) = (Severity::Warning, Severity::Ok);
        let told = [flag(0, raised), flag(9, over), flag(11, raised)];
        let both = [&told[0], &flag(1, raised), &told[1], &flag(10, over), &told[2], &flag(300, raised)];
        assert_eq!(kept(&both.map(Clone::clone)), told);
    }

    #[test]
    fn a_status_is_told_when_it_is_another() {
        let status = |minute, status| line(minute, EventKind::Status(status), Severity::Critical, "so");
        let (revoked, active) = (Status::Revoked, Status::Active);
        let told = [status(0, revoked), status(2, active), status(3, revoked)];
        let both = [&told[0], &status(1, revoked), &told[1], &told[2], &status(900, revoked)];
        assert_eq!(kept(&both.map(Clone::clone)), told);
    }

    #[test]
    fn a_flag_that_gave_way_to_a_worse_one_is_told_anew() {
        let flag = |minute, flag, severity| line(minute, EventKind::Flag(flag), severity, "so");
        let (low, critical) = (Flag::CreditsLow, Flag::CreditsCritical);
        let (raised, over) = (Severity::Warning, Severity::Ok);
        let told = [flag(0, low, raised), flag(1, critical, raised), flag(2, low, raised), flag(3, critical, over)];
        let both = [&told[..], &[flag(4, low, raised), flag(5, critical, over)]].concat();
        assert_eq!(kept(&both), told);
    }

    #[test]
    fn a_key_that_is_removed_again_is_told_again() {
        let removed = |minute| line(minute, EventKind::Status(Status::NoKey), Severity::Unknown, "the key was removed");
        assert_eq!(kept(&[removed(0), removed(5), removed(900)]), [removed(0), removed(900)]);
    }

    #[test]
    fn how_things_stand_is_known_however_long_ago_it_was_told() {
        let (raised, over) = (Severity::Warning, Severity::Ok);
        let mut lines = vec![flag(0, raised), flag(1, over), flag(2, raised)];
        lines.extend((3..503).map(|minute| line(minute * 16, EventKind::Reset, over, "filled up")));
        assert_eq!(kept(&lines), lines[1..]);
    }

    #[test]
    fn lines_come_back_in_the_order_in_which_they_were_told() {
        let lines = [flag(60, Severity::Warning), flag(0, Severity::Ok)];
        assert_eq!(kept(&lines), lines, "the clock was put back by an hour");
    }

    #[test]
    fn the_same_sentence_is_told_once_within_a_quarter_of_an_hour() {
        let reset = |minute| line(minute, EventKind::Reset, Severity::Ok, "credits filled up to 50");
        let other = LogEntry { environment: None, ..reset(2) };
        assert_eq!(kept(&[reset(0), reset(15), other.clone(), reset(16)]), [reset(0), other, reset(16)]);
    }

    #[test]
    fn the_newest_are_kept_and_what_can_not_be_read_is_left_out() {
        let mut store = store();
        store
            .connection
            .execute_batch(
                "WITH RECURSIVE number (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < 20000)
                 INSERT INTO events (at, environment, kind, severity, text)
                 SELECT value, 'Bad name', 'reset', 'ok', 'so' FROM number",
            )
            .unwrap();
        let newest = line(0, EventKind::Gap, Severity::Warning, "\u{1b}[31mred");
        store.store_events(&[newest.clone(), LogEntry { text: "x".to_owned(), ..newest.clone() }]).unwrap();
        let count: u32 = store.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 20_000);
        let texts: Vec<_> = store.events().unwrap().into_iter().map(|entry| entry.text).collect();
        assert!(texts.len() == 2 && texts.iter().all(|text| !text.contains('\u{1b}')), "{texts:?}");
    }
}
