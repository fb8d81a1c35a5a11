//! The history as its users see it: files, other processes, and what becomes of it when one is killed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "parts of tests outside their functions")]

#[cfg(target_os = "linux")]
#[path = "history/commands.rs"]
mod commands;
#[path = "history/files.rs"]
mod files;
#[path = "history/processes.rs"]
mod processes;
#[cfg(target_os = "linux")]
#[path = "history/read_only.rs"]
mod read_only;
#[cfg(unix)]
#[path = "history/survival.rs"]
mod survival;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::environment::EnvironmentName;
use trackyard_tui::domain::last_use::ExternalUse;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::rotation::RotationStage;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::monitor::input::KeyHistory;
use trackyard_tui::monitor::key_verdict::KeyVerdict;
use trackyard_tui::monitor::quota::{CallPurpose, PermitRequest};
use trackyard_tui::services::history::{History, HistoryCounts, PermitDecision};

/// A history in a folder that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data").join("history.db");
    (folder, path)
}

fn key() -> Fingerprint {
    "00ab78bf".parse().unwrap()
}

fn other_key() -> Fingerprint {
    "ba7816bf".parse().unwrap()
}

fn environment() -> EnvironmentName {
    "prod".parse().unwrap()
}

/// So many milliseconds after the start of the story.
fn at(milliseconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
    start + SignedDuration::from_millis(milliseconds)
}

fn sample(at: Timestamp, credits: f64) -> Sample {
    let account = Account {
        tier: Some("free".into()),
        credits_remaining: credits,
        monthly_allowance: Some(500.0),
        requests_per_minute: Limit::Of(10),
        requests_per_day: Limit::Of(1000),
        created_at: Some("2026-01-15T10:30:00Z".parse().unwrap()),
        last_used_at: Some(at),
    };
    let quota = Quota { day_limit: Limit::Of(1000), day_remaining: Some(960), ..Quota::default() };
    Sample { at, latency: SignedDuration::from_millis(81), server_clock: None, account, quota }
}

/// Whether a person may make a call.
async fn is_granted(history: &History, at: Timestamp) -> bool {
    let request = PermitRequest::once(CallPurpose::Manual, 0.2);
    let answer = history.request_permit(key(), request, at).await.unwrap();
    matches!(answer.decision, PermitDecision::Granted { .. })
}

/// The balances that a new process would find.
async fn balances(path: &Path) -> Vec<f64> {
    let history = History::open(path.to_owned());
    let points =
        history.run(move |store| store.credits(key(), Timestamp::MIN, Timestamp::MAX, usize::MAX)).await.unwrap();
    points.iter().map(|point| point.credits).collect()
}

#[tokio::test]
async fn what_one_handle_keeps_another_recalls() {
    let (_folder, path) = place();
    let others_use = Some(ExternalUse { at: at(-500), exact: true });
    let (first, second) = (History::open(path.clone()), History::open(path.clone()));
    assert_eq!(second.recall(key(), at(0)).await.unwrap(), KeyHistory::default());
    assert!(is_granted(&first, at(0)).await);
    assert!(!is_granted(&second, at(0)).await, "one request at a time");
    first.store_answer(key(), sample(at(1), 487.0), others_use, None, at(1)).await.unwrap();
    let known = second.recall(key(), at(2)).await.unwrap();
    assert_eq!((known.sample, known.others_use), (Some(sample(at(1), 487.0)), others_use));
    assert_eq!((known.calls, known.outcome_number), (vec![at(0)], 1));
    assert!(is_granted(&second, at(3)).await);

    let summary = second.check().await.unwrap();
    assert_eq!(summary.contents, HistoryCounts { keys: 1, samples: 1, calls: 2 });
    assert_eq!(summary.path, Some(path));
    assert!(summary.size_bytes > 4_096, "{}", summary.size_bytes);
}

#[tokio::test]
async fn a_history_in_memory_does_the_same_without_a_file() {
    let history = History::in_memory();
    history.run(move |store| store.store_sample(key(), &sample(at(1), 487.0), None)).await.unwrap();
    assert_eq!(history.recall(key(), at(2)).await.unwrap().sample, Some(sample(at(1), 487.0)));
    let summary = history.check().await.unwrap();
    assert_eq!((summary.path, summary.size_bytes, summary.contents.samples), (None, 0, 1));
}

#[tokio::test]
async fn handles_that_enter_calls_at_once_share_one_budget() {
    let (_folder, path) = place();
    let handles = [History::open(path.clone()), History::open(path.clone()), History::open(path)];
    handles[0].run(move |store| store.store_sample(key(), &sample(at(0), 487.0), None)).await.unwrap();
    let mut granted = 0;
    for round in 0..20 {
        let enter = async |history: &History| {
            let is_granted = is_granted(history, at(round)).await;
            if is_granted {
                history.store_verdict(key(), KeyVerdict::default(), at(round)).await.unwrap();
            }
            is_granted
        };
        let [one, two, three] = &handles;
        let (one, two, three) = tokio::join!(enter(one), enter(two), enter(three));
        granted += u32::from(one) + u32::from(two) + u32::from(three);
    }
    assert_eq!(granted, 5, "half of ten a minute");
    assert_eq!(handles[0].recall(key(), at(1_000)).await.unwrap().calls.len(), 5);
}

#[tokio::test]
async fn pruning_goes_on_until_nothing_old_is_left() {
    let history = History::in_memory();
    for number in 0..20 {
        history.run(move |store| store.store_sample(key(), &sample(at(number), 1.0), None)).await.unwrap();
    }
    assert_eq!(history.prune(at(15)).await.unwrap(), 15);
    assert_eq!(history.prune(at(15)).await.unwrap(), 0);
    let left = history.run(move |store| store.credits(key(), at(0), at(99), 99)).await.unwrap();
    assert_eq!(left.iter().map(|point| point.at).collect::<Vec<_>>(), (15..20).map(at).collect::<Vec<_>>());
}

#[tokio::test]
async fn pruning_forgets_samples_of_replaced_keys_and_no_rotation() {
    let history = History::in_memory();
    history.run(move |store| store.store_sample(key(), &sample(at(0), 2.0), None)).await.unwrap();
    let started = history
        .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(1)))
        .await
        .unwrap();
    let known = started.clone();
    let watching = history
        .run(move |store| store.enter_stage(&known, RotationStage::Watching, Some(other_key()), at(2)))
        .await
        .unwrap();
    history.run(move |store| store.store_sample(other_key(), &sample(at(3), 1.0), None)).await.unwrap();
    let line = async || {
        let points = history.run(move |store| store.credits(other_key(), at(-99), at(99), 99)).await.unwrap();
        points.iter().map(|point| point.at).collect::<Vec<_>>()
    };
    assert_eq!(line().await, [at(0), at(3)]);
    assert_eq!(history.prune(at(3)).await, Ok(1));
    assert_eq!(history.check().await.unwrap().contents.keys, 2, "the days of the other are still known");
    assert_eq!(line().await, [at(3)]);
    assert_eq!(history.run(move |store| store.rotation(&environment())).await.unwrap(), watching);
    assert_eq!(
        history.run(move |store| store.enter_stage(&started, RotationStage::Abandoning, None, at(4))).await,
        Ok(None)
    );
    assert_eq!(
        history.run(move |store| store.rotations(&environment())).await.unwrap(),
        watching.into_iter().collect::<Vec<_>>()
    );
}
