//! The log: a file of bounded size, never the screen. It is written on a thread of its own, so that a disk that hangs
//! holds up nobody else.

mod file;
mod queue;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use file::BoundedFile;
use queue::LogQueue;

/// At this size the file is put aside; with the one put aside before, the log takes at most twice as much.
const SIZE_MAX: u64 = 1024 * 1024;
/// Longest wait of the end of the program for lines that are not written yet.
const END_LIMIT: Duration = Duration::from_millis(200);

static QUEUE: OnceLock<Arc<LogQueue>> = OnceLock::new();

/// Writes what the program and its libraries tell, up to `level`, to a file. It is made when the first line comes.
/// While the disk takes nothing, lines are dropped; how many is told later.
pub fn start(path: PathBuf, level: LevelFilter) {
    let queue = Arc::new(LogQueue::default());
    if let Err(error) = queue.start(BoundedFile::new(path, SIZE_MAX)) {
        tracing::debug!(%error, "no thread for the log");
        return;
    }
    let lines = Arc::clone(&queue);
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(move || lines.writer()).finish();
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        drop(QUEUE.set(queue));
    } else {
        tracing::debug!("a log is kept already");
    }
}

/// The end of the program: when it is dropped, in whichever way, the last lines are waited for.
pub struct LogFlushGuard;

impl Drop for LogFlushGuard {
    fn drop(&mut self) {
        finish();
    }
}

/// Waits until all lines are written, a fifth of a second at most.
pub fn finish() {
    if let Some(queue) = QUEUE.get()
        && !queue.wait_until_written(END_LIMIT)
    {
        tracing::debug!("the last lines of the log are lost");
    }
}

/// Checks that the log can be written; it is made where there is none.
///
/// # Errors
/// When it can't be.
pub fn check(path: &Path) -> io::Result<()> {
    file::open(path).map(drop)
}
