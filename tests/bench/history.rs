//! How large and how fast three years of history are: `cargo bench --bench history` prints sizes and medians.
//!
//! A tool to look at, not a test: nothing here fails on a slow machine. Where the temporary folder is in memory, set
//! `TMPDIR` to one on a disk to see what that costs.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and may panic where its premises break")]

use std::fs::File;
use std::future::Future;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::services::history::History;
use trackyard_tui::services::history::import_export::StoredSample;

/// Samples of each of the three keys: three years of one every 4 min 44 s.
const SAMPLES: i64 = 333_333;
const STEP: i64 = 284_000;
const KEYS: [&str; 3] = ["00ab78bf", "ba7816bf", "5f2c0e91"];
/// Samples that are stored at once to make the file.
const BATCH: usize = 3_000;
const ROUNDS: usize = 100;
const POINTS: usize = 1_000;
const MINUTE: Duration = Duration::from_mins(1);

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join(".local/state/trackyard-tui/history.sqlite3");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(fill(&path));
    report_size("samples alone", &path);
    runtime.block_on(roll_up(&path));
    report_size("with days summed up", &path);
    runtime.block_on(measure(&path));
    transfer(home.path());
}

fn start() -> Timestamp {
    "2023-11-22T00:00:00Z".parse().expect("a time")
}

fn now() -> Timestamp {
    start() + SignedDuration::from_millis(SAMPLES * STEP)
}

fn key(index: usize) -> Fingerprint {
    KEYS[index].parse().expect("a fingerprint")
}

async fn fill(path: &Path) {
    let history = History::open(path.to_owned());
    let mut random = fastrand::Rng::with_seed(1);
    let mut balances = [40_000.0, 9_000.0, 400.0];
    let before = Instant::now();
    let mut batch = Vec::with_capacity(BATCH);
    for number in 0..SAMPLES {
        for (index, balance) in balances.iter_mut().enumerate() {
            *balance -= f64::from(random.u32(..4));
            if *balance < 0.0 {
                *balance += 50_000.0;
            }
            let at = start() + SignedDuration::from_millis(number * STEP + random.i64(0..2_000));
            batch.push(StoredSample { fingerprint: key(index), sample: sample(at, *balance, &mut random) });
        }
        if batch.len() >= BATCH {
            let full = std::mem::take(&mut batch);
            history.run_long(move |store| store.import_samples(&full)).await.expect("they are stored");
        }
    }
    history.run_long(move |store| store.import_samples(&batch)).await.expect("they are stored");
    println!("{:<44} {:>10.1} s", "made, in batches", before.elapsed().as_secs_f64());
    assert!(history.close(MINUTE).await, "it closes");
}

fn sample(at: Timestamp, credits: f64, random: &mut fastrand::Rng) -> Sample {
    let account = Account {
        tier: Some("pro".to_owned()),
        credits_remaining: credits,
        monthly_allowance: Some(50_000.0),
        requests_per_minute: Limit::Of(300),
        requests_per_day: Limit::Of(10_000),
        created_at: Some(start() - SignedDuration::from_hours(24 * 80)),
        last_used_at: Some(at - SignedDuration::from_millis(random.i64(100..600_000))),
    };
    let quota = Quota {
        minute_limit: Limit::Of(300),
        minute_remaining: Some(random.i64(0..300)),
        day_limit: Limit::Of(10_000),
        day_remaining: Some(random.i64(0..10_000)),
    };
    let latency = SignedDuration::from_millis(random.i64(40..400));
    Sample { at, latency, server_clock: Some(at + SignedDuration::from_secs(random.i64(0..2))), account, quota }
}

/// The size once all of the log is in the file itself, as closing leaves it.
fn report_size(what: &str, path: &Path) {
    let bytes = path.metadata().expect("the file").len();
    let hundredths = bytes * 100 / (SAMPLES.unsigned_abs() * 3);
    println!("{:<44} {:>7}.{:02} bytes a sample", format!("file, {what}"), hundredths / 100, hundredths % 100);
}

async fn roll_up(path: &Path) {
    let history = History::open(path.to_owned());
    for what in ["all days summed up for the first time", "nothing left to sum up"] {
        let before = Instant::now();
        history.roll_up(now()).await.expect("they are summed up");
        report(what, before.elapsed());
    }
    assert!(history.close(MINUTE).await, "it closes");
}

async fn measure(path: &Path) {
    let open = || async {
        let history = History::open(path.to_owned());
        black_box(history.recall(key(0), now()).await.expect("it is recalled"));
    };
    report("open and recall", median(open).await);
    let history = History::open(path.to_owned());
    for (what, days) in [("24 hours", 1), ("7 days", 7), ("30 days", 30), ("400 days", 400)] {
        let since = now() - SignedDuration::from_hours(24 * days);
        let credits = || async {
            black_box(
                history.run(move |store| store.credits(key(1), since, now(), POINTS)).await.expect("they are read"),
            );
        };
        report(&format!("credits of {what}, {POINTS} points"), median(credits).await);
    }
    let (since, hour) = (now() - SignedDuration::from_hours(24 * 75), SignedDuration::from_hours(1));
    let balances = || async {
        black_box(history.run(move |store| store.balances(key(1), since, now(), hour)).await.expect("they are read"));
    };
    report("balances of 75 days, one an hour", median(balances).await);

    let mut random = fastrand::Rng::with_seed(2);
    let mut at = now();
    let samples: Vec<_> = (0..=ROUNDS)
        .map(|_| {
            at += SignedDuration::from_secs(284);
            sample(at, 1.0, &mut random)
        })
        .collect();
    let mut samples = samples.into_iter();
    let store = || {
        let sample = samples.next();
        let history = history.clone();
        async move {
            if let Some(sample) = sample {
                history.run(move |store| store.store_sample(key(0), &sample, None)).await.expect("it is stored");
            }
        }
    };
    report("store a sample, flushed to the disk", median(store).await);
    assert!(history.close(MINUTE).await, "it closes");
}

/// The commands themselves, from start to end.
fn transfer(home: &Path) {
    let other = tempfile::tempdir().expect("a folder");
    for format in ["csv", "jsonl"] {
        let file: PathBuf = other.path().join(format);
        let out = File::create(&file).expect("a file");
        let elapsed = run(home, &["export", "--format", format], out.into());
        report_speed(&format!("export, {format}"), elapsed, file.metadata().expect("the file").len());
    }
    let file = other.path().join("csv");
    let elapsed = run(other.path(), &["import", &file.display().to_string()], Stdio::null());
    report_speed("import, csv", elapsed, file.metadata().expect("the file").len());
}

fn run(home: &Path, arguments: &[&str], out: Stdio) -> Duration {
    let before = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"))
        .env_clear()
        .env("HOME", home)
        .arg("history")
        .args(arguments)
        .stdout(out)
        .status();
    assert!(status.expect("it runs").success(), "it succeeds");
    before.elapsed()
}

async fn median<F: Future<Output = ()>>(mut act: impl FnMut() -> F) -> Duration {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = Instant::now();
        act().await;
        times.push(before.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

fn report(what: &str, took: Duration) {
    println!("{what:<44} {:>10.2} ms", took.as_secs_f64() * 1e3);
}

fn report_speed(what: &str, took: Duration, bytes: u64) {
    let rows = f64::from(u32::try_from(SAMPLES * 3).expect("a million")) / took.as_secs_f64() / 1e3;
    let megabytes = bytes / 1_000_000;
    println!("{what:<44} {:>10.2} s, {rows:.0} thousand rows a second, {megabytes} MB", took.as_secs_f64());
}
