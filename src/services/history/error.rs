//! How the history can fail, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::rotation_record::UnreadableRotation;
use crate::domain::text::{LENGTH_MAX, sanitise};

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryErrorKind {
    /// The file or its folder can't be made, opened or written.
    Unwritable,
    /// The file is there, but it is no database.
    NotADatabase,
    /// The file is the database of another program.
    Foreign,
    /// The file was written by a newer version of this program.
    Newer,
    /// The file is ours, but it is damaged.
    Damaged,
    /// The journal tells of a rotation in a way that this program can't read.
    UnreadableRotation,
    /// The disk is full.
    DiskFull,
    /// Another program keeps the file locked.
    Busy,
    /// The disk failed to read or write.
    Io,
    /// No answer in time.
    Slow,
    /// The history was closed, or its thread is gone.
    Stopped,
}

/// Why the history could not answer, or could not keep something. Nothing of a foreign file is touched.
///
/// Its text is one plain sentence; [`remedy`](Self::remedy) is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryError {
    kind: HistoryErrorKind,
    path: Option<PathBuf>,
    detail: String,
}

impl HistoryError {
    pub(super) fn new(kind: HistoryErrorKind, path: Option<&Path>, detail: impl fmt::Display) -> Self {
        Self { kind, path: path.map(Path::to_owned), detail: sanitise(&detail.to_string(), LENGTH_MAX) }
    }

    pub(super) fn from_sqlite(path: Option<&Path>, error: &rusqlite::Error) -> Self {
        if let Some(unreadable) = UnreadableRotation::within(error) {
            return Self::new(HistoryErrorKind::UnreadableRotation, path, unreadable);
        }
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryErrorKind::Busy,
            Some(ErrorCode::DiskFull) => HistoryErrorKind::DiskFull,
            Some(ErrorCode::NotADatabase) => HistoryErrorKind::NotADatabase,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                HistoryErrorKind::Unwritable
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => HistoryErrorKind::Io,
            _ => HistoryErrorKind::Damaged,
        };
        Self::new(kind, path, error)
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> HistoryErrorKind {
        self.kind
    }

    /// One plain sentence: what to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.kind {
            HistoryErrorKind::Unwritable => "Make the file and its folder writable for this user.",
            HistoryErrorKind::NotADatabase | HistoryErrorKind::Foreign => {
                "Move the file away: a new history is then started in its place."
            }
            HistoryErrorKind::Newer => "Update this program, or move the file away to start a new history.",
            HistoryErrorKind::Damaged => "Move the file away to start a new history, or restore it from a backup.",
            HistoryErrorKind::UnreadableRotation => {
                "Update this program, restore the file from a backup, or move it away: no key is lost by that."
            }
            HistoryErrorKind::DiskFull => "Free some space; samples are kept again from then on.",
            HistoryErrorKind::Busy => "Close the program that keeps the file open, such as a database browser.",
            HistoryErrorKind::Io => "Check the disk: whether it is mounted, full or failing.",
            HistoryErrorKind::Slow => "Check the disk that holds the file, above all one on the network.",
            HistoryErrorKind::Stopped => "Start the program again.",
        }
    }

    /// Whether the file may be read all the same.
    pub(super) fn is_of_writing(&self) -> bool {
        matches!(self.kind, HistoryErrorKind::Unwritable | HistoryErrorKind::DiskFull | HistoryErrorKind::Io)
    }

    /// Whether the connection is of no more use, so that the file must be opened anew.
    pub(super) fn spoils_connection(&self) -> bool {
        matches!(
            self.kind,
            HistoryErrorKind::Unwritable
                | HistoryErrorKind::NotADatabase
                | HistoryErrorKind::Damaged
                | HistoryErrorKind::Io
        )
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the history ")?;
        let detail = &self.detail;
        match self.kind {
            HistoryErrorKind::Unwritable => write!(formatter, "can't be opened for writing: {detail}"),
            HistoryErrorKind::NotADatabase => formatter.write_str("is no database; the file was left untouched"),
            HistoryErrorKind::Foreign => formatter.write_str("belongs to another program; it was left untouched"),
            HistoryErrorKind::Newer => {
                write!(formatter, "was written by a newer version of this program ({detail}); it was left untouched")
            }
            HistoryErrorKind::Damaged => write!(formatter, "is damaged: {detail}"),
            HistoryErrorKind::UnreadableRotation => {
                write!(formatter, "tells of a rotation that can't be read: {detail}; it was left untouched")
            }
            HistoryErrorKind::DiskFull => formatter.write_str("can't grow: the disk is full"),
            HistoryErrorKind::Busy => formatter.write_str("is locked by another program"),
            HistoryErrorKind::Io => write!(formatter, "can't be read or written: {detail}"),
            HistoryErrorKind::Slow => formatter.write_str("gave no answer in time"),
            HistoryErrorKind::Stopped => formatter.write_str("is closed"),
        }?;
        // What happened comes first: on a narrow screen the end is cut.
        let file = self.path.as_ref().map(|path| sanitise(&path.display().to_string(), LENGTH_MAX));
        file.map_or(Ok(()), |file| write!(formatter, " ({file})"))
    }
}

impl std::error::Error for HistoryError {}
