//! The queue on the disk, and what web servers do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{CWD, FileType, mknodat};
use tempfile::TempDir;
use tokio::sync::oneshot;
use trackyard_tui::domain::sink::SinkKind;
use trackyard_tui::services::history::History;
use trackyard_tui::services::history::outbox::{LEASE_DURATION, OutboxLease};
use trackyard_tui::services::sinks::Notifier;
use trackyard_tui::wording::sink_errors;

use super::hooks::{Answer, Hooks};
use crate::support::canary::Canary;
use crate::support::clock::clock;
use crate::{LONG, SAYING, SHORT, limited, notification, notifier, webhook};

const README: &str = include_str!("../../README.md");
const URL: &str = "ALERTS_TEST_URL";
const HISTORY: &str = "ALERTS_TEST_HISTORY";
const NAME: &str = "ALERTS_TEST_NAME";
/// Where the certificates of the system are looked for.
const CERTIFICATES: &str = "SSL_CERT_FILE";
/// How many notifications each of two processes sends.
const EACH: usize = 10;

fn now() -> Timestamp {
    clock().now().wall
}

fn history() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite3");
    (folder, path)
}

async fn wait_for_trouble(notifier: &Notifier, words: &str) -> String {
    loop {
        match notifier.failing_sink().map(|(sink, failure)| sink_errors::sentence_and_remedy(sink, &failure)) {
            Some(trouble) if trouble.contains(words) => return trouble,
            _ => tokio::task::yield_now().await,
        }
    }
}

/// Waits until nothing is in the queue any more.
async fn wait_until_empty(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let count = || connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get::<_, u32>(0)).unwrap();
    while count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_notification_arrives_once_as_documented() {
    let mut hooks = Hooks::answering(&[]).await;
    let (_folder, path) = history();
    let notifier = notifier(webhook(&hooks.url()), &path);
    notifier.notify(&notification("Few credits \u{1b}[31mare left"));
    let (headers, body) = hooks.next().await;
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("trackyard-tui/"));
    assert!(!headers.contains_key("authorization"));
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!({
        "product": "trackyard-tui",
        "version": env!("CARGO_PKG_VERSION"),
        "environment": "prod",
        "label": "Main & Co",
        "condition": "credits-low",
        "severity": "warning",
        "occasion": "raised",
        "since": "2026-11-21T14:32:20Z",
        "at": "2026-11-21T14:32:20Z",
        "text": format!("{SAYING}Few credits [31mare left"),
    });
    assert_eq!(document, expected);
    for member in document.as_object().unwrap().keys() {
        assert!(README.contains(&format!("| `{member}` | ")), "{member} is documented");
    }
    assert!(notifier.finish(LONG).await);
    wait_until_empty(&path).await;
    assert!(hooks.is_quiet());
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_in_order() {
    let mut hooks = Hooks::answering(&[Answer::Status(500), Answer::Status(429), Answer::Status(302)]).await;
    let (_folder, path) = history();
    let notifier = notifier(webhook(&hooks.url()), &path);
    notifier.notify(&notification("first"));
    assert_eq!(hooks.next_text().await, "first");
    notifier.notify(&notification("second"));
    let mut texts = Vec::new();
    for _ in 0..4 {
        texts.push(hooks.next_text().await);
    }
    assert_eq!(texts, ["first", "first", "first", "second"]);
    assert!(notifier.finish(LONG).await);
    assert_eq!(notifier.failing_sink(), None, "it works again");
    wait_until_empty(&path).await;
}

#[tokio::test]
async fn what_would_be_refused_again_is_given_up_and_told() {
    let mut hooks = Hooks::answering(&[Answer::Status(404), Answer::Never]).await;
    let (_folder, path) = history();
    let notifier = limited(webhook(&hooks.url()), History::open(path), LONG);
    notifier.notify(&notification("refused"));
    let trouble = wait_for_trouble(&notifier, "answered 404").await;
    assert!(
        trouble.starts_with(&format!("alerts by webhook: {} answered 404: \"invalid_token for ", hooks.address)),
        "{trouble}"
    );
    assert!(!trouble.contains("canary"), "{trouble}");
    notifier.notify(&notification("next"));
    assert_eq!([hooks.next_text().await, hooks.next_text().await], ["refused", "next"]);
}

#[tokio::test]
async fn how_a_sink_fares_is_told_when_that_changes_with_the_receivers_own_word() {
    let answers = [503, 500, 200, 200, 403].map(Answer::Status);
    let mut hooks = Hooks::answering(&answers).await;
    let (_folder, path) = history();
    let notifier = notifier(webhook(&hooks.url()), &path);
    notifier.notify(&notification("first"));
    let (sink, failure) = notifier.changed().await;
    let failure = failure.map(|failure| sink_errors::sentence(&failure)).unwrap();
    let said = format!("{} answered 503: \"invalid_token for ", hooks.address);
    assert!(sink == SinkKind::Webhook && failure.starts_with(&said), "{failure}");
    assert!(!failure.contains("canary"), "nothing of the address is told: {failure}");
    assert_eq!(notifier.changed().await, (SinkKind::Webhook, None), "it failed in another way meanwhile");
    notifier.notify(&notification("second"));
    notifier.notify(&notification("third"));
    let failure = notifier.changed().await.1.map(|failure| sink_errors::sentence(&failure)).unwrap();
    assert!(failure.contains(" answered 403"), "{failure}");
    for _ in 0..answers.len() {
        hooks.next().await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut other = Hooks::answering(&[]).await;
    let hooks = Hooks::answering(&[Answer::RedirectTo(other.address.port())]).await;
    let (_folder, path) = history();
    let notifier = notifier(webhook(&hooks.url()), &path);
    let error = notifier.try_webhook(&notification("so")).await.unwrap().unwrap_err();
    let told = format!("{} answered 307, and redirects are not followed: \"invalid_token for ", hooks.address);
    assert!(sink_errors::sentence(&error).starts_with(&told), "{error:?}");
    assert!(other.is_quiet());
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_and_asked_again() {
    let mut hooks = Hooks::answering(&[Answer::Never]).await;
    let (_folder, path) = history();
    let notifier = limited(webhook(&hooks.url()), History::open(path), SHORT);
    notifier.notify(&notification("so"));
    assert_eq!([hooks.next_text().await, hooks.next_text().await], ["so", "so"]);
}

#[tokio::test]
async fn the_server_is_obeyed_when_it_asks_to_wait() {
    for (asked, obeyed) in [(1_800, 1_800), (100_000, 3_600)] {
        let mut hooks = Hooks::answering(&[Answer::RetryAfter(503, asked)]).await;
        let (_folder, path) = history();
        let notifier = notifier(webhook(&hooks.url()), &path);
        let before = now();
        notifier.notify(&notification("so"));
        hooks.next().await;
        let history = History::open(path.clone());
        let due = loop {
            match history.lease("webhook", before).await.unwrap() {
                OutboxLease::NotBefore(due) if due > now() + LEASE_DURATION => break due,
                other => assert!(matches!(other, OutboxLease::NotBefore(_)), "{other:?}"),
            }
        };
        let wait = SignedDuration::from_secs(obeyed);
        let whole_millisecond = SignedDuration::from_millis(1);
        assert!(due >= before + wait - whole_millisecond && due <= now() + wait, "{due} is {asked} s after {before}");
    }
}

#[tokio::test]
async fn what_an_earlier_run_left_is_sent_by_the_next() {
    let mut hooks = Hooks::answering(&[]).await;
    let (_folder, path) = history();
    // Nobody listens there.
    let closed = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let earlier = notifier(webhook(&format!("http://{closed}/")), &path);
    for text in ["one", "two", "three"] {
        earlier.notify(&notification(text));
    }
    let trouble = wait_for_trouble(&earlier, "refused the connection").await;
    assert!(trouble.contains(&closed.to_string()), "{trouble}");
    assert!(earlier.finish(LONG).await);
    drop(earlier);
    let later = notifier(webhook(&hooks.url()), &path);
    later.resume();
    let texts = [hooks.next_text().await, hooks.next_text().await, hooks.next_text().await];
    assert_eq!(texts, ["one", "two", "three"]);
    wait_until_empty(&path).await;
    assert!(hooks.is_quiet());
}

#[tokio::test]
async fn where_the_disk_can_not_be_used_a_notification_is_sent_without() {
    let mut hooks = Hooks::answering(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let notifier = notifier(webhook(&hooks.url()), folder.path());
    notifier.notify(&notification("so"));
    assert_eq!(hooks.next_text().await, "so");
    assert!(notifier.finish(LONG).await);
    assert!(hooks.is_quiet());
}

#[tokio::test]
async fn nothing_like_a_key_leaves() {
    let mut hooks = Hooks::answering(&[]).await;
    let (folder, path) = history();
    let canary = Canary::new();
    let notifier = notifier(webhook(&hooks.url()), &path);
    notifier.notify(&notification(&format!("The service said: {} is bad.", canary.key)));
    let (headers, body) = hooks.next().await;
    canary.assert_not_in(format!("{headers:?}{body}").as_bytes(), "the request");
    for file in folder.path().read_dir().unwrap() {
        let file = file.unwrap().path();
        canary.assert_not_in(&std::fs::read(&file).unwrap(), &file.display().to_string());
    }
}

fn sending_process(hooks: &Hooks, history: &Path, name: &str) -> Child {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "alert_sinks::webhook::the_sending_process", "--ignored", "--nocapture"]);
    process.env(URL, hooks.url()).env(HISTORY, history).env(NAME, name);
    process.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
#[ignore = "the test of two processes starts it"]
async fn the_sending_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let path = PathBuf::from(std::env::var_os(HISTORY).unwrap());
    let notifier = notifier(webhook(&url), &path);
    notifier.resume();
    for number in 0..EACH {
        notifier.notify(&notification(&format!("{} {number}", std::env::var(NAME).unwrap())));
    }
    // Until the other test has seen enough.
    tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())).await.unwrap().unwrap();
    assert!(notifier.finish(LONG).await);
}

#[tokio::test]
async fn two_processes_send_each_notification_once() {
    let mut hooks = Hooks::answering(&[]).await;
    let (_folder, path) = history();
    let mut processes = ["a", "b"].map(|name| sending_process(&hooks, &path, name));
    let mut texts = BTreeSet::new();
    for _ in 0..2 * EACH {
        let text = hooks.next_text().await;
        assert!(texts.insert(text.clone()), "{text} was sent twice");
    }
    wait_until_empty(&path).await;
    for process in &mut processes {
        drop(process.stdin.take());
        assert!(process.wait().unwrap().success());
    }
    assert!(hooks.is_quiet());
}

#[tokio::test]
#[ignore = "the test beside it starts it"]
async fn the_process_whose_certificates_come_late() {
    if std::env::var_os(URL).is_none() {
        return;
    }
    let certificates = std::env::var_os(CERTIFICATES).unwrap();
    let (begun, beginning) = oneshot::channel();
    let (turned, turn) = mpsc::channel();
    let writer = thread::spawn(move || {
        // It opens when somebody reads.
        let file = std::fs::File::options().write(true).open(certificates).unwrap();
        begun.send(()).unwrap();
        let has_turned = turn.recv_timeout(LONG).is_ok();
        drop(file);
        has_turned
    });
    let notifier = limited(webhook("https://127.0.0.1:1"), History::in_memory(), LONG);
    let notification = notification("So.");
    let turning = async {
        beginning.await.unwrap();
        _ = turned.send(());
    };
    let (outcome, ()) = tokio::join!(notifier.try_webhook(&notification), turning);
    assert!(writer.join().unwrap(), "all else stood still while the certificates were read");
    assert!(outcome.unwrap().is_err());
}

#[test]
fn nothing_waits_for_the_certificates_of_the_system() {
    let (folder, _) = history();
    let certificates = folder.path().join("certificates");
    mknodat(CWD, &certificates, FileType::Fifo, 0o600.into(), 0).unwrap();
    let mut process = Command::new(std::env::current_exe().unwrap());
    let name = "alert_sinks::webhook::the_process_whose_certificates_come_late";
    process.args(["--exact", name, "--ignored", "--nocapture"]).env(URL, "").env(CERTIFICATES, certificates);
    assert!(process.status().unwrap().success());
}
