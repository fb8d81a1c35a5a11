//! Errors of the history in words, and their remedies.

use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};

/// One plain sentence: `the history can't grow: the disk is full (/…/history.db)`.
#[must_use]
pub fn sentence(failure: &HistoryErrorDetails) -> String {
    let said = &failure.said;
    let what = match failure.kind {
        HistoryErrorKind::Unwritable => format!("can't be opened for writing: {said}"),
        HistoryErrorKind::NotADatabase => "is no database; the file was left untouched".to_owned(),
        HistoryErrorKind::Foreign => "belongs to another program; it was left untouched".to_owned(),
        HistoryErrorKind::Newer => {
            format!("was written by a newer version of this program ({said}); it was left untouched")
        }
        HistoryErrorKind::Damaged => format!("is damaged: {said}"),
        HistoryErrorKind::UnreadableRotation => {
            format!("tells of a rotation that can't be read: {said}; it was left untouched")
        }
        HistoryErrorKind::DiskFull => "can't grow: the disk is full".to_owned(),
        HistoryErrorKind::Busy => "is locked by another program".to_owned(),
        HistoryErrorKind::Io => format!("can't be read or written: {said}"),
        HistoryErrorKind::Slow => "gave no answer in time".to_owned(),
        HistoryErrorKind::Stopped => "is closed".to_owned(),
        HistoryErrorKind::Interrupted => "could not be used, by a fault of this program".to_owned(),
    };
    // What happened comes first: on a narrow screen the end is cut.
    let file = failure.file.as_ref().map(|file| format!(" ({file})")).unwrap_or_default();
    format!("the history {what}{file}")
}

/// One plain sentence: what to do about it.
#[must_use]
pub fn remedy(kind: HistoryErrorKind) -> &'static str {
    match kind {
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
        HistoryErrorKind::Interrupted => "The log tells more.",
    }
}

/// Sentence and remedy: what went wrong, and what to do about it.
#[must_use]
pub fn sentence_and_remedy(failure: &HistoryErrorDetails) -> String {
    format!("{}: {}", sentence(failure), remedy(failure.kind))
}

/// Tables with rows that can't be read: `2 rows of alerts, 1 row of samples`.
#[must_use]
pub fn tables(unreadable: &[(String, u64)]) -> String {
    let rows = |(table, rows): &(String, u64)| {
        let what = if *rows == 1 { "row" } else { "rows" };
        format!("{rows} {what} of {table}")
    };
    unreadable.iter().map(rows).collect::<Vec<_>>().join(", ")
}
