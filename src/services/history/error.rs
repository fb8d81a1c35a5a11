//! Errors of the history, and their remedies.

use std::fmt;
use std::path::Path;

use rusqlite::ErrorCode;

use super::rotation_record::RotationReadError;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::wording::history_errors;

pub use crate::domain::history_error::HistoryErrorKind;

/// Error of a history that could not be read or written. Nothing of a foreign file is touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryError(HistoryErrorDetails);

impl HistoryError {
    pub(super) fn new(kind: HistoryErrorKind, path: Option<&Path>, said: impl fmt::Display) -> Self {
        let file = path.map(|path| sanitise(&path.display().to_string(), LENGTH_MAX));
        Self(HistoryErrorDetails { kind, file, said: sanitise(&said.to_string(), LENGTH_MAX) })
    }

    pub(super) fn from_sqlite(path: Option<&Path>, error: &rusqlite::Error) -> Self {
        if let Some(unreadable) = RotationReadError::within(error) {
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

    /// Kind of the failure.
    #[must_use]
    pub fn kind(&self) -> HistoryErrorKind {
        self.0.kind
    }

    /// Details of the failure, for its wording.
    #[must_use]
    pub fn failure(&self) -> &HistoryErrorDetails {
        &self.0
    }

    /// One plain sentence: what to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        history_errors::remedy(self.0.kind)
    }

    /// True where only writing failed, so that the file may be read all the same.
    pub(super) fn is_of_writing(&self) -> bool {
        matches!(self.0.kind, HistoryErrorKind::Unwritable | HistoryErrorKind::DiskFull | HistoryErrorKind::Io)
    }

    /// True where the connection is of no more use, so that the file must be opened anew.
    pub(super) fn spoils_connection(&self) -> bool {
        matches!(
            self.0.kind,
            HistoryErrorKind::Unwritable
                | HistoryErrorKind::NotADatabase
                | HistoryErrorKind::Damaged
                | HistoryErrorKind::Io
        )
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&history_errors::sentence(&self.0))
    }
}

impl std::error::Error for HistoryError {}
