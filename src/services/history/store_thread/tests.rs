use std::sync::mpsc;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

const LIMIT: Duration = Duration::from_mins(1);

struct Bench {
    folder: TempDir,
    worker: StoreThread,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::File(folder.path().join("history.db"), Duration::from_millis(20));
    Bench { folder, worker: StoreThread::start(location) }
}

impl Bench {
    fn path(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    async fn execute(&self, sql: &'static str) -> Result<(), HistoryError> {
        self.worker.run(LIMIT, move |store| store.connection().execute_batch(sql)).await
    }

    async fn keys(&self) -> Result<i64, HistoryError> {
        let count = "SELECT count(*) FROM keys";
        self.worker.run(LIMIT, move |store| store.connection().query_row(count, [], |row| row.get(0))).await
    }
}

/// Stops the thread until the sender is dropped.
async fn hold(worker: &StoreThread) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (begun, has_begun) = oneshot::channel();
    let job = Box::new(move |_: &mut StoreConnection| {
        begun.send(()).unwrap();
        assert!(released.recv().is_err());
    });
    assert!(worker.messages.send(StoreRequest::Run(job)).await.is_ok());
    has_begun.await.unwrap();
    release
}

#[tokio::test]
async fn a_thread_that_panics_is_an_error_to_all_and_a_hang_to_none() {
    let bench = bench();
    let release = hold(&bench.worker).await;
    let panicking =
        bench.worker.run(LIMIT, |_: &mut HistoryStore| -> rusqlite::Result<()> { panic!("as the test wants") });
    let waiting = bench.worker.run(LIMIT, |_| Ok(()));
    let unlock = async { drop(release) };
    let (panicked, waited, ()) = tokio::join!(panicking, waiting, unlock);
    let stopped = Err(HistoryErrorKind::Stopped);
    assert_eq!(panicked.map_err(|error| error.kind()), stopped);
    assert_eq!(waited.map_err(|error| error.kind()), stopped);
    assert_eq!(bench.keys().await.unwrap_err().kind(), HistoryErrorKind::Stopped);
    assert!(!bench.worker.close(LIMIT).await);
}

#[tokio::test]
async fn a_thread_that_hangs_holds_no_one_beyond_the_limit() {
    let bench = bench();
    let release = hold(&bench.worker).await;
    let late = bench.worker.run(Duration::from_millis(1), |store| store.connection().execute_batch(ADD_KEY)).await;
    assert_eq!(late.unwrap_err().kind(), HistoryErrorKind::Slow);
    assert!(!bench.worker.close(Duration::from_millis(1)).await);
    drop(release);
}

#[tokio::test]
async fn a_call_that_hangs_costs_those_after_it_no_time_and_they_are_made_all_the_same() {
    let bench = bench();
    bench.execute(ADD_KEY).await.unwrap();
    let release = hold(&bench.worker).await;
    *bench.worker.busy_since.lock().unwrap() = Instant::now().checked_sub(LIMIT);
    for _ in 0..3 {
        assert_eq!(bench.execute(ADD_KEY).await.unwrap_err().kind(), HistoryErrorKind::Slow);
    }
    drop(release);
    while bench.worker.busy_since.lock().unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.keys().await.unwrap(), 4);
}

const ADD_KEY: &str = "INSERT INTO keys (fingerprint) VALUES (hex(randomblob(4)))";

#[tokio::test]
async fn closing_does_first_what_was_asked_and_leaves_no_log_behind() {
    let bench = bench();
    bench.execute(ADD_KEY).await.unwrap();
    let log = crate::services::history::database_file::files(&bench.path()).nth(1).unwrap();
    assert!(log.exists());
    let release = hold(&bench.worker).await;
    let asked = bench.execute(ADD_KEY);
    let unlock = async { drop(release) };
    let (done, closed, ()) = tokio::join!(asked, bench.worker.close(LIMIT), unlock);
    assert_eq!((done, closed), (Ok(()), true));
    assert!(!log.exists());
    assert_eq!(bench.keys().await.unwrap_err().kind(), HistoryErrorKind::Stopped);
    let rows: i64 =
        Connection::open(bench.path()).unwrap().query_row("SELECT count(*) FROM keys", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn a_lock_of_another_program_is_told_and_outlived() {
    let bench = bench();
    bench.execute(ADD_KEY).await.unwrap();
    let other = Connection::open(bench.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(bench.execute(ADD_KEY).await.unwrap_err().kind(), HistoryErrorKind::Busy);
    assert_eq!(bench.keys().await, Ok(1), "reading goes on");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(bench.execute(ADD_KEY).await, Ok(()));
}

#[tokio::test]
async fn a_lock_while_opening_is_told_and_outlived() {
    let bench = bench();
    let other = Connection::open(bench.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(bench.execute(ADD_KEY).await.unwrap_err().kind(), HistoryErrorKind::Busy);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(bench.execute(ADD_KEY).await, Ok(()));
}

#[tokio::test]
async fn a_full_disk_is_told_and_outlived() {
    let bench = bench();
    bench.execute("PRAGMA max_page_count = 1").await.unwrap();
    let large = "INSERT INTO profiles (tier) VALUES (hex(zeroblob(100000)))";
    let error = bench.execute(large).await.unwrap_err();
    assert_eq!(error.kind(), HistoryErrorKind::DiskFull);
    assert!(error.to_string().starts_with("the history can't grow: the disk is full ("), "{error}");
    bench.execute("PRAGMA max_page_count = 1000000").await.unwrap();
    assert_eq!(bench.execute(large).await, Ok(()));
}

#[tokio::test]
async fn what_is_kept_is_flushed_at_once_in_little_memory() {
    let bench = bench();
    let pragma = |name: &'static str| {
        bench.worker.run(LIMIT, move |store| {
            store.connection().query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| {
                row.get::<_, String>(0)
            })
        })
    };
    assert_eq!(pragma("journal_mode").await.unwrap(), "wal");
    assert_eq!(pragma("synchronous").await.unwrap(), "2");
    assert_eq!(pragma("cache_size").await.unwrap(), "-256");
    assert_eq!(pragma("foreign_keys").await.unwrap(), "1");
}

#[tokio::test]
async fn a_connection_that_is_spoilt_is_opened_anew() {
    let bench = bench();
    bench.execute(ADD_KEY).await.unwrap();
    assert_eq!(bench.execute("PRAGMA query_only = ON").await, Ok(()));
    assert_eq!(bench.execute(ADD_KEY).await.unwrap_err().kind(), HistoryErrorKind::Unwritable);
    assert_eq!(bench.execute(ADD_KEY).await, Ok(()));
    assert_eq!(bench.keys().await, Ok(2));
}

#[tokio::test]
async fn a_failure_in_memory_loses_nothing() {
    let worker = StoreThread::start(Location::Memory);
    let execute =
        |sql: &'static str| worker.run(LIMIT, move |store: &mut HistoryStore| store.connection().execute_batch(sql));
    execute(ADD_KEY).await.unwrap();
    assert_eq!(execute("SELECT * FROM nowhere").await.unwrap_err().kind(), HistoryErrorKind::Damaged);
    let keys = worker
        .run(LIMIT, |store| store.connection().query_row("SELECT count(*) FROM keys", [], |row| row.get::<_, i64>(0)));
    assert_eq!(keys.await, Ok(1));
}
