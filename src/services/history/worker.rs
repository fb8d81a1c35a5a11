//! The one thread that waits for the disk, so that nothing else does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::{HistoryError, HistoryErrorKind};
use super::open::{self, FileId};
use super::store::Store;

/// Calls that may wait for the thread; further callers wait for their turn.
const QUEUE_LENGTH: usize = 64;

/// Where a history lives.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// In a file, waiting so long where another program has locked it.
    File(PathBuf, Duration),
    /// In this process.
    Memory,
}

impl Location {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path, _) => Some(path),
            Self::Memory => None,
        }
    }
}

/// The way to the thread; the thread ends when the last is dropped.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    messages: mpsc::Sender<Message>,
    location: Location,
}

enum Message {
    Run(Box<dyn FnOnce(&mut Connected) + Send>),
    Close(oneshot::Sender<()>),
}

impl Worker {
    /// Starts the thread. Where even that fails, each call answers that the history is closed.
    pub(super) fn start(location: Location) -> Self {
        let (messages, received) = mpsc::channel(QUEUE_LENGTH);
        let connected = Connected { location: location.clone(), store: None, file: None };
        let thread = std::thread::Builder::new().name("history".into());
        if let Err(error) = thread.spawn(move || work(connected, received)) {
            tracing::error!("the thread of the history did not start: {error}");
        }
        Self { messages, location }
    }

    /// Has the thread do something, and waits for the outcome for at most `limit`; what is late is done all the same.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |connected: &mut Connected| {
            if answer.send(connected.run(job)).is_err() {
                tracing::debug!("the history answered, but no one waits any more");
            }
        });
        let whole = async {
            let stopped = || self.error(HistoryErrorKind::Stopped);
            if self.messages.send(Message::Run(job)).await.is_err() {
                return Err(stopped());
            }
            answered.await.unwrap_or_else(|_| Err(stopped()))
        };
        tokio::time::timeout(limit, whole).await.unwrap_or_else(|_| Err(self.error(HistoryErrorKind::Slow)))
    }

    /// Ends the thread once all that waits is done; tells whether that was within `limit`.
    pub(super) async fn close(&self, limit: Duration) -> bool {
        let (done, closed) = oneshot::channel();
        let whole = async { self.messages.send(Message::Close(done)).await.is_ok() && closed.await.is_ok() };
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

fn work(mut connected: Connected, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.blocking_recv() {
        match message {
            Message::Run(job) => job(&mut connected),
            Message::Close(done) => {
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
struct Connected {
    location: Location,
    store: Option<Store>,
    file: Option<FileId>,
}

impl Connected {
    fn run<T>(&mut self, job: impl FnOnce(&mut Store) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        let kept = match &self.location {
            Location::File(path, _) => self.store.take().filter(|_| open::file_id(path) == self.file),
            Location::Memory => self.store.take(),
        };
        let mut store = match kept {
            Some(store) => store,
            None => self.open()?,
        };
        let outcome = job(&mut store).map_err(|error| HistoryError::from_sqlite(self.location.path(), &error));
        let spoilt = outcome.as_ref().is_err_and(HistoryError::spoils_connection);
        if !spoilt || self.location.path().is_none() {
            self.store = Some(store);
        }
        outcome
    }

    fn open(&mut self) -> Result<Store, HistoryError> {
        let connection = match &self.location {
            Location::File(path, busy_timeout) => {
                let connection = open::open_file(path, *busy_timeout)?;
                self.file = open::file_id(path);
                connection
            }
            Location::Memory => open::open_in_memory()?,
        };
        Ok(Store::new(connection))
    }
}

#[cfg(test)]
mod tests;
