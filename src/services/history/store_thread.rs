//! The one thread that waits for the disk, so that nothing else does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::database_file::{file_id, open_in_memory};
use super::error::{HistoryError, HistoryErrorKind};
use super::open::{self, Access};
use super::read_only;
use super::store::HistoryStore;
use crate::services::private_file::{self, FileId};

/// Calls that may wait for the thread; further callers wait for their turn.
const QUEUE_LENGTH: usize = 64;

/// Place of a history.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// In a file, waiting so long where another program has locked it.
    File(PathBuf, Duration),
    /// In a file as well, as long as a folder is this user's alone.
    Private(PathBuf, PathBuf, Duration),
    /// In this process, as a copy of a file.
    Copy(PathBuf, Duration),
    /// In this process.
    Memory,
    /// There is none.
    Nowhere,
}

impl Location {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path, _) | Self::Private(_, path, _) | Self::Copy(path, _) => Some(path),
            Self::Memory | Self::Nowhere => None,
        }
    }
}

/// The way to the thread; the thread ends when the last is dropped.
#[derive(Clone, Debug)]
pub(super) struct StoreThread {
    messages: mpsc::Sender<StoreRequest>,
    location: Location,
    busy_since: BusySince,
}

/// Start of the one call that the thread is busy with; `None` while it waits.
type BusySince = Arc<Mutex<Option<Instant>>>;

enum StoreRequest {
    Run(Box<dyn FnOnce(&mut StoreConnection) + Send>),
    Close(oneshot::Sender<()>),
}

impl StoreThread {
    /// Starts the thread. Where even that fails, each call answers that the history is closed.
    pub(super) fn start(location: Location) -> Self {
        let (messages, received) = mpsc::channel(QUEUE_LENGTH);
        let connected = StoreConnection { location: location.clone(), store: None, file: None };
        let busy_since = BusySince::default();
        let busy = Arc::clone(&busy_since);
        let thread = std::thread::Builder::new().name("history".into());
        if let Err(error) = thread.spawn(move || work(connected, received, &busy)) {
            tracing::error!("the thread of the history did not start: {error}");
        }
        Self { messages, location, busy_since }
    }

    /// Has the thread do something, and waits for the outcome for at most `limit`; what is late is done all the same.
    /// The time that the thread has been busy with an earlier call counts, so that one call that hangs costs all that
    /// come after it no time.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&mut HistoryStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.ask(limit, |connected| connected.run(job)).await
    }

    /// Does a job where there is a file already; `None` where there is none.
    pub(super) async fn run_if_there<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&mut HistoryStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Option<T>, HistoryError> {
        self.ask(limit, |connected| connected.is_there().then(|| connected.run(job)).transpose()).await
    }

    /// Access to the file: to write, or to read alone.
    pub(super) async fn access(&self, limit: Duration) -> Result<Access, HistoryError> {
        self.ask(limit, StoreConnection::access).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&mut StoreConnection) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |connected: &mut StoreConnection| {
            if answer.send(job(connected)).is_err() {
                tracing::debug!("the history answered, but no one waits any more");
            }
        });
        let whole = async {
            let stopped = || self.error(HistoryErrorKind::Stopped);
            if self.messages.send(StoreRequest::Run(job)).await.is_err() {
                return Err(stopped());
            }
            answered.await.unwrap_or_else(|_| Err(stopped()))
        };
        let busy_since = *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner);
        let left = limit.saturating_sub(busy_since.map(|since| since.elapsed()).unwrap_or_default());
        tokio::time::timeout(left, whole).await.unwrap_or_else(|_| Err(self.error(HistoryErrorKind::Slow)))
    }

    /// Ends the thread once all that waits is done; tells whether that was within `limit`.
    pub(super) async fn close(&self, limit: Duration) -> bool {
        let (done, closed) = oneshot::channel();
        let whole = async { self.messages.send(StoreRequest::Close(done)).await.is_ok() && closed.await.is_ok() };
        tokio::time::timeout(limit, whole).await.unwrap_or(false)
    }

    /// The file; `None` in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.location.path()
    }

    fn error(&self, kind: HistoryErrorKind) -> HistoryError {
        HistoryError::new(kind, self.location.path(), "")
    }
}

fn work(
    mut connected: StoreConnection,
    mut messages: mpsc::Receiver<StoreRequest>,
    busy_since: &Mutex<Option<Instant>>,
) {
    let tell = |since| *busy_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    while let Some(message) = messages.blocking_recv() {
        match message {
            StoreRequest::Run(job) => {
                tell(Some(Instant::now()));
                job(&mut connected);
                tell(None);
            }
            StoreRequest::Close(done) => {
                drop(connected);
                if done.send(()).is_err() {
                    tracing::debug!("the history closed later than it was waited for");
                }
                return;
            }
        }
    }
}

/// The store, opened with the first call, and again with the next call after a failure that spoilt it or
/// when its file was moved away or replaced.
struct StoreConnection {
    location: Location,
    store: Option<(HistoryStore, Access)>,
    file: Option<FileId>,
}

impl StoreConnection {
    fn run<T>(&mut self, job: impl FnOnce(&mut HistoryStore) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        let (mut store, access) = self.take()?;
        let outcome = job(&mut store).map_err(|error| HistoryError::from_sqlite(self.location.path(), &error));
        let spoilt = outcome.as_ref().is_err_and(HistoryError::spoils_connection);
        if !spoilt || self.location.path().is_none() {
            self.store = Some((store, access));
        }
        outcome
    }

    /// Looks anew where the file could only be read before.
    fn access(&mut self) -> Result<Access, HistoryError> {
        self.store.take_if(|(_, access)| *access != Access::ReadWrite);
        let (store, access) = self.take()?;
        self.store = Some((store, access.clone()));
        Ok(access)
    }

    fn is_there(&self) -> bool {
        self.location.path().is_some_and(Path::exists)
    }

    fn take(&mut self) -> Result<(HistoryStore, Access), HistoryError> {
        if let Location::Private(folder, path, _) = &self.location
            && !private_file::is_private_folder(folder)
        {
            return Err(HistoryError::new(HistoryErrorKind::Unwritable, Some(path), "others may use its folder"));
        }
        let open = match &self.location {
            Location::File(path, _) | Location::Private(_, path, _) => {
                self.store.take().filter(|_| file_id(path) == self.file)
            }
            Location::Copy(..) | Location::Memory | Location::Nowhere => self.store.take(),
        };
        open.map_or_else(|| self.open(), Ok)
    }

    fn open(&mut self) -> Result<(HistoryStore, Access), HistoryError> {
        let (connection, access) = match &self.location {
            Location::File(path, busy_timeout) | Location::Private(_, path, busy_timeout) => {
                let opened = open::open_file(path, *busy_timeout)?;
                self.file = file_id(path);
                opened
            }
            Location::Copy(path, busy_timeout) => (read_only::copy(path, *busy_timeout)?, Access::ReadWrite),
            Location::Memory => (open_in_memory()?, Access::ReadWrite),
            Location::Nowhere => {
                return Err(HistoryError::new(HistoryErrorKind::Unwritable, None, "there is no home folder"));
            }
        };
        Ok((HistoryStore::new(connection), access))
    }
}

#[cfg(test)]
mod tests;
