//! Handle of the history: its thread, the request log in its place, and the holder of its leases.

use std::path::PathBuf;
use std::sync::Arc;

use super::lease_holder::LeaseHolder;
use super::store_thread::{Location, StoreThread};
use super::timeouts::BUSY_TIMEOUT;

/// The stored samples, the request log, and the journal of rotations.
///
/// Cheap to clone. Its calls need a tokio runtime with its time enabled, and fail with an error when the
/// file can't be used; each later call tries the file anew, so that a repaired disk is taken up again.
#[derive(Clone, Debug)]
pub struct History {
    pub(super) worker: StoreThread,
    /// Counts calls where the history can't.
    pub(super) fallback: Option<FallbackRequestLog>,
    pub(super) holder: Arc<LeaseHolder>,
}

/// The request log in the runtime folder, used where that is this user's alone.
#[derive(Clone, Debug)]
pub(super) struct FallbackRequestLog {
    pub(super) folder: PathBuf,
    pub(super) worker: StoreThread,
}

impl FallbackRequestLog {
    pub(super) fn new(folder: PathBuf) -> Self {
        let path = folder.join("trackyard-tui").join("ledger.sqlite3");
        let worker = StoreThread::start(Location::Private(folder.clone(), path, BUSY_TIMEOUT));
        Self { folder, worker }
    }
}
