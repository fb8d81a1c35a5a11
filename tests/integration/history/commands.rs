//! `history export` and `history import` as a shell runs them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::rotation::RotationStage;
use trackyard_tui::services::history::History;

use crate::support::history::{at, environment, key, other_key, sample};

const HEAD: &str = "fingerprint,at,credits_remaining,monthly_allowance,tier,requests_per_minute,requests_per_day,\
    minute_limit,minute_remaining,day_limit,day_remaining,created_at,last_used_at,server_clock,latency_ms\r\n";
const FIRST: &str = "00ab78bf,2026-11-21T14:00:00.000Z,487,500,free,10,1000,,,1000,960,2026-01-15T10:30:00.000Z,\
    2026-11-21T14:00:00.000Z,,81\r\n";
const PROD_KEY: &str = "trackyard_live_that_prod_has_in_this_test";

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
    command.env_clear().env("HOME", home).args(["history"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

fn history(home: &Path) -> History {
    History::open(home.join(".local/state/trackyard-tui/history.sqlite3"))
}

/// A home with two samples, a day apart.
async fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let history = history(home.path());
    history.run(move |store| store.store_sample(key(), &sample(at(0), 487.0), None)).await.unwrap();
    history.run(move |store| store.store_sample(other_key(), &sample(at(86_400_000), 480.5), None)).await.unwrap();
    home
}

#[tokio::test]
async fn a_history_moves_to_another_machine() {
    let home = home().await;
    let (csv, trouble, status) = said(&run(home.path(), &["export"]));
    assert_eq!((trouble.as_str(), status), ("", Some(0)));
    let second = FIRST.replace("00ab78bf", "ba7816bf").replace("11-21", "11-22").replace("487", "480.5");
    assert_eq!(csv, format!("{HEAD}{FIRST}{second}"));

    for format in ["csv", "jsonl"] {
        let (text, _, _) = said(&run(home.path(), &["export", "--format", format]));
        let there = tempfile::tempdir().unwrap();
        let file = there.path().join("export");
        fs::write(&file, &text).unwrap();
        for told in ["2 samples read, 2 of them new\n", "2 samples read, 0 of them new\n"] {
            let output = run(there.path(), &["import", file.to_str().unwrap()]);
            assert_eq!(said(&output), (told.to_owned(), String::new(), Some(0)));
        }
        assert_eq!(said(&run(there.path(), &["export", "--format", format])).0, text);
    }
}

#[tokio::test]
async fn what_comes_through_a_pipe_is_taken_in() {
    let home = tempfile::tempdir().unwrap();
    let mut child = command(home.path(), &["import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{HEAD}{FIRST}").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(said(&output), ("1 samples read, 1 of them new\n".to_owned(), String::new(), Some(0)));
    assert_eq!(history(home.path()).recall(key(), at(1)).await.unwrap().sample, Some(sample(at(0), 487.0)));
}

#[tokio::test]
async fn of_a_file_with_a_fault_nothing_is_stored_and_the_line_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("export.csv");
    fs::write(&file, format!("{HEAD}{FIRST}{}", FIRST.replace("487", PROD_KEY))).unwrap();
    let (out, trouble, status) = said(&run(home.path(), &["import", file.to_str().unwrap()]));
    let told =
        format!("trackyard-tui: {}: line 3: credits_remaining must be a number. Nothing was stored.\n", file.display());
    assert_eq!((out.as_str(), trouble, status), ("", told, Some(1)));
    assert_eq!(history(home.path()).check().await.unwrap().contents.samples, 0);

    let (_, trouble, status) = said(&run(home.path(), &["import", "nowhere.csv"]));
    assert!(trouble.starts_with("trackyard-tui: nowhere.csv: No such file"), "{trouble}");
    assert_eq!(status, Some(1));
    let (_, trouble, status) = said(&run(home.path(), &["import", "-", "--env", "prod"]));
    assert!(trouble.contains("--env has no meaning here"), "{trouble}");
    assert_eq!(status, Some(2));
}

#[tokio::test]
async fn an_export_may_be_of_a_time_of_days_or_of_an_environment() {
    let home = home().await;
    let lines = |arguments: &[&str]| {
        let output = command(home.path(), &[&["export"], arguments].concat())
            .env("TRACKYARD_API_KEY_PROD", PROD_KEY)
            .output()
            .unwrap();
        let (out, trouble, status) = said(&output);
        assert_eq!((trouble.as_str(), status), ("", Some(0)), "{arguments:?}");
        let first = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(" ");
        out.lines().skip(1).map(first).collect::<Vec<_>>()
    };
    let [first, second] = ["00ab78bf 2026-11-21T14:00:00.000Z", "ba7816bf 2026-11-22T14:00:00.000Z"];
    assert_eq!(lines(&["--since", "2026-11-22"]), [second]);
    assert_eq!(lines(&["--until", "2026-11-22T13:59:59Z"]), [first]);
    assert_eq!(lines(&["--since", "2000000d"]), [first, second]);
    assert!(lines(&["--env", "prod"]).is_empty());

    let now = history(home.path());
    let prod = ApiKey::parse(PROD_KEY).unwrap().fingerprint();
    now.run(move |store| store.store_sample(prod, &sample(at(0), 1.0), None)).await.unwrap();
    let started = now
        .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(1)))
        .await
        .unwrap();
    now.run(move |store| store.enter_stage(&started, RotationStage::Watching, Some(prod), at(2))).await.unwrap();
    let mut expected = vec![first.to_owned(), format!("{prod} 2026-11-21T14:00:00.000Z")];
    expected.sort_unstable();
    assert_eq!(lines(&["--env", "prod"]), expected);
    let output = run(home.path(), &["export", "--env", "dev", "--key-store", "file"]);
    assert_ne!(output.status.code(), Some(0), "dev has no key");
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn days_that_are_over_are_written_and_taken_in() {
    let home = tempfile::tempdir().unwrap();
    let history = history(home.path());
    for (hour, credits) in [(0, 487.0), (1, 480.0), (2, 490.0)] {
        history
            .run(move |store| {
                store.store_sample(key(), &sample(at(hour * 3_600_000 - 86_400_000 * 400), credits), None)
            })
            .await
            .unwrap();
    }
    let days = "fingerprint,day,samples,first,last,lowest,highest,fallen,risen\r\n\
        00ab78bf,2025-10-17,3,487,490,480,490,7,10\r\n";
    assert_eq!(said(&run(home.path(), &["export", "--daily"])).0, days);
    let there = tempfile::tempdir().unwrap();
    let file = there.path().join("days.csv");
    fs::write(&file, days).unwrap();
    let output = run(there.path(), &["import", file.to_str().unwrap()]);
    assert_eq!(said(&output).0, "1 days read, 1 of them new\n");
    assert_eq!(said(&run(there.path(), &["export", "--daily"])).0, days);
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    let row =
        |number: u32| FIRST.replace("14:00:00.000Z,487", &format!("14:{:02}:{:02}.000Z,487", number / 60, number % 60));
    let rows: String = (0..3_000).map(row).collect();
    let file = home.path().join("export.csv");
    fs::write(&file, format!("{HEAD}{rows}")).unwrap();
    assert_eq!(run(home.path(), &["import", file.to_str().unwrap()]).status.code(), Some(0));
    let mut child = command(home.path(), &["export"]).spawn().unwrap();
    let mut first = [0; 11];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"fingerprint");
    assert_eq!(said(&child.wait_with_output().unwrap()), (String::new(), String::new(), Some(0)));
}

#[tokio::test]
async fn an_export_deletes_no_day_however_old() {
    let home = home().await;
    let head = "fingerprint,day,samples,first,last,lowest,highest,fallen,risen\r\n";
    let old = "00ab78bf,2006-01-15,3,5,4.5,4,6,2.5,2\r\n";
    let file = home.path().join("days.csv");
    fs::write(&file, format!("{head}{old}")).unwrap();
    let imported = said(&run(home.path(), &["import", file.to_str().unwrap()]));
    assert_eq!(imported, ("1 days read, 1 of them new\n".to_owned(), String::new(), Some(0)));
    let (days, _, _) = said(&run(home.path(), &["export", "--daily"]));
    assert!(days.starts_with(&format!("{head}{old}")), "{days}");
}
