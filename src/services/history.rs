//! Samples, calls and the journal of rotations, kept in SQLite.
//!
//! A [`History`] is the way to one thread, which alone waits for the disk. What is kept is known by the
//! fingerprint of a key; nothing else of a key is ever stored. Several processes may share one file.

mod database_file;
mod downsample;
mod error;
mod handle;
pub mod import_export;
mod lease_holder;
mod open;
pub mod outbox;
mod page;
mod permit;
mod read_only;
mod request_log;
mod rotation_record;
mod schema;
mod store;
mod store_thread;
mod timeouts;
mod values;

#[cfg(test)]
pub(crate) mod arbitrary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::time::DAY;

pub use error::{HistoryError, HistoryErrorKind};
use handle::FallbackRequestLog;
pub use handle::History;
use lease_holder::LeaseHolder;
pub use open::Access;
pub use page::Page;
pub use permit::{PermitAnswer, PermitDecision};
pub use rotation_record::{RotationReadError, RotationRecord, RotationRowError};
use store::RollUpCursor;
pub use store::{HistoryCounts, HistoryStore};
use store_thread::{Location, StoreThread};
use timeouts::{BUSY_TIMEOUT, CALL_LIMIT, WHOLE_FILE_LIMIT};

/// Size and contents of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySummary {
    /// The file; `None` for a history in memory.
    pub path: Option<PathBuf>,
    /// The size of the file and its helper files, in bytes.
    pub size_bytes: u64,
    /// Numbers of its contents.
    pub contents: HistoryCounts,
    /// Rows that can't be read and are left out, such as `2 rows of alerts`; `None` where all can.
    pub unreadable: Option<String>,
}

impl History {
    /// The history in the file `path`, which is made when missing. Returns at once: whether the file can be
    /// used is told by the first call.
    #[must_use]
    pub fn open(path: PathBuf) -> Self {
        Self::at(Location::File(path, BUSY_TIMEOUT))
    }

    /// A history without a place: each call fails.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::at(Location::Nowhere)
    }

    /// The same history with another place for the request log, in the folder `runtime`, for as long as the history
    /// can't be written. That place is used only while the folder is this user's alone.
    #[must_use]
    pub fn with_runtime_folder(self, runtime: Option<PathBuf>) -> Self {
        Self { fallback: runtime.map(FallbackRequestLog::new), ..self }
    }

    /// A history that touches no file and ends with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::at(Location::Memory)
    }

    /// A copy of a history that can only be read, in memory, to work on; the history itself where it can be written.
    ///
    /// # Errors
    /// When the file can't be read either.
    pub async fn workable(&self) -> Result<Self, HistoryError> {
        match (self.access().await?, self.path()) {
            (Access::ReadOnly(_), Some(path)) => Ok(Self::at(Location::Copy(path.to_owned(), BUSY_TIMEOUT))),
            _ => Ok(self.clone()),
        }
    }

    /// The same history as another process would use it.
    #[cfg(test)]
    pub(crate) fn of_another_process(&self) -> Self {
        Self { holder: Arc::new(LeaseHolder::new()), ..self.clone() }
    }

    /// Does a job with the tables, on the thread of the history: such as `history.run(|store| store.alerts())`. Waits
    /// for its outcome for at most 10 seconds; what is late is done all the same.
    ///
    /// # Errors
    /// When the file can't be used, can't be written by a job that keeps something, or there is no answer in time.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut HistoryStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.worker.run(CALL_LIMIT, job).await
    }

    /// The same for a job on much of the file, which may take two minutes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_long<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut HistoryStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.worker.run(WHOLE_FILE_LIMIT, job).await
    }

    fn at(location: Location) -> Self {
        Self { worker: StoreThread::start(location), fallback: None, holder: Arc::new(LeaseHolder::new()) }
    }

    /// Forgets the samples from before `before`, a day ago or more, and returns their number. Their days are summed up
    /// first. Other calls go on meanwhile. Calls need no such thing: the request log forgets them after two days.
    ///
    /// # Errors
    /// When the file can't be used; some samples may be forgotten then.
    pub async fn prune(&self, before: Timestamp) -> Result<u64, HistoryError> {
        self.roll_up(before.saturating_add(DAY).unwrap_or(Timestamp::MAX)).await?;
        let mut forgotten = 0_u64;
        loop {
            let (some, more) = self.worker.run(WHOLE_FILE_LIMIT, move |store| store.prune(before)).await?;
            forgotten += u64::from(some);
            if !more {
                break;
            }
        }
        if forgotten > 0 {
            self.worker.run(WHOLE_FILE_LIMIT, move |store| store.prune_unused(before)).await?;
        }
        Ok(forgotten)
    }

    /// Reads the whole file, and tells what is in it.
    ///
    /// # Errors
    /// When the file can't be used or is damaged.
    pub async fn check(&self) -> Result<HistorySummary, HistoryError> {
        let contents = self.worker.run(WHOLE_FILE_LIMIT, HistoryStore::check).await?;
        let unreadable = self.worker.run(WHOLE_FILE_LIMIT, HistoryStore::unreadable).await?;
        let unreadable = (!unreadable.is_empty()).then(|| crate::wording::history_errors::tables(&unreadable));
        let path = self.worker.path().map(ToOwned::to_owned);
        let size_bytes =
            path.iter().flat_map(|path| database_file::files(path)).filter_map(|file| file.metadata().ok());
        Ok(HistorySummary { size_bytes: size_bytes.map(|metadata| metadata.len()).sum(), path, contents, unreadable })
    }

    /// Access to the history: to write, or to read alone. Where it is read alone, calls that store something fail with
    /// [`HistoryErrorKind::Unwritable`], and the next call tries again to write. A full disk shows only when something
    /// is written: see [`try_writing`](HistoryStore::try_writing).
    ///
    /// # Errors
    /// When the file can't be read either.
    pub async fn access(&self) -> Result<Access, HistoryError> {
        self.worker.access(CALL_LIMIT).await
    }

    /// The file; `None` for a history in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.worker.path()
    }

    /// Finishes what was asked of the history so far and closes the file, for all clones; waits for it no longer than
    /// `limit`, and returns true where that was enough. What `store_sample` stored is safe either way.
    pub async fn close(&self, limit: Duration) -> bool {
        self.worker.close(limit).await
    }

    /// Sums up each complete UTC day before `until` of which a sample has come since that was last done. Other calls go
    /// on meanwhile.
    ///
    /// # Errors
    /// When the file can't be used; some days may be summed up then.
    pub async fn roll_up(&self, until: Timestamp) -> Result<(), HistoryError> {
        let mut place = Some(RollUpCursor::START);
        while let Some(from) = place {
            place = self.worker.run(WHOLE_FILE_LIMIT, move |store| store.roll_up(until, from)).await?;
        }
        Ok(())
    }
}
