//! Lock over the keys in the key store: one process of this user at a time changes them.

use std::io;
use std::time::Duration;

use crate::services::file_lock::FileLock;
use crate::services::history::History;

/// Time limit for another process that changes keys.
const LIMIT: Duration = Duration::from_secs(30);
/// Name of the lock file, which stands beside the history.
const FILE_NAME: &str = "keys.lock";

/// The lock, held until it is dropped; without a file for a history that no other process shares.
pub struct KeyLock {
    _file: Option<FileLock>,
}

/// Takes the lock.
///
/// # Errors
/// `WouldBlock` when another process has it all the time; else why it can't be taken.
pub async fn take(history: &History) -> io::Result<KeyLock> {
    let Some(path) = history.path().map(|path| path.with_file_name(FILE_NAME)) else {
        return Ok(KeyLock { _file: None });
    };
    let taken = tokio::task::spawn_blocking(move || FileLock::take(&path, LIMIT)).await;
    taken.unwrap_or_else(|lost| Err(io::Error::other(lost))).map(|file| KeyLock { _file: Some(file) })
}
