//! A history in a folder of its own, and what stands in it.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::environment::EnvironmentName;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::monitor::polling::permit::{CallPurpose, PermitRequest};
use trackyard_tui::services::history::{History, PermitDecision};

/// A history in a folder that is not there yet.
pub fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data").join("history.db");
    (folder, path)
}

pub fn key() -> Fingerprint {
    "00ab78bf".parse().unwrap()
}

pub fn other_key() -> Fingerprint {
    "ba7816bf".parse().unwrap()
}

pub fn environment() -> EnvironmentName {
    "prod".parse().unwrap()
}

/// So many milliseconds after the start of the story.
pub fn at(milliseconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
    start + SignedDuration::from_millis(milliseconds)
}

pub fn sample(at: Timestamp, credits: f64) -> Sample {
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
pub async fn is_granted(history: &History, at: Timestamp) -> bool {
    let request = PermitRequest::once(CallPurpose::Manual, 0.2);
    let answer = history.request_permit(key(), request, at).await.unwrap();
    matches!(answer.decision, PermitDecision::Granted { .. })
}

/// The balances that a new process would find.
pub async fn balances(path: &Path) -> Vec<f64> {
    let history = History::open(path.to_owned());
    let points = history.run(|store| store.credits(key(), Timestamp::MIN, Timestamp::MAX, usize::MAX)).await.unwrap();
    points.iter().map(|point| point.credits).collect()
}
