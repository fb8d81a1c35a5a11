//! The right to change what the key store keeps: one process of this user at a time has it.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::services::file_lock::FileLock;
use crate::services::history::History;

/// How long another process that changes keys is waited for.
const LIMIT: Duration = Duration::from_secs(30);
/// Beside the history.
const FILE_NAME: &str = "keys.lock";

/// Takes the right; a history in memory, which no other process shares, needs none.
///
/// # Errors
/// `WouldBlock` when another process has it all the time; else why the lock can't be taken.
pub async fn take(history: &History) -> io::Result<Option<FileLock>> {
    let Some(path) = history.path().map(lock_file) else { return Ok(None) };
    let taken = tokio::task::spawn_blocking(move || FileLock::take(&path, LIMIT)).await;
    taken.unwrap_or_else(|lost| Err(io::Error::other(lost))).map(Some)
}

fn lock_file(history: &Path) -> std::path::PathBuf {
    history.with_file_name(FILE_NAME)
}
