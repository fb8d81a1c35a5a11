//! Rows that can't be read: they are left out, and the rest goes on; here they are counted, for someone to know.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::connection::HistoryStore;
use super::{alerts, event_log, outbox, rotations};
use crate::domain::log_entry::EventFact;
use crate::domain::text::sanitise;

/// The longest name of a table that is told.
const NAME_MAX: usize = 40;

/// Reads a row, or tells that it can't be read.
type IsReadable = fn(&Row<'_>) -> bool;

impl HistoryStore {
    /// The tables that have rows which can't be read, and how many.
    pub(in crate::services::history) fn unreadable(&mut self) -> rusqlite::Result<Vec<(String, u64)>> {
        let transaction = self.connection.transaction()?;
        unreadable(&transaction)
    }

    /// Tells in the event log, once a week, of what can't be read and is left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn log_unreadable(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        let found = self.unreadable()?;
        if found.is_empty() {
            return Ok(());
        }
        let transaction = self.write()?;
        event_log::log_once(&transaction, EventFact::Unreadable(found), now)?;
        transaction.commit()
    }
}

fn unreadable(connection: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut found = Vec::new();
    for table in tables.into_iter().filter(|table| !table.starts_with("sqlite_")) {
        let count = of_meaning(connection, &table)?.max(of_type(connection, &table)?);
        if count > 0 {
            found.push((sanitise(&table, NAME_MAX), count));
        }
    }
    Ok(found)
}

/// Rows whose values make no sense together.
fn of_meaning(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let (columns, is_readable): (&str, IsReadable) = match table {
        "alerts" => (alerts::COLUMNS, |row| alerts::alert(row).is_some()),
        "deliveries" => ("*", outbox::is_readable),
        "events" => ("*", |row| event_log::entry(row).is_some()),
        "rotations" => (rotations::COLUMNS, |row| rotations::rotation(row).is_ok()),
        _ => return Ok(0),
    };
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += u64::from(!is_readable(row));
    }
    Ok(count)
}

/// Rows with a value that is not of the type of its column.
fn of_type(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let mut columns = connection.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1)")?;
    let columns = columns.query_map([table], |row| {
        let (name, kind, is_needed): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let name = name.replace('"', "\"\"");
        let null = if is_needed { "" } else { "'null', " };
        Ok(format!("typeof(\"{name}\") NOT IN ({null}'{}')", kind.to_lowercase().replace('\'', "''")))
    })?;
    let wrong = columns.collect::<rusqlite::Result<Vec<_>>>()?.join(" OR ");
    let table = table.replace('"', "\"\"");
    connection.query_row(&format!("SELECT count(*) FROM \"{table}\" WHERE {wrong}"), [], |row| {
        Ok(row.get::<_, i64>(0)?.unsigned_abs())
    })
}

#[cfg(test)]
mod tests;
