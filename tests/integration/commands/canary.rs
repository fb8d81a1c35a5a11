//! A key that must turn up nowhere but in the keyring, whatever happens.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::canary::Canary;
use crate::support::product::Home;
use crate::support::secret_service::{self, SecretService};
use crate::support::server::Server;
use crate::support::session::{Done, at_home, files, folder};
use crate::support::terminal::{Terminal, exited};

const BODY: &str = r#"{"tier":"pro","credits_remaining":40,"monthly_allowance":50,
"rate_limit":{"requests_per_minute":600,"requests_per_day":100000}}"#;

/// A home with a keyring.
struct Place {
    home: Home,
    keyring: TempDir,
    service: SecretService,
}

impl Place {
    fn command(&self, base_url: &str, arguments: &[&str]) -> std::process::Command {
        let all = [arguments, &["--env", "dev", "--base-url", base_url, "--log-level", "trace"]].concat();
        let mut command = at_home(&self.home, &all);
        command.envs(self.service.variables());
        command
    }
}

/// Sets the key from a pipe, and looks at the process while the service keeps it waiting.
fn set_watched(place: &Place, canary: &Canary) -> Done {
    let (arrived, arrival) = channel();
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let answer = good();
    let server = Server::running(move |stream| {
        arrived.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        stream.write_all(&answer).unwrap();
    });
    let mut command = place.command(&server.url(), &["key", "set", "dev"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
    writeln!(child.stdin.take().unwrap(), "{}", canary.key).unwrap();
    arrival.recv().unwrap();
    for name in ["cmdline", "environ"] {
        // What can't be read tells nothing.
        let told = std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
        canary.assert_not_in(&told, name);
    }
    release.send(()).unwrap();
    let heads = || server.heads().concat();
    let done = Done::of(child.wait_with_output().unwrap());
    assert!(canary.is_in(heads().as_bytes()), "the key is sent to the service");
    done
}

fn good() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len()).into_bytes()
}

/// A service that refuses the key and repeats it wherever it can.
fn echoing(status: &str, canary: &Canary) -> Server {
    let key = &canary.key;
    let body = format!("{{\"error\":\"{key}\",\"message\":\"Bearer {key} is bad, {key}\",\"code\":\"{key}\"}}");
    let length = body.len();
    let headers = format!("X-Echo: {key}\r\nRetry-After: {key}\r\nLocation: http://{key}/\r\nContent-Length: {length}");
    Server::answering(format!("HTTP/1.1 {status}\r\n{headers}\r\n\r\n{body}"))
}

#[test]
fn a_key_is_nowhere_but_in_the_keyring() {
    if !secret_service::is_available() {
        return;
    }
    let keyring = tempfile::tempdir().unwrap();
    let service = SecretService::start(keyring.path());
    let place = Place { home: Home::new(), keyring, service };
    let canary = Canary::new();
    let mut told = vec![set_watched(&place, &canary).expect(0, &["stored in the keyring"])];

    let server = Server::answering(good());
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["key", "list"],
        &["key", "list", "--json"],
        &["key", "test", "dev"],
        &["doctor"],
    ] {
        told.push(crate::support::session::done(&mut place.command(&server.url(), arguments)).expect(0, &[]));
    }
    assert!(server.heads().iter().any(|head| head.contains(&canary.key)), "the key is in use");
    for status in ["403 Forbidden", "429 Too Many Requests", "500 Oops", "302 Found", "200 OK", "401 Unauthorized"] {
        let server = echoing(status, &canary);
        told.push(crate::support::session::done(&mut place.command(&server.url(), &["status"])).expect(0, &[]));
        let set = &mut place.command(&server.url(), &["key", "set", "dev"]);
        told.push(crate::support::session::fed(set, canary.key.as_bytes()).expect(1, &["nothing was stored"]));
    }
    for done in &told {
        canary.assert_not_in(format!("{done:?}").as_bytes(), "what a command printed");
    }
    let pasted = dashboard(&place, &server);
    let attributes = ["lookup", "service", "trackyard-tui", "username", "dev"];
    assert_eq!(place.service.secret_tool(&attributes, b"").stdout, pasted.key.as_bytes());

    let written = [folder(&place.home), place.keyring.path().to_owned()].map(|folder| files(&folder)).concat();
    let log = written.iter().find(|file| file.ends_with("trackyard-tui.log")).expect("a log");
    assert!(std::fs::read_to_string(log).unwrap().contains("TRACE"), "all is logged");
    assert!(written.iter().any(|file| file.ends_with("history.sqlite3")), "{written:?}");
    for file in written {
        let bytes = std::fs::read(&file).unwrap();
        canary.assert_not_in(&bytes, &file.display().to_string());
        pasted.assert_not_in(&bytes, &file.display().to_string());
    }
}

/// Replaces the key in the dashboard by one that is pasted.
fn dashboard(place: &Place, server: &Server) -> Canary {
    let canary = Canary::new();
    let mut terminal = Terminal::spawn(&place.command(&server.url(), &[]), 120, 40);
    // What the commands before were told is known.
    terminal.wait_for("forbidden");
    terminal.send("a");
    terminal.wait_for("paste or type it; it stays hidden");
    terminal.paste(&format!("{}\n", canary.key));
    terminal.wait_for(&format!("…{}", &canary.key[canary.key.len() - 4..]));
    terminal.send("\r");
    terminal.wait_while("replace the key");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(Duration::from_mins(1)), exited(0));
    canary.assert_not_in(&terminal.raw_output(), "what the terminal was sent");
    canary
}
