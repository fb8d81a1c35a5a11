//! One request log and one memory for all processes.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::product::Home;
use crate::support::server::{Server, hang};
use crate::support::session::{Done, at_home, done, folder, make_runtime_folder};

const KEY: &str = "s3cret-s3cret-s3cret";
const LIMITS: &str = "X-RateLimit-Limit: 10\r\nX-RateLimit-Limit-Daily: 1000\r\n";

fn answer(status: &str, headers: &str, body: &str) -> Server {
    Server::answering(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

fn answering(per_minute: u32, per_day: u32) -> Server {
    let limits = format!(r#"{{"requests_per_minute":{per_minute},"requests_per_day":{per_day}}}"#);
    answer("200 OK", "", &format!(r#"{{"credits_remaining":40,"monthly_allowance":50,"rate_limit":{limits}}}"#))
}

fn refusing() -> Server {
    answer("401 Unauthorized", "", r#"{"error":"Invalid API key"}"#)
}

/// A command of `dev` with its key, against a server.
fn command(home: &Home, server: &Server, arguments: &[&str]) -> Command {
    let mut command = at_home(home, arguments);
    command.env("TRACKYARD_BASE_URL", server.url()).env("TRACKYARD_API_KEY_DEV", KEY);
    command
}

fn run(home: &Home, server: &Server, arguments: &[&str]) -> Done {
    done(&mut command(home, server, arguments))
}

fn status(home: &Home, server: &Server) -> (String, serde_json::Value) {
    let document = run(home, server, &["status", "--env", "dev", "--json"]).expect(0, &[]).json();
    let dev = document["environments"][0].clone();
    (dev["status"].as_str().unwrap().to_owned(), dev)
}

fn listed(home: &Home, server: &Server) -> String {
    let document = run(home, server, &["key", "list", "--env", "dev", "--json"]).expect(0, &[]).json();
    document["keys"][0]["status"].as_str().unwrap().to_owned()
}

fn start(mut command: Command, input: &str) -> Child {
    use std::io::Write as _;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that wants nothing may have closed its end.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child
}

#[test]
fn twenty_at_once_with_a_fresh_key_make_one_request_and_all_tell_its_answer() {
    let (home, server) = (Home::new(), answering(5, 5));
    let children: Vec<_> = (0..20).map(|_| start(command(&home, &server, &["status", "--env", "dev"]), "")).collect();
    for child in children {
        let table = Done::of(child.wait_with_output().unwrap()).expect(0, &["active", "40 of 50"]);
        assert_eq!(table.err, "");
    }
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn fifty_processes_of_every_command_keep_to_half_of_the_minute() {
    let (home, server) = (Home::new(), answering(10, 1_000));
    let commands: [&[&str]; 5] = [
        &["status", "--env", "dev"],
        &["status", "--env", "dev", "--json"],
        &["key", "list", "--env", "dev"],
        &["key", "test", "dev"],
        &["key", "set", "dev", "--key-store", "file"],
    ];
    let children: Vec<_> = (0..50)
        .map(|number: usize| {
            let mut command = command(&home, &server, commands[number % commands.len()]);
            command.env("TRACKYARD_PASSPHRASE", "a long passphrase for the test");
            start(command, KEY)
        })
        .collect();
    for child in children {
        child.wait_with_output().unwrap();
    }
    let calls = server.heads().len();
    assert!((1..=5).contains(&calls), "{calls}");
}

#[test]
fn a_pause_binds_all_commands_and_a_person_may_ask_once() {
    let home = Home::new();
    let body = r#"{"error":"Too Many Requests"}"#;
    let server = answer("429 Too Many Requests", "Retry-After: 3000\r\n", body);
    for _ in 0..5 {
        let (status, dev) = status(&home, &server);
        assert_eq!((status.as_str(), &dev["error"]["kind"]), ("rate-limited", &"rate-limited".into()));
        assert!(dev["error"]["message"].as_str().unwrap().contains("Too Many Requests"), "{dev}");
    }
    let told = run(&home, &server, &["status", "--env", "dev"]).expect(0, &["429: paused until"]);
    assert!(!told.out.contains("not polled yet"), "{told:?}");
    assert_eq!(listed(&home, &server), "rate-limited");
    assert_eq!(server.heads().len(), 1);
    for _ in 0..3 {
        run(&home, &server, &["key", "test", "dev"]).expect(1, &["rate-limited", "Too Many Requests"]);
    }
    assert_eq!(server.heads().len(), 1, "once in spite of the pause");
}

#[test]
fn every_failure_is_known_to_every_process_with_its_promise() {
    for (line, headers, told, requests) in [
        ("401 Unauthorized", LIMITS, "invalid", 2),
        ("403 Forbidden", "", "forbidden", 1),
        ("500 Oops", "Retry-After: 600\r\n", "unreachable", 1),
        ("402 Payment Required", "Retry-After: 600\r\n", "active", 1),
    ] {
        let (home, server) = (Home::new(), answer(line, headers, r#"{"error":"said so"}"#));
        let (first, before) = status(&home, &server);
        for _ in 0..4 {
            let (again, dev) = status(&home, &server);
            assert_eq!((first.as_str(), again.as_str()), (told, told), "{line}");
            assert_eq!(dev["error"], before["error"], "{line}");
            let next = |document: &serde_json::Value| {
                document["next_poll_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
            };
            assert!(next(&dev).duration_since(next(&before)).abs() <= jiff::SignedDuration::from_secs(1), "{line}");
        }
        assert_eq!(listed(&home, &server), told, "{line}");
        assert_eq!(server.heads().len(), requests, "{line}");
        run(&home, &server, &["key", "test", "dev"]).expect(1, &[told, "said so"]);
        assert_eq!(server.heads().len(), 1, "a person asks: {line}");
    }
}

#[test]
fn a_refusal_stands_while_the_way_to_the_service_is_broken() {
    let home = Home::new();
    let accepting = answering(600, 10_000);
    assert_eq!(status(&home, &accepting).0, "active");
    assert_eq!(status(&home, &refusing()).0, "revoked");
    let broken = answer("500 Oops", "", r#"{"error":"down"}"#);
    run(&home, &broken, &["key", "test", "dev"]).expect(1, &["revoked"]);
    let (told, dev) = status(&home, &broken);
    assert_eq!((told.as_str(), &dev["error"]["kind"]), ("revoked", &"server-error".into()));
    let table = run(&home, &broken, &["status", "--env", "dev"]).expect(0, &["revoked", "no word on the key since"]);
    assert!(table.out.contains("down"), "{table:?}");
    run(&home, &accepting, &["key", "test", "dev"]).expect(0, &["active"]);
    assert_eq!(status(&home, &accepting).0, "active", "a newer word of the service");
}

#[test]
fn the_call_of_a_killed_process_counts_and_holds_nobody_up() {
    let home = Home::new();
    let (asked, is_asked) = std::sync::mpsc::channel();
    let hanging = Server::running(move |stream| {
        asked.send(()).unwrap();
        hang(stream);
    });
    let mut child = start(command(&home, &hanging, &["status", "--env", "dev"]), "");
    is_asked.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let server = answering(5, 50);
    assert_eq!(status(&home, &server).0, "waiting");
    assert_eq!(server.heads().len(), 0, "limits that are not known begin with one call");
    run(&home, &server, &["key", "test", "dev"]).expect(0, &["active"]);
    assert_eq!(server.heads().len(), 1);
}

/// A place where no history can be.
fn unwritable(command: &mut Command) -> &mut Command {
    command.env("XDG_STATE_HOME", "/dev/null")
}

#[test]
fn where_the_history_can_not_be_written_calls_are_counted_in_the_runtime_folder() {
    let (home, server) = (Home::new(), answering(5, 50));
    make_runtime_folder(&home);
    for _ in 0..6 {
        let told = done(unwritable(&mut command(&home, &server, &["status", "--env", "dev"])));
        let told = told.expect(0, &["active", "40 of 50"]);
        assert!(told.err.contains("can't be opened for writing") && told.err.lines().count() == 1, "{told:?}");
    }
    assert_eq!(server.heads().len(), 1, "the share of a minute");
    // Once the history can be written again, what was counted elsewhere goes on to count.
    assert_eq!(status(&home, &server).0, "active");
    assert_eq!(server.heads().len(), 0);
}

#[test]
fn a_runtime_folder_that_others_may_use_is_no_place() {
    let (home, server) = (Home::new(), answering(5, 50));
    make_runtime_folder(&home);
    set_mode(&folder(&home).join("run"), 0o755);
    let told = done(unwritable(&mut command(&home, &server, &["status", "--env", "dev"])));
    told.expect(1, &["not asked", "no place to count calls in"]);
    assert_eq!(server.heads().len(), 0);
    done(unwritable(&mut command(&home, &server, &["key", "test", "dev"]))).expect(0, &["active"]);
    assert_eq!(server.heads().len(), 1, "a person asks");
    assert_eq!(fs::read_dir(folder(&home).join("run")).unwrap().count(), 0);
}

fn set_mode(folder: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}
