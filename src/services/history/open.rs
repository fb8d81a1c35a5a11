//! Opening the history: made where there is none, for its owner's eyes only, and for reading alone where it can't be
//! written.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::database_file::{files, recognise, schema_error};
use super::error::{HistoryError, HistoryErrorKind};
use super::read_only;
use super::schema::{self, MIGRATIONS, SchemaError};
use crate::services::private_file;

/// Pause between two tries to switch to the write-ahead log, for which SQLite itself does not wait.
const SWITCH_PAUSE: Duration = Duration::from_millis(10);

/// Right of this process over the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write.
    ReadWrite,
    /// Read alone, for this reason: the disk is read-only, or the file or its folder belongs to someone else.
    ReadOnly(HistoryError),
}

/// Opens the history, and makes it first where there is none. What can't be written is opened for reading alone.
///
/// # Errors
/// With the reason, having touched nothing of a file that is not ours.
pub(super) fn open_file(path: &Path, busy_timeout: Duration) -> Result<(Connection, Access), HistoryError> {
    match open_for_writing(path, busy_timeout) {
        Ok(connection) => Ok((connection, Access::ReadWrite)),
        Err(error) if error.is_of_writing() => {
            let connection = read_only::open(path, busy_timeout, &error)?;
            Ok((connection, Access::ReadOnly(error)))
        }
        Err(error) => Err(error),
    }
}

fn open_for_writing(path: &Path, busy_timeout: Duration) -> Result<Connection, HistoryError> {
    let unwritable = |error: io::Error| HistoryError::new(HistoryErrorKind::Unwritable, Some(path), error);
    create(path).map_err(unwritable)?;
    recognise(path)?;
    restrict(path).map_err(unwritable)?;
    prepare(path, busy_timeout).map_err(|error| schema_error(path, error))
}

/// Makes the folder and an empty file where they are missing, readable by their owner only.
///
/// The file is opened only when it is new: closing an existing one would drop the locks that another
/// connection of this process holds on it.
fn create(path: &Path) -> io::Result<()> {
    private_file::create_parent(path)?;
    match private_file::options().write(true).create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Takes from others what rights they have on the files.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for file in files(path) {
        match fs::metadata(&file) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// Elsewhere the folder of the user's data is the user's alone.
#[cfg(not(unix))]
fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Until the tables are known to be of this version, closing leaves even the log as it is.
///
/// The tables are made before the log is switched on, so that the mark of ours stands in the file itself.
fn prepare(path: &Path, busy_timeout: Duration) -> Result<Connection, SchemaError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if connection.is_readonly("main")? {
        // SQLite opens for reading what it can't open for writing.
        let read_only = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(read_only, None).into());
    }
    connection.busy_timeout(busy_timeout)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA cache_size = -256; PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;",
    )?;
    schema::migrate(&mut connection, MIGRATIONS)?;
    switch_to_log(&connection, busy_timeout)?;
    connection.execute_batch("PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576;")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// File systems that can't share memory keep the journal; it is as safe.
fn switch_to_log(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && start.elapsed() < busy_timeout =>
            {
                std::thread::sleep(SWITCH_PAUSE);
            }
            switched => return switched.map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    #[test]
    fn a_new_file_may_be_opened_by_many_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let open = || open_file(&path, PATIENCE).map(|_| ());
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
            for opener in openers {
                assert_eq!(opener.join().unwrap(), Ok(()));
            }
        });
    }

    #[test]
    fn a_file_whose_end_is_just_being_written_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        drop(open_file(&path, PATIENCE).unwrap());
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(4_096).unwrap();
        assert_eq!(recognise(&path), Ok(()));
        let error = open_file(&path, PATIENCE).unwrap_err();
        assert_eq!(error.kind(), HistoryErrorKind::Damaged, "nobody was writing it");
        assert_eq!(file.metadata().unwrap().len(), 4_096);
    }

    #[test]
    fn the_switch_to_the_log_waits_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let (writer, _) = open_file(&path, PATIENCE).unwrap();
        writer.pragma_update(None, "journal_mode", "delete").unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        std::thread::scope(|scope| {
            let opener = scope.spawn(|| {
                let (connection, _) = open_file(&path, PATIENCE).unwrap();
                connection.pragma_query_value::<String, _>(None, "journal_mode", |row| row.get(0)).unwrap()
            });
            let work =
                "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 200000)
                 INSERT INTO keys (fingerprint) SELECT number FROM numbers";
            writer.execute_batch(work).unwrap();
            writer.execute_batch("ROLLBACK").unwrap();
            assert_eq!(opener.join().unwrap(), "wal");
        });
    }
}
