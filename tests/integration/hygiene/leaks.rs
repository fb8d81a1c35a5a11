//! Where keys must not turn up: with children, in the byte stream, in the log and in the history.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::hygiene::service::key_file;
use crate::support::canary::Canary;
use crate::support::product::Home;
use crate::support::server::Server;
use crate::support::terminal::{Terminal, exited, keys};

/// Notes what it was given, then prints the key that stands in a file.
const SCRIPT: &str =
    "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >>seen\ntr '\\0' '\\n' </proc/$$/cmdline >>seen\ncat printed\n";
/// What puts a text into the clipboard, by way of the terminal.
const CLIPBOARD: &[u8] = b"\x1b]52";

/// A service that knows every key, refuses it, and tells it wherever it can.
fn telling(keys: &[&Canary]) -> Server {
    let key = keys.iter().map(|canary| canary.key.as_str()).collect::<Vec<_>>().join(" ");
    let body = format!("{{\"error\":\"{key}\",\"message\":\"{key} are bad\",\"request_id\":\"{key}\"}}");
    let headers = format!("X-Echo: {key}\r\nDate: {key}\r\nRetry-After: {key}\r\nContent-Length: {}", body.len());
    Server::answering(format!("HTTP/1.1 403 {key}\r\n{headers}\r\n\r\n{body}"))
}

/// A home where a program prints the key of `dev`, and what that program notes.
fn home_with_key_command(key: &str) -> (Home, PathBuf) {
    let home = Home::new();
    let script = home.path().join("print");
    fs::write(&script, SCRIPT).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    fs::write(home.path().join("printed"), key).unwrap();
    let folder = home.path().join("config/trackyard-tui");
    fs::create_dir_all(&folder).unwrap();
    let environment = |name| format!("[[environment]]\nname = \"{name}\"\n");
    let command = format!("{}key_command = [\"{}\"]\n", environment("dev"), script.display());
    let config = [command, environment("staging"), environment("prod")].concat();
    fs::write(folder.join("config.toml"), config).unwrap();
    let seen = home.path().join("seen");
    (home, seen)
}

#[test]
fn keys_go_to_the_service_alone() {
    let [printed, filed, given, pasted] = [(); 4].map(|()| Canary::new());
    let canaries = [&printed, &filed, &given, &pasted];
    let server = telling(&canaries);
    let (home, seen) = home_with_key_command(&printed.key);
    let mut program = home.command(&["--base-url", &server.url(), "--key-store", "file"]);
    program.env("TRACKYARD_PASSPHRASE", "of the test");
    program.env("XDG_RUNTIME_DIR", home.path().join("run")).env("TRACKYARD_LOG", "trace");
    program.env("TRACKYARD_API_KEY_STAGING_FILE", key_file(&home, &filed.key));
    program.env("TRACKYARD_API_KEY_PROD", &given.key);

    let mut terminal = Terminal::spawn(&program, 140, 40);
    terminal.wait_until("all keys refused", |screen| screen.contents().matches("✖ forbidden").count() == 3);
    let arguments = fs::read(format!("/proc/{}/cmdline", terminal.process())).unwrap();
    for (key, name) in [("1", "dev"), ("2", "staging"), ("3", "PROD")] {
        terminal.send(key);
        terminal.send("a");
        terminal.wait_for(name);
        terminal.wait_for("paste or type it");
        terminal.paste(&pasted.key);
        terminal.wait_for(&format!("{} characters", pasted.key.len()));
        terminal.send(if key == "1" { keys::ENTER } else { keys::ESCAPE });
        if key == "1" {
            terminal.wait_for("nothing was stored");
            terminal.send(keys::ESCAPE);
        }
        terminal.wait_while("Enter try and store");
    }
    terminal.send("q");
    assert_eq!(terminal.wait_exit(Duration::from_mins(1)), exited(0));

    let sent = server.heads().concat();
    let output = terminal.raw_output();
    assert!(!output.windows(CLIPBOARD.len()).any(|window| window == CLIPBOARD), "the clipboard is left alone");
    let state = home.path().join("state/trackyard-tui");
    let log = state.join("trackyard-tui.log");
    assert!(fs::read_to_string(&log).unwrap().contains("TRACE"), "all is logged");
    let mut places: Vec<_> = fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(places.iter().any(|path| path.ends_with("history.sqlite3")), "{places:?}");
    assert!(fs::read_to_string(&seen).unwrap().contains("TRACKYARD_LOG=trace"), "the child has seen the variables");
    places.push(seen);
    for canary in canaries {
        assert!(canary.is_in(sent.as_bytes()), "each key is in use");
        canary.assert_not_in(&output, "what the terminal was sent");
        canary.assert_not_in(&arguments, "the arguments");
        for place in &places {
            canary.assert_not_in(&fs::read(place).unwrap(), &place.display().to_string());
        }
    }
}
