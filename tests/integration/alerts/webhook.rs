//! The queue on the disk, and what web servers do.

use jiff::{SignedDuration, Timestamp};
use trackyard_tui::domain::sink::SinkKind;
use trackyard_tui::services::history::History;
use trackyard_tui::services::history::outbox::{LEASE_DURATION, OutboxLease};
use trackyard_tui::services::sinks::Notifier;
use trackyard_tui::wording::sink_errors;

use crate::support::canary::Canary;
use crate::support::clock::clock;
use crate::support::hooks::{Answer, Hooks};
use crate::support::sinks::{LONG, SAYING, SHORT, history, limited, notification, notifier, wait_until_empty, webhook};

const README: &str = include_str!("../../../README.md");

fn now() -> Timestamp {
    clock().now().wall
}

async fn wait_for_trouble(notifier: &Notifier, words: &str) -> String {
    loop {
        match notifier.failing_sink().map(|(sink, failure)| sink_errors::sentence_and_remedy(sink, &failure)) {
            Some(trouble) if trouble.contains(words) => return trouble,
            _ => tokio::task::yield_now().await,
        }
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
