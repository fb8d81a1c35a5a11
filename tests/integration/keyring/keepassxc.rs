//! The program beside a real KeePassXC, whose windows are answered as a person would.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use secret_service::EncryptionType;
use secret_service::blocking::SecretService as Library;
use tempfile::TempDir;
use zbus::blocking::connection;

use super::program::{PATIENCE, quit, told};
use crate::support::keepassxc::{self, KeePassXc, Mode};
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, exited};

/// The title of the entry with the key of `dev`.
const TITLE: &str = "Trackyard API key (dev)";
/// How long a program with windows may take for anything on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// A desktop with KeePassXC, and a service to talk to.
struct Desktop {
    home: Home,
    keepassxc: KeePassXc,
    simulate: Simulate,
    _folder: TempDir,
}

impl Desktop {
    /// Nothing where KeePassXC is not installed.
    fn new(mode: Mode) -> Option<Self> {
        if !keepassxc::is_available() {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("kpx").tempdir().unwrap();
        let keepassxc = KeePassXc::start(folder.path(), mode);
        Some(Self { home: Home::new(), keepassxc, simulate: Simulate::start(), _folder: folder })
    }

    /// With the keys of these environments, stored by another program.
    fn with_keys(mode: Mode, environments: &[&str]) -> Option<Self> {
        let desktop = Self::new(mode)?;
        for environment in environments {
            desktop.store(environment, desktop.simulate.key(&environment.to_uppercase()));
        }
        Some(desktop)
    }

    fn store(&self, environment: &str, key: &str) {
        let attributes = ["store", "--label", "test", "service", "trackyard-tui", "username", environment];
        assert!(self.keepassxc.service().secret_tool(&attributes, key.as_bytes()).status.success());
    }

    /// Another program's way to the entries.
    fn library(&self) -> Library<'static> {
        let address = self.keepassxc.service().address();
        let bus = connection::Builder::address(address.as_str()).unwrap().build().unwrap();
        Library::connect_with_existing(EncryptionType::Plain, bus).unwrap()
    }

    /// The program gives a password as text, and what it keeps as an attachment with the type that it came with.
    fn assert_password(&self, key: &str) {
        let library = self.library();
        let found = library.search_items(attributes()).unwrap();
        let item = &found.unlocked[0];
        assert!(item.get_secret_content_type().unwrap().starts_with("text/plain"));
        assert_eq!(item.get_secret().unwrap(), key.as_bytes());
    }

    /// Changes the password of `dev`.
    fn change(&self, key: &str) {
        let library = self.library();
        let found = library.search_items(attributes()).unwrap();
        found.unlocked[0].set_secret(key.as_bytes(), "text/plain").unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.args(["--base-url", self.simulate.base_url()]).envs(self.keepassxc.service().variables());
        command
    }

    /// Runs the program without a terminal, and returns what it said and its exit status.
    fn run(&self, arguments: &[&str]) -> (String, Option<i32>) {
        told(&self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn set(&self, key: &str) -> (String, Option<i32>) {
        use std::io::Write as _;

        let mut command = self.command(&["key", "set", "dev", "--replace"]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
        told(&child.wait_with_output().unwrap())
    }

    fn terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::spawn(&self.command(arguments), 120, 40)
    }
}

fn attributes() -> HashMap<&'static str, &'static str> {
    HashMap::from([("service", "trackyard-tui"), ("username", "dev")])
}

fn ending(key: &str) -> String {
    format!("…{}", &key[key.len() - 4..])
}

#[test]
fn a_stored_key_is_the_password_that_the_program_shows() {
    let Some(desktop) = Desktop::new(Mode::Open) else { return };
    let (first, second) = (desktop.simulate.key("DEV"), desktop.simulate.control("keys/dev"));
    let (told, status) = desktop.set(first);
    assert_eq!(status, Some(0), "{told}");
    desktop.keepassxc.wait_for_password(TITLE, first);
    let (told, status) = desktop.set(&second);
    assert_eq!(status, Some(0), "{told}");
    desktop.assert_password(&second);
    assert_eq!(desktop.run(&["key", "test", "dev"]).1, Some(0));
    assert_eq!(desktop.run(&["key", "remove", "dev", "--yes"]).1, Some(0));
    let (told, status) = desktop.run(&["key", "test", "dev"]);
    assert_eq!((told.contains("no source has a key"), status), (true, Some(1)), "{told}");
}

#[test]
fn a_key_that_was_stored_as_bytes_is_read_and_becomes_a_password_when_it_is_replaced() {
    let Some(desktop) = Desktop::new(Mode::Open) else { return };
    let library = desktop.library();
    let collection = library.get_default_collection().unwrap();
    let key = desktop.simulate.key("DEV");
    let bytes = "application/octet-stream";
    let item = collection.create_item(TITLE, attributes(), key.as_bytes(), true, bytes).unwrap();
    assert_eq!(item.get_secret_content_type().unwrap(), bytes);

    let (told, status) = desktop.run(&["key", "test", "dev"]);
    assert_eq!(status, Some(0), "{told}");
    let new = desktop.simulate.control("keys/dev");
    let (told, status) = desktop.set(&new);
    assert_eq!(status, Some(0), "{told}");
    desktop.assert_password(&new);
}

#[test]
fn a_command_has_the_user_asked_once_and_says_what_it_waits_for() {
    let Some(desktop) = Desktop::with_keys(Mode::Asks, &["dev", "prod"]) else { return };
    let before = desktop.keepassxc.questions();
    let mut terminal = desktop.terminal(&["key", "test", "dev"]);
    terminal.wait_for_within("waiting for KeePassXC …", LONG);
    desktop.keepassxc.allow();
    terminal.wait_for_within("dev: active", LONG);
    assert_eq!(terminal.wait_exit(PATIENCE), exited(0));
    assert_eq!(desktop.keepassxc.questions() - before, 1);
    assert!(!desktop.keepassxc.is_asking());
}

#[test]
fn the_dashboard_has_the_user_asked_once_for_all_keys_and_takes_a_late_answer() {
    let Some(desktop) = Desktop::with_keys(Mode::Asks, &["dev", "staging", "prod"]) else { return };
    let before = desktop.keepassxc.questions();
    let terminal = desktop.terminal(&[]);
    terminal.wait_for_within("the key store (KeePassXC) gave no answer within 3 s", LONG);
    desktop.keepassxc.allow();
    for environment in ["DEV", "STAGING", "PROD"] {
        let words = ending(desktop.simulate.key(environment));
        terminal.send(match environment {
            "DEV" => "1",
            "STAGING" => "2",
            _ => "3",
        });
        terminal.wait_for_within(&words, LONG);
    }
    // Neither a poll nor a person who wants news brings another question.
    let (reads, polls) = (desktop.keepassxc.calls("GetSecret"), 3);
    for poll in 1..=polls {
        // Keys that come all at once would be taken for a paste.
        let written = terminal.raw_output().len();
        terminal.send("R");
        terminal.wait_for_output_beyond(written);
        let start = std::time::Instant::now();
        while desktop.keepassxc.calls("GetSecret") < reads + poll {
            assert!(start.elapsed() < LONG, "the keys are not read again");
        }
    }
    assert_eq!(desktop.keepassxc.questions() - before, 1);
    assert!(!desktop.keepassxc.is_asking());
    quit(terminal);
}

#[test]
fn a_password_that_is_changed_in_the_program_is_taken_up() {
    let Some(desktop) = Desktop::with_keys(Mode::Open, &["dev"]) else { return };
    let terminal = desktop.terminal(&["--env", "dev"]);
    terminal.wait_for_within(&ending(desktop.simulate.key("DEV")), LONG);
    // What is changed while the program still saves the entry, it does not always tell.
    desktop.keepassxc.wait_for_password("test", desktop.simulate.key("DEV"));
    let new = desktop.simulate.control("keys/dev");
    desktop.change(&new);
    terminal.wait_for_within(&ending(&new), LONG);
    desktop.keepassxc.wait_for_password("test", &new);
    let newest = desktop.simulate.control("keys/dev");
    desktop.change(&newest);
    terminal.wait_for_within(&ending(&newest), LONG);
    quit(terminal);
}

#[test]
fn an_answer_that_takes_a_person_long_is_awaited_for_a_command() {
    let Some(desktop) = Desktop::new(Mode::Locked) else { return };
    let mut terminal = desktop.terminal(&["key", "test", "dev"]);
    terminal.wait_for_within("waiting for KeePassXC …", LONG);
    desktop.keepassxc.unlock();
    terminal.wait_for_within("no source has a key", LONG);
    assert_eq!(terminal.wait_exit(PATIENCE), exited(1));
}

#[test]
fn without_an_exposed_group_the_way_out_is_that_of_the_program() {
    let Some(desktop) = Desktop::new(Mode::Hidden) else { return };
    let set = desktop.set(desktop.simulate.key("DEV"));
    let others = [&["doctor", "--env", "dev"][..], &["key", "test", "dev"]].map(|arguments| desktop.run(arguments));
    for (told, status) in others.into_iter().chain([set]) {
        assert_eq!(status, Some(1), "{told}");
        assert!(told.contains("KeePassXC shows other programs no group of a database"), "{told}");
        assert!(told.contains("Database Settings, under Secret Service Integration"), "{told}");
        assert!(!told.contains("gnome"), "{told}");
    }
}
