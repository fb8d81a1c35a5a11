//! Errors of the history.

use serde::{Deserialize, Serialize};

/// Kind of failure of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// A task of this program was lost before it had an answer.
    Interrupted,
}

/// Failure of the history to answer, or to keep something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryErrorDetails {
    /// Kind of the failure.
    pub kind: HistoryErrorKind,
    /// The file, safe to show.
    pub file: Option<String>,
    /// Words of SQLite or the system, safe to show; may be empty.
    pub said: String,
}

impl HistoryErrorDetails {
    /// A task was lost before it had an answer.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { kind: HistoryErrorKind::Interrupted, file: None, said: String::new() }
    }
}
