//! Webhooks that two processes send to, and what the certificates of the system hold up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::fs::{CWD, FileType, mknodat};
use tokio::sync::oneshot;
use trackyard_tui::services::history::History;

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::hooks::Hooks;
use crate::support::sinks::{LONG, history, limited, notification, notifier, wait_until_empty, webhook};

pub const TESTS: &[Test] =
    tests![two_processes_send_each_notification_once, nothing_waits_for_the_certificates_of_the_system];

const URL: &str = "ALERTS_TEST_URL";
const HISTORY: &str = "ALERTS_TEST_HISTORY";
const NAME: &str = "ALERTS_TEST_NAME";
/// Where the certificates of the system are looked for.
const CERTIFICATES: &str = "SSL_CERT_FILE";
/// How many notifications each of two processes sends.
const EACH: usize = 10;

fn sending_process(hooks: &Hooks, history: &Path, name: &str) -> Child {
    let mut process = playing("sender");
    process.env(URL, hooks.url()).env(HISTORY, history).env(NAME, name);
    process.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

/// Sends [`EACH`] notifications under its own name.
#[tokio::main(flavor = "current_thread")]
pub async fn play_sender() {
    let url = std::env::var(URL).unwrap();
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

#[tokio::main(flavor = "current_thread")]
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

/// Tries a webhook while the certificates of the system can't be read yet.
#[tokio::main(flavor = "current_thread")]
pub async fn play_with_late_certificates() {
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

fn nothing_waits_for_the_certificates_of_the_system() {
    let (folder, _) = history();
    let certificates = folder.path().join("certificates");
    mknodat(CWD, &certificates, FileType::Fifo, 0o600.into(), 0).unwrap();
    let status = playing("late-certificates").env(CERTIFICATES, certificates).status();
    assert!(status.unwrap().success());
}
