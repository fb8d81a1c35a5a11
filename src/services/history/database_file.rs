//! The file of the history: ours alone, known by its header, and never another program's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use url::Url;

use super::error::{HistoryError, HistoryErrorKind};
use super::schema::{self, MIGRATIONS, SchemaError};
use crate::services::private_file::{self, FileId};

/// Endings that SQLite appends to the name of a database for its helper files.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The database and the helper files beside it, whether or not they are there.
pub(super) fn files(path: &Path) -> impl Iterator<Item = PathBuf> {
    [""].into_iter().chain(SIDE_FILES).map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Identity of the file that now bears the name; `None` where there is none, and where an open file can be neither
/// moved nor removed.
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().and_then(|metadata| private_file::id(&metadata))
}

/// Looks at the header of a file that is not empty, without a lock, a log or any other trace.
///
/// Another process may just be writing a longer file, whose end is still missing: that must not pass for damage. So
/// SQLite is told to bear with it as it does where schemas may be written; nothing is, for the file is only read.
pub(super) fn recognise(path: &Path) -> Result<(), HistoryError> {
    let unwritable = |error: io::Error| HistoryError::new(HistoryErrorKind::Unwritable, Some(path), error);
    let metadata = fs::metadata(path).map_err(unwritable)?;
    if !metadata.is_file() {
        return Err(HistoryError::new(HistoryErrorKind::NotADatabase, Some(path), "it is no file"));
    }
    if metadata.len() == 0 {
        return Ok(());
    }
    let found = connect(path, "immutable=1")?
        .and_then(|connection| {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
            Ok(connection)
        })
        .map_err(SchemaError::from)
        .and_then(|connection| schema::version(&connection, MIGRATIONS));
    found.map(|_| ()).map_err(|error| schema_error(path, error))
}

/// A connection that only reads, opened as `query` says in the words of SQLite's addresses.
pub(super) fn connect(path: &Path, query: &str) -> Result<rusqlite::Result<Connection>, HistoryError> {
    let unusable = |why: &str| HistoryError::new(HistoryErrorKind::Unwritable, Some(path), why);
    let absolute = std::path::absolute(path).map_err(|error| unusable(&error.to_string()))?;
    let Ok(mut uri) = Url::from_file_path(absolute) else { return Err(unusable("it has no usable path")) };
    uri.set_query(Some(query));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(uri.as_str(), flags))
}

/// Opens a history that lives and dies with the process.
///
/// # Errors
/// When SQLite fails, such as for want of memory.
pub(super) fn open_in_memory() -> Result<Connection, HistoryError> {
    let prepared = || {
        let mut connection = Connection::open_in_memory()?;
        schema::migrate(&mut connection, MIGRATIONS)?;
        Ok(connection)
    };
    prepared().map_err(|error| match error {
        SchemaError::Sqlite(error) => HistoryError::from_sqlite(None, &error),
        SchemaError::Foreign | SchemaError::Newer(_) => {
            HistoryError::new(HistoryErrorKind::Damaged, None, "it is not empty at its start")
        }
    })
}

/// Error of a file whose tables can't be used.
pub(super) fn schema_error(path: &Path, error: SchemaError) -> HistoryError {
    match error {
        SchemaError::Foreign => HistoryError::new(HistoryErrorKind::Foreign, Some(path), ""),
        SchemaError::Newer(version) => {
            HistoryError::new(HistoryErrorKind::Newer, Some(path), format_args!("version {version} of its tables"))
        }
        SchemaError::Sqlite(error) => HistoryError::from_sqlite(Some(path), &error),
    }
}
