//! Reading a history that can't be written, as on a read-only disk: without a file made, and without a lock that needs
//! one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;

use super::database_file::{connect, files, open_in_memory, recognise, schema_error};
use super::error::{HistoryError, HistoryErrorKind};
use super::schema::{self, MIGRATIONS, SchemaError};

/// Pages copied in one step of a copy into memory: all of them.
const ALL_PAGES: i32 = -1;

/// Opens the history for reading alone; where there is none, one without anything in it. `unwritable` is why it can't
/// be written.
///
/// # Errors
/// When it can't be read either.
pub(super) fn open(path: &Path, busy_timeout: Duration, unwritable: &HistoryError) -> Result<Connection, HistoryError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => recognise(path)?,
        Ok(_) => return empty(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return empty(path),
        Err(_) => return Err(unwritable.clone()),
    }
    let mut outcome = Err(unwritable.clone());
    for way in read_only_modes(path) {
        outcome = connect(path, way.query)?
            .map_err(SchemaError::from)
            .and_then(|connection| way.prepare(connection, busy_timeout))
            .map_err(|error| schema_error(path, error));
        match &outcome {
            Err(error) if error.is_of_writing() => {}
            _ => break,
        }
    }
    // Where it can't be read either, why it can't be written is the first cause.
    outcome.map_err(|error| if error.is_of_writing() { unwritable.clone() } else { error })
}

/// A history without anything in it, which takes nothing.
fn empty(path: &Path) -> Result<Connection, HistoryError> {
    let opened = open_in_memory()?;
    opened.execute_batch("PRAGMA query_only = ON").map_err(|error| HistoryError::from_sqlite(Some(path), &error))?;
    Ok(opened)
}

/// Copies the history into memory, to work on it there. What is kept in the copy is lost with it.
///
/// # Errors
/// When it can't be read.
pub(super) fn copy(path: &Path, busy_timeout: Duration) -> Result<Connection, HistoryError> {
    let unreadable = HistoryError::new(HistoryErrorKind::Io, Some(path), "it can't be read");
    let connection = open(path, busy_timeout, &unreadable)?;
    copied(&connection).map_err(|error| schema_error(path, error))
}

/// Way to open a file that is only read.
struct ReadOnlyMode {
    /// Query of the address, in SQLite's words.
    query: &'static str,
    /// True where the index of the log is kept in memory, because its file is missing and can't be made.
    own_index: bool,
}

/// The ways to try, in their order: with the locks of other processes as long as the files for those are there, which
/// may be in use where only this process can't write; else without, as nobody else can use the file either.
fn read_only_modes(path: &Path) -> Vec<ReadOnlyMode> {
    let length = |file: &Path| fs::metadata(file).map(|metadata| metadata.len()).ok();
    let [_, log, index, _] = files(path).collect::<Vec<_>>().try_into().unwrap_or_default();
    let has_log = length(&log).is_some_and(|length| length > 0);
    let mut ways = Vec::new();
    if length(&index).is_some() {
        ways.push(ReadOnlyMode { query: "mode=ro", own_index: false });
    }
    if has_log && cfg!(unix) {
        ways.push(ReadOnlyMode { query: "mode=ro&vfs=unix-none", own_index: true });
    } else {
        ways.push(ReadOnlyMode { query: "immutable=1", own_index: false });
    }
    ways
}

impl ReadOnlyMode {
    /// Closing leaves even the log as it is.
    fn prepare(&self, connection: Connection, busy_timeout: Duration) -> Result<Connection, SchemaError> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(busy_timeout)?;
        if self.own_index {
            connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
        }
        connection.execute_batch(
            "PRAGMA cache_size = -256; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
        )?;
        if schema::version(&connection, MIGRATIONS)? == MIGRATIONS.len() {
            return Ok(connection);
        }
        // Tables of an older version can't be read as they are.
        let copy = copied(&connection)?;
        copy.execute_batch("PRAGMA query_only = ON")?;
        Ok(copy)
    }
}

/// A copy in memory, with tables of this version.
fn copied(connection: &Connection) -> Result<Connection, SchemaError> {
    let mut copy = Connection::open_in_memory()?;
    Backup::new(connection, &mut copy)?.step(ALL_PAGES)?;
    schema::migrate(&mut copy, MIGRATIONS)?;
    Ok(copy)
}
