//! The alerts, for the processes of a user to agree on.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::connection::HistoryStore;
use crate::domain::alert::{Acknowledgement, AcknowledgementNote, AlertRecord, Condition, Since};
use crate::domain::status::Severity;
use crate::services::history::values;

/// The columns that [`alert`] reads.
pub(super) const COLUMNS: &str = "environment, condition, version, is_over, severity, began_at, since, since_is_fact, told_at, acknowledged_at, \
     acknowledged_by, acknowledged_note";
/// Name in the rows of alerts that are of all environments.
const ALL: &str = "";

impl HistoryStore {
    /// The alerts of this user's processes, of each environment and family the last; those that are over too. What
    /// can't be read is left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn alerts(&mut self) -> rusqlite::Result<Vec<AlertRecord>> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM alerts"))?;
        let alerts = statement.query_map([], |row| Ok(alert(row)))?;
        alerts.filter_map(Result::transpose).collect()
    }

    /// Stores what an alert became, to the millisecond, unless another process changed it since the version below that
    /// of `record`: that is a version conflict, and answered with the alert as that process left it. Of all processes
    /// that want to store a version, one does. When this returns without an error, what was stored outlasts the loss of
    /// the process and of power.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn store_alert(&mut self, record: &AlertRecord) -> rusqlite::Result<Option<AlertRecord>> {
        let transaction = self.write()?;
        let stored = stored(&transaction, record)?;
        if let Some(stored) = stored.filter(|stored| stored.version.saturating_add(1) != record.version) {
            return Ok(Some(stored));
        }
        let acknowledged = record.acknowledged.as_ref();
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO alerts (environment, family, condition, version, is_over, severity, began_at,
                    since, since_is_fact, told_at, acknowledged_at, acknowledged_by, acknowledged_note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                environment(record),
                record.condition.family(),
                record.condition.as_str(),
                values::count(record.version),
                record.is_resolved,
                record.severity.as_str(),
                record.began_at.as_millisecond(),
                record.since.at().as_millisecond(),
                matches!(record.since, Since::Fact(_)),
                record.notified_at.as_millisecond(),
                acknowledged.map(|acknowledgement| acknowledgement.at.as_millisecond()),
                acknowledged.map(|acknowledgement| acknowledgement.by.as_str()),
                acknowledged.and_then(|acknowledgement| acknowledgement.note.as_ref()).map(AcknowledgementNote::as_str),
            ])?;
        transaction.commit()?;
        Ok(None)
    }
}

/// The alert of the same environment and family, if it can be read.
fn stored(connection: &Connection, record: &AlertRecord) -> rusqlite::Result<Option<AlertRecord>> {
    let stored = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM alerts WHERE environment = ?1 AND family = ?2"))?
        .query_row([environment(record), record.condition.family()], |row| Ok(alert(row)))
        .optional()?;
    Ok(stored.flatten())
}

fn environment(record: &AlertRecord) -> &str {
    record.environment.as_ref().map_or(ALL, |name| name.as_str())
}

/// Reads [`COLUMNS`]; `None` where they make no sense, as after a newer version of the program.
pub(super) fn alert(row: &Row<'_>) -> Option<AlertRecord> {
    let text = |name| values::text(row, name);
    let moment = |name| values::integer(row, name).and_then(values::moment);
    let word = text("severity")?;
    let severities = [Severity::Ok, Severity::Warning, Severity::Unknown, Severity::Critical];
    let acknowledged = moment("acknowledged_at").zip(text("acknowledged_by"));
    let note = text("acknowledged_note").and_then(|note| AcknowledgementNote::unless_blank(&note));
    let environment = text("environment").map(|name| name.parse()).transpose().ok()?;
    let condition =
        Condition::parse(&text("condition")?).filter(|condition| condition.is_of_all() == environment.is_none())?;
    Some(AlertRecord {
        environment,
        condition,
        version: values::natural(row, "version")?,
        is_resolved: values::integer(row, "is_over")? != 0,
        severity: severities.into_iter().find(|severity| severity.as_str() == word)?,
        began_at: moment("began_at")?,
        // Earlier versions kept when it was seen.
        since: match values::integer(row, "since_is_fact") {
            Some(1) => Since::Fact(moment("since")?),
            _ => Since::Seen(moment("since")?),
        },
        notified_at: moment("told_at")?,
        acknowledged: acknowledged.map(|(at, by)| Acknowledgement { by, at, note }),
    })
}
