//! A file that one process at a time holds.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::private_file;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The right to change what several processes share. The system takes it back when this is dropped, or the process
/// ends in whichever way.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock, and waits for another process no longer than `limit`. The file and its folder are made where
    /// they are missing, and stay. Blocks.
    ///
    /// # Errors
    /// `WouldBlock` when another process holds it all the time; else what the system says.
    pub fn take(path: &Path, limit: Duration) -> io::Result<Self> {
        private_file::create_parent(path)?;
        let file = private_file::options().write(true).create(true).truncate(false).open(path)?;
        let deadline = Instant::now() + limit;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/lock");
        let held = FileLock::take(&path, Duration::ZERO).unwrap();
        assert_eq!(FileLock::take(&path, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(held);
        FileLock::take(&path, Duration::ZERO).unwrap();
    }
}
