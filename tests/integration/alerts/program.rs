//! `alert test` and `doctor`, with the real program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::canary::Canary;
use crate::support::hooks::{Answer, Hooks};
use crate::support::product::Home;
use crate::support::sinks::LONG;
use crate::support::terminal::{Terminal, exited};

const SECRET: &str = "canary-of-the-address";

/// The program with this under `[alerts]`, and a key in a variable.
fn program(home: &Home, alerts: &str, key: &str, arguments: &[&str]) -> Command {
    let folder = home.path().join("config/trackyard-tui");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), format!("log_level = \"trace\"\n[alerts]\n{alerts}\n")).unwrap();
    let mut command = home.command(arguments);
    command.env("TRACKYARD_API_KEY", key).env("TRACKYARD_PASSPHRASE", key);
    command
}

fn log_of(home: &Home) -> String {
    fs::read_to_string(home.path().join("state/trackyard-tui/trackyard-tui.log")).unwrap_or_default()
}

/// Runs it to its end, away from the runtime that serves the webhook.
async fn outcome_of(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn write_secret(home: &Home, url: &str, mode: u32) -> PathBuf {
    let folder = home.path().join("config/trackyard-tui");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("hook");
    fs::write(&file, url).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[tokio::test]
async fn a_webhook_is_tried_without_telling_its_address_or_a_key() {
    let mut hooks = Hooks::answering(&[Answer::Status(200), Answer::Status(403)]).await;
    let (home, canary) = (Home::new(), Canary::new());
    write_secret(&home, &hooks.url(), 0o600);
    let test = || {
        program(&home, "webhook_file = \"hook\"\nwebhook_form = \"slack\"", &canary.key, &["alert", "test", "webhook"])
    };
    let took = outcome_of(test()).await;
    assert_eq!(told(&took), (Some(0), format!("{} took the notification.\n", hooks.address), String::new()));
    let (headers, body) = hooks.next().await;
    assert_eq!(body, r#"{"text":"Trackyard: test: Alerts of trackyard-tui arrive here."}"#);
    canary.assert_not_in(format!("{headers:?}{body}").as_bytes(), "the request");

    let refused = outcome_of(test()).await;
    let (code, _, complaint) = told(&refused);
    assert_eq!(code, Some(1));
    assert!(complaint.contains(&format!("{} answered 403: \"invalid_token for ", hooks.address)), "{complaint}");
    let log = log_of(&home);
    canary.assert_not_in(log.as_bytes(), "the log");
    for text in [complaint, log, format!("{took:?}")] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn an_address_that_others_may_read_is_refused() {
    let home = Home::new();
    let file = write_secret(&home, &format!("https://hooks.example.com/{SECRET}"), 0o644);
    let message =
        format!("the file {} of the webhook's address may be used by others (its mode is 0644)", file.display());
    for arguments in [&["alert", "test", "webhook"][..], &["doctor"]] {
        let output = outcome_of(program(&home, "webhook_file = \"hook\"", "k", arguments)).await;
        let (code, said, complaint) = told(&output);
        assert_eq!(code, Some(1));
        assert!((said.clone() + &complaint).contains(&message), "{said}{complaint}");
        assert!(!(said + &complaint).contains(SECRET));
    }
}

#[tokio::test]
async fn a_command_is_tried_and_sees_no_key() {
    let (home, canary) = (Home::new(), Canary::new());
    let got = home.path().join("got");
    let alerts = |script: &str| format!("command = [\"/bin/sh\", \"-c\", \"{script}\"]");
    let script = format!("{{ env; cat; }} > {}", got.display());
    let mut command = program(&home, &alerts(&script), &canary.key, &["alert", "test", "command"]);
    command.env("CREDENTIALS_DIRECTORY", "/run/credentials");
    let output = outcome_of(command).await;
    assert_eq!(told(&output), (Some(0), "The command ended without a failure.\n".to_owned(), String::new()));
    let got = fs::read(got).unwrap();
    canary.assert_not_in(&got, "what the command got");
    let got = String::from_utf8(got).unwrap();
    assert!(got.contains("TRACKYARD_ALERT_OCCASION=test") && got.contains("\"occasion\":\"test\""), "{got}");
    assert!(!got.contains("CREDENTIALS_DIRECTORY") && !got.contains("TRACKYARD_PASSPHRASE"), "{got}");

    let output =
        outcome_of(program(&home, &alerts("echo broken >&2; exit 3"), "k", &["alert", "test", "command"])).await;
    let (code, _, complaint) = told(&output);
    assert!(code == Some(1) && complaint.contains("/bin/sh failed (exit status: 3): \"broken\": Run"), "{complaint}");
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_tried() {
    let home = Home::new();
    for (sink, setting) in [
        ("bell", "bell = true"),
        ("terminal", "terminal = \"osc9\" or \"osc777\""),
        ("desktop", "desktop = true"),
        ("webhook", "webhook_file = \"webhook\""),
        ("command", "command = [\"logger\", \"-t\", \"trackyard\"]"),
    ] {
        let output = outcome_of(program(&home, "", "k", &["alert", "test", sink])).await;
        let expected =
            format!("trackyard-tui: no {sink} was asked for: write `{setting}` under [alerts] in the config file\n");
        assert_eq!(told(&output), (Some(1), String::new(), expected));
    }
    let piped = outcome_of(program(&home, "bell = true", "k", &["alert", "test", "bell"])).await;
    let (code, _, complaint) = told(&piped);
    assert!(code == Some(1) && complaint.contains("the standard output is no terminal"), "{complaint}");
}

#[test]
fn the_terminal_is_tried_where_there_is_one() {
    let home = Home::new();
    let alerts = "bell = true\nterminal = \"osc777\"";
    for (sink, said, bytes) in [
        ("bell", "The bell was rung.", "\x07"),
        (
            "terminal",
            "The terminal got the sequence OSC 777",
            "\x1b]777;notify;Trackyard;test: Alerts of trackyard-tui arrive here.\x07",
        ),
    ] {
        let mut terminal = Terminal::spawn(&program(&home, alerts, "k", &["alert", "test", sink]), 100, 5);
        assert_eq!(terminal.wait_exit(LONG), exited(0));
        let output = String::from_utf8(terminal.raw_output()).unwrap();
        assert!(output.contains(bytes) && output.contains(said), "{output:?}");
    }
}

#[tokio::test]
async fn doctor_lists_the_sinks_and_sends_nothing() {
    let mut hooks = Hooks::answering(&[]).await;
    let home = Home::new();
    let got = home.path().join("got");
    let alerts = format!(
        "bell = true\nterminal = \"osc9\"\ndesktop = true\nwebhook = \"{}\"\ncommand = [\"touch\", \"{}\"]",
        hooks.url(),
        got.display()
    );
    let output = outcome_of(program(&home, &alerts, "k", &["doctor"])).await;
    let (_, said, _) = told(&output);
    for line in [
        "bell: the terminal of the dashboard rings".to_owned(),
        "terminal: that of the dashboard gets osc9".to_owned(),
        "desktop: asked for, not tried now".to_owned(),
        format!("webhook: {}, not tried now", hooks.address),
        "command: touch …, not tried now".to_owned(),
    ] {
        assert!(said.contains(&format!("ok     alerts        {line}\n")), "{line}: {said}");
    }
    assert!(!said.contains(SECRET), "{said}");
    assert!(hooks.is_quiet() && !got.exists());
}
