//! The program itself beside a keyring that fails: it says so, goes on, and recovers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::product::Home;
use crate::support::secret_service::{self, SecretService};
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, exited, keys};

/// How long the program may take for anything on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A machine with a keyring that can fail, and a service to talk to.
struct Machine {
    home: Home,
    keyring: SecretService,
    simulate: Simulate,
    _folder: TempDir,
}

impl Machine {
    /// With a key of large limits for `dev` in the keyring; nothing where a keyring can't be had.
    fn new() -> Option<Self> {
        if !secret_service::is_available() {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("keys").tempdir().unwrap();
        let keyring = SecretService::start(folder.path());
        let machine = Self { home: Home::new(), keyring, simulate: Simulate::start(), _folder: folder };
        machine.store("dev", machine.simulate.key("PROD"));
        Some(machine)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.args(["--base-url", self.simulate.base_url()]).envs(self.keyring.variables());
        command
    }

    /// Runs the program, and returns what it said and its exit status.
    fn run(&self, arguments: &[&str]) -> (String, Option<i32>) {
        told(&self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn store(&self, environment: &str, key: &str) {
        let attributes = ["store", "--label", "test", "service", "trackyard-tui", "username", environment];
        assert!(self.keyring.secret_tool(&attributes, key.as_bytes()).status.success());
    }

    fn stored(&self, environment: &str) -> Vec<u8> {
        self.keyring.secret_tool(&["lookup", "service", "trackyard-tui", "username", environment], b"").stdout
    }

    /// The dashboard, once it has shown the credits of `dev`.
    fn dashboard(&self) -> Terminal {
        let terminal = Terminal::spawn(&self.command(&["--env", "dev"]), 120, 40);
        terminal.wait_for("of 50,000 ");
        terminal
    }

    /// The calls that the service had so far.
    fn calls(&self) -> usize {
        let host = self.simulate.base_url().split('/').nth(2).unwrap();
        let mut connection = TcpStream::connect(host).unwrap();
        write!(connection, "GET /simulator/calls HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (_, calls) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Vec<serde_json::Value>>(calls).unwrap().len()
    }
}

pub fn told(output: &Output) -> (String, Option<i32>) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

pub fn quit(mut terminal: Terminal) {
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(PATIENCE), exited(0));
}

/// Refreshes, and waits for what the screen then says of the key store while the key is used all the same.
fn refresh_in_trouble(machine: &Machine, terminal: &Terminal, words: &str) {
    let before = machine.calls();
    terminal.send("r");
    terminal.wait_until(words, |screen| {
        let text = screen.contents();
        text.contains("the key in memory stays in use") && text.contains(words) && text.contains("of 50,000 ")
    });
    await_call(machine, before, terminal);
}

/// Refreshes, and waits for the call: keys that are sent without waiting are a paste on a slow machine.
fn refresh(machine: &Machine, terminal: &Terminal) {
    let before = machine.calls();
    terminal.send("r");
    await_call(machine, before, terminal);
}

fn await_call(machine: &Machine, before: usize, terminal: &Terminal) {
    let start = Instant::now();
    while machine.calls() == before {
        assert!(start.elapsed() < PATIENCE, "the key is no longer used: {}", terminal.contents());
    }
}

#[test]
fn the_dashboard_goes_on_without_the_keyring_and_finds_it_again() {
    let Some(mut machine) = Machine::new() else { return };
    let terminal = machine.dashboard();
    machine.keyring.kill_daemon();
    refresh_in_trouble(&machine, &terminal, "no keyring service");
    machine.keyring.start_locked_daemon();
    refresh_in_trouble(&machine, &terminal, "the keyring is locked");
    machine.keyring.kill_daemon();
    machine.keyring.start_daemon();
    terminal.send("r");
    terminal.wait_while("the keyring is locked");
    let new = machine.simulate.control("keys/prod");
    machine.store("dev", &new);
    terminal.send("r");
    terminal.wait_for(&format!("…{}", &new[new.len() - 4..]));
    quit(terminal);
}

#[test]
fn the_dashboard_freezes_with_no_deaf_daemon_and_hears_it_again() {
    let Some(machine) = Machine::new() else { return };
    let terminal = machine.dashboard();
    machine.keyring.pause_daemon();
    refresh_in_trouble(&machine, &terminal, "the key store (GNOME Keyring)");
    terminal.send("?");
    terminal.wait_for("previous environment");
    terminal.send(keys::ESCAPE);
    terminal.wait_while("previous environment");
    machine.keyring.resume_daemon();
    let start = Instant::now();
    while terminal.contents().contains("the key store (GNOME Keyring)") {
        assert!(start.elapsed() < PATIENCE, "{}", terminal.contents());
        assert_eq!(machine.stored("dev"), machine.simulate.key("PROD").as_bytes(), "it works again");
        refresh(&machine, &terminal);
    }
    quit(terminal);
}

#[test]
fn doctor_and_key_test_tell_each_failure_and_the_way_out() {
    let Some(mut machine) = Machine::new() else { return };
    let told_by_both = |machine: &Machine, words: [&str; 2]| {
        for arguments in [&["doctor", "--env", "dev"][..], &["key", "test", "dev"]] {
            let (told, status) = machine.run(arguments);
            assert_eq!(status, Some(1), "{told}");
            assert!(words.iter().all(|words| told.contains(words)), "{words:?}: {told}");
        }
    };
    machine.keyring.kill_daemon();
    let start = "`systemctl --user start gnome-keyring-daemon`";
    told_by_both(&machine, ["no keyring service is running on the session bus", start]);
    machine.keyring.start_locked_daemon();
    told_by_both(&machine, ["the keyring is locked", "`gnome-keyring-daemon --replace --unlock`"]);
    machine.keyring.kill_daemon();
    machine.keyring.start_daemon();
    assert_eq!(machine.run(&["key", "test", "dev"]).1, Some(0));

    let entry = ["service", "trackyard-tui", "username", "dev"];
    let double = [&["store", "--label", "test"], &entry[..], &["copy", "1"]].concat();
    assert!(machine.keyring.secret_tool(&double, b"s3cret").status.success());
    told_by_both(&machine, ["more than one entry", "take out only one: the one that is revoked or unknown there"]);
    let only_one = [&["clear"], &entry[..], &["copy", "1"]].concat();
    assert!(machine.keyring.secret_tool(&only_one, b"").status.success());
    assert_eq!(machine.run(&["key", "test", "dev"]).1, Some(0), "the way out keeps the key that works");
    let all = [&["clear"], &entry[..]].concat();
    assert!(machine.keyring.secret_tool(&all, b"").status.success());

    machine.keyring.delete_default_collection();
    let (beforehand, _) = machine.run(&["doctor", "--env", "dev"]);
    let words = "note   key store     GNOME Keyring answers, and has no place for keys yet";
    assert!(beforehand.contains(words), "{beforehand}");
    assert!(beforehand.contains("The first `trackyard-tui key set dev` has it make one"), "{beforehand}");
    let output = machine.set(&[machine.simulate.key("DEV")]).remove(0);
    let (told, status) = told(&output);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("no default collection") && told.contains("`seahorse`"), "{told}");
}

impl Machine {
    /// Has as many processes as there are keys store them for `dev`, all at once.
    fn set(&self, keys: &[&str]) -> Vec<Output> {
        let start = |_: &&str| {
            let mut command = self.command(&["key", "set", "dev", "--replace"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let mut children: Vec<_> = keys.iter().map(start).collect();
        for (child, key) in children.iter_mut().zip(keys) {
            child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
        }
        children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
    }
}

#[test]
fn of_two_processes_that_store_a_key_at_once_one_is_the_last() {
    let Some(machine) = Machine::new() else { return };
    let (first, second) = (machine.simulate.key("PROD"), machine.simulate.control("keys/prod"));
    let second = second.as_str();
    // Once in place of a key, and then where there is none.
    for _ in 0..2 {
        for output in machine.set(&[first, second]) {
            let (told, status) = told(&output);
            assert_eq!(status, Some(0), "{told}");
        }
        let stored = machine.stored("dev");
        assert!(stored == first.as_bytes() || stored == second.as_bytes(), "one of the two, and whole");
        let (told, status) = machine.run(&["key", "test", "dev"]);
        assert_eq!(status, Some(0), "and only one entry: {told}");
        machine.keyring.secret_tool(&["clear", "service", "trackyard-tui", "username", "dev"], b"");
    }
}
