//! Samples, calls and the journal of rotations, kept in SQLite.
//!
//! A [`History`] is the way to one thread, which alone waits for the disk. What is kept is known by the
//! fingerprint of a key; nothing else of a key is ever stored. Several processes may share one file.

mod downsample;
mod error;
pub mod import_export;
mod lease_holder;
mod open;
pub mod outbox;
mod permit;
mod read_only;
mod request_log;
mod rotation_record;
mod schema;
mod store;
mod store_thread;
mod values;

#[cfg(test)]
pub(crate) mod arbitrary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::activity::{ActivityRecord, ScannedUsage, UsageUpdate};
use crate::domain::alert::AlertRecord;
use crate::domain::api_key::Fingerprint;
use crate::domain::daily_rollup::DailyRollup;
use crate::domain::environment::EnvironmentName;
use crate::domain::last_use::ExternalUse;
use crate::domain::log_entry::LogEntry;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::domain::sample::{CreditsPoint, Sample};
use crate::domain::time::DAY;

pub use error::{HistoryError, HistoryErrorKind};
use import_export::{StoredDay, StoredSample};
use lease_holder::LeaseHolder;
pub use open::Access;
pub use permit::{PermitAnswer, PermitDecision};
use request_log::FallbackRequestLog;
pub use rotation_record::{RotationReadError, RotationRecord, RotationRowError};
use store::{HistoryStore, RollUpCursor};
use store_thread::{Location, StoreThread};

/// How long a file that another program has locked is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call waits for its answer, so that a disk that hangs stops no poll.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// The same for work on the whole file.
const WHOLE_FILE_LIMIT: Duration = Duration::from_mins(2);

/// The stored samples, the ledger of calls, and the journal of rotations.
///
/// Cheap to clone. Its calls need a tokio runtime with its time enabled, and fail with an error when the
/// file can't be used; each later call tries the file anew, so that a repaired disk is taken up again.
#[derive(Clone, Debug)]
pub struct History {
    worker: StoreThread,
    /// Counts calls where the history can't.
    fallback: Option<FallbackRequestLog>,
    holder: Arc<LeaseHolder>,
}

/// What the history holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySummary {
    /// The file; `None` for a history in memory.
    pub path: Option<PathBuf>,
    /// The size of the file and its helper files, in bytes.
    pub size_bytes: u64,
    /// How much is in it.
    pub contents: HistoryCounts,
    /// What can't be read and is left out, such as `2 rows of alerts`; `None` where all can.
    pub unreadable: Option<String>,
}

/// How many things of each kind a history holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryCounts {
    /// Keys, by their fingerprints.
    pub keys: u64,
    /// Samples of all keys.
    pub samples: u64,
    /// Calls in the ledger.
    pub calls: u64,
}

/// Some of a longer row of things.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The things.
    pub items: Vec<T>,
    /// From when the next page is; `None` after the last.
    pub next: Option<Timestamp>,
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

    /// The same with another place for the ledger, in the folder `runtime`, for as long as the history can't be written.
    /// It is used only while the folder is this user's alone.
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

    fn at(location: Location) -> Self {
        Self { worker: StoreThread::start(location), fallback: None, holder: Arc::new(LeaseHolder::new()) }
    }

    /// Keeps lines of the event log; those that another process has told already are left out. Of all lines the newest
    /// 20,000 are kept.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn store_events(&self, entries: Vec<LogEntry>) -> Result<(), HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.store_events(&entries)).await
    }

    /// The newest lines of the event log, at most 500, oldest first. Their environments have no labels.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn events(&self) -> Result<Vec<LogEntry>, HistoryError> {
        self.worker.run(CALL_LIMIT, HistoryStore::events).await
    }

    /// Keeps a sample, to the millisecond. When this returns without an error, it outlasts the loss of the
    /// process and of power.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn store_sample(
        &self,
        fingerprint: Fingerprint,
        sample: Sample,
        others_use: Option<ExternalUse>,
    ) -> Result<(), HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.store_sample(fingerprint, &sample, others_use)).await
    }

    /// The balances from `since` to `until`, both included, in the order of time. Of more than `points_max`,
    /// those are chosen that draw the same line. From before the key was put in the place of another, they are those
    /// of the key that it replaced, and so on through up to 100 rotations.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn credits(
        &self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        points_max: usize,
    ) -> Result<Vec<CreditsPoint>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.credits(fingerprint, since, until, points_max)).await
    }

    /// The last balance of each `step` of time from `since` to `until`, both included, in the order of time, of the same
    /// keys as those of [`credits`](Self::credits). Takes about as long for a sample a second as for one an hour.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn balances(
        &self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        step: SignedDuration,
    ) -> Result<Vec<CreditsPoint>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.balances(fingerprint, since, until, step)).await
    }

    /// Forgets the samples from before `before`, a day ago or more, and tells how many. Their days are summed up first.
    /// Other calls go on meanwhile. Calls need no such thing: the ledger forgets them after two days.
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

    /// The rotation that is under way in an environment.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of that rotation in a way that can't be read.
    pub async fn rotation(&self, environment: EnvironmentName) -> Result<Option<Rotation>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.rotation(&environment)).await
    }

    /// Enters a rotation in the journal, to the millisecond, and answers it; where one is under way already, as by
    /// another process, that one is answered unchanged. When this returns without an error, it outlasts the loss of
    /// the process and of power.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of a rotation under way in a way that can't be read.
    pub async fn start_rotation(
        &self,
        environment: EnvironmentName,
        old: Fingerprint,
        stage: RotationStage,
        new: Option<Fingerprint>,
        at: Timestamp,
    ) -> Result<Rotation, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.start_rotation(environment, old, stage, new, at)).await
    }

    /// Has a rotation come to a stage, and answers what the journal tells of it then; it outlasts the loss of the
    /// process and of power. `None`, and nothing is changed, where the journal no longer tells the stage and the new
    /// key of `rotation`, because another process was faster, or where the rotation has ended or is gone.
    ///
    /// The new key is in use as of `at` when it comes to be watched, or is another than was watched before.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of the rotation in a way that can't be read.
    pub async fn enter_stage(
        &self,
        rotation: Rotation,
        stage: RotationStage,
        new: Option<Fingerprint>,
        at: Timestamp,
    ) -> Result<Option<Rotation>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.enter_stage(&rotation, stage, new, at)).await
    }

    /// The rotations of an environment, the newest first, at most 100.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of one of them in a way that can't be read.
    pub async fn rotations(&self, environment: EnvironmentName) -> Result<Vec<Rotation>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.rotations(&environment)).await
    }

    /// Keeps until when the operator wants no reminder to replace a key.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn snooze_rotation(&self, fingerprint: Fingerprint, until: Timestamp) -> Result<(), HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.snooze_rotation(fingerprint, until)).await
    }

    /// What is known of the activity of a key, with summaries up to `now`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn activity(&self, fingerprint: Fingerprint, now: Timestamp) -> Result<ActivityRecord, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.activity(fingerprint, now)).await
    }

    /// Adds the calls of a reading that are not known yet, with those apart that the ledger explains, and tells what is
    /// unusual in them. Readings may overlap, and several processes may add theirs: each call counts once.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn add_usage(
        &self,
        fingerprint: Fingerprint,
        reading: ScannedUsage,
        now: Timestamp,
    ) -> Result<UsageUpdate, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.add_usage(fingerprint, &reading, now)).await
    }

    /// The alerts of this user's processes, of each environment and family the last; those that are over too. What
    /// can't be read is left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn alerts(&self) -> Result<Vec<AlertRecord>, HistoryError> {
        self.worker.run(CALL_LIMIT, HistoryStore::alerts).await
    }

    /// Keeps what an alert became, to the millisecond, unless another process changed it since the version below that
    /// of `record`; answers with the alert as that left it then. Of all processes that want to keep a version, one
    /// does. When this returns without an error, what was kept outlasts the loss of the process and of power.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn store_alert(&self, record: AlertRecord) -> Result<Option<AlertRecord>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.store_alert(&record)).await
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
        let size_bytes = path.iter().flat_map(|path| open::files(path)).filter_map(|file| file.metadata().ok());
        Ok(HistorySummary { size_bytes: size_bytes.map(|metadata| metadata.len()).sum(), path, contents, unreadable })
    }

    /// Whether the history can be written, or only read. Where it is read alone, calls that keep something fail with
    /// [`HistoryErrorKind::Unwritable`], and the next call looks again whether it can be written. A full disk shows only
    /// when something is written: see [`try_writing`](Self::try_writing).
    ///
    /// # Errors
    /// When the file can't be read either.
    pub async fn access(&self) -> Result<Access, HistoryError> {
        self.worker.access(CALL_LIMIT).await
    }

    /// Writes to the file without changing anything in it.
    ///
    /// # Errors
    /// When nothing can be kept, such as on a full or read-only disk.
    pub async fn try_writing(&self) -> Result<(), HistoryError> {
        self.worker.run(CALL_LIMIT, HistoryStore::try_writing).await
    }

    /// Tells in the event log, once a week, of what can't be read and is left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn log_unreadable(&self, now: Timestamp) -> Result<(), HistoryError> {
        self.worker.run(WHOLE_FILE_LIMIT, move |store| store.log_unreadable(now)).await
    }

    /// The file; `None` for a history in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.worker.path()
    }

    /// Finishes what was asked of the history so far and closes the file, for all clones; waits for it no
    /// longer than `limit`, and tells whether that was enough. What `store_sample` kept is safe either way.
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

    /// Forgets the days that lie ten years or more before `now`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn forget_days(&self, now: Timestamp) -> Result<(), HistoryError> {
        self.worker.run(WHOLE_FILE_LIMIT, move |store| store.forget_days(now)).await
    }

    /// The days of a key that are summed up, from that of `since` to that of `until`, both included, in the order of
    /// time: at most `most` of them, and from when the next are.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn days(
        &self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Page<DailyRollup>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.days(fingerprint, since, until, most)).await
    }

    /// The samples of this key alone from `since` to `until`, both included, in the order of time: at most `most` of
    /// them, and from when the next are. Those that can't be read are left out.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn samples(
        &self,
        fingerprint: Fingerprint,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Page<Sample>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.samples(fingerprint, since, until, most)).await
    }

    /// The keys of which anything is known, in the order of their fingerprints: at most `most`, after `after`.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn keys(&self, after: Option<Fingerprint>, most: u32) -> Result<Vec<Fingerprint>, HistoryError> {
        self.worker.run(CALL_LIMIT, move |store| store.keys(after, most)).await
    }

    /// Keeps samples of another history, all or none of them, and answers how many were new. Where there is a sample of
    /// the same key and millisecond, that one stays.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn import_samples(&self, samples: Vec<StoredSample>) -> Result<u64, HistoryError> {
        self.worker.run(WHOLE_FILE_LIMIT, move |store| store.import_samples(&samples)).await
    }

    /// Keeps days of another history that sum up more samples than are known here, all or none of them, and answers how
    /// many. These are not summed up anew any more.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn import_days(&self, days: Vec<StoredDay>) -> Result<u64, HistoryError> {
        self.worker.run(WHOLE_FILE_LIMIT, move |store| store.import_days(&days)).await
    }
}
