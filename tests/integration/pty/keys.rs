//! Keys: pasted, refused, replaced, and brought in from elsewhere.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::pty::quit;
use crate::support::product::Home;
use crate::support::secret_service::{self, SecretService};
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, keys};

/// A machine with a keyring, a service to talk to, and nothing else.
struct Machine {
    home: Home,
    keyring: SecretService,
    simulate: Simulate,
    _folder: TempDir,
}

impl Machine {
    /// Nothing where a keyring can't be had.
    fn new() -> Option<Self> {
        if !secret_service::is_available() {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("keys").tempdir().unwrap();
        let keyring = SecretService::start(folder.path());
        Some(Self { home: Home::new(), keyring, simulate: Simulate::start(), _folder: folder })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.args(["--base-url", self.simulate.base_url()]).envs(self.keyring.variables());
        command
    }

    fn dashboard(&self, columns: u16, rows: u16) -> Terminal {
        Terminal::spawn(&self.command(&[]), columns, rows)
    }

    /// As another terminal window would.
    fn set_key(&self, environment: &str, key: &str) {
        let mut command = self.command(&["key", "set", environment, "--replace"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn stored_key(&self, environment: &str) -> String {
        let found = self.keyring.secret_tool(&["lookup", "service", "trackyard-tui", "username", environment], b"");
        String::from_utf8(found.stdout).unwrap()
    }
}

/// The last 4 characters, which is how a key is told on the screen.
fn ending(key: &str) -> String {
    format!("…{}", &key[key.len() - 4..])
}

/// More of a key than the screen may ever show.
fn assert_hidden(output: &str, key: &str) {
    let pieces = key.as_bytes().windows(5).map(|piece| std::str::from_utf8(piece).unwrap());
    for piece in pieces.filter(|piece| !"trackyard_live_".contains(piece)) {
        assert!(!output.contains(piece), "a piece of the key was written");
    }
}

fn open_dialog(terminal: &Terminal) {
    terminal.wait_for("no key");
    terminal.send("a");
    terminal.wait_for("paste or type it");
}

#[test]
fn the_first_key_is_pasted_accepted_stored_and_shown_at_work() {
    let Some(machine) = Machine::new() else { return };
    let key = machine.simulate.key("DEV");
    let terminal = machine.dashboard(80, 24);
    terminal.wait_for("Welcome");
    open_dialog(&terminal);
    terminal.paste(&format!("  {key} \r\n"));
    terminal.wait_for(&format!("{} characters", key.len()));
    terminal.send(keys::ENTER);
    terminal.wait_for("accepted and stored");
    terminal.wait_for("of 50 ");
    assert_eq!(machine.stored_key("dev"), key);
    assert_hidden(&quit(terminal), key);
}

#[test]
fn a_refused_key_is_explained_and_not_stored_and_escape_wipes_the_next() {
    let Some(machine) = Machine::new() else { return };
    let (bad, key) = ("trackyard_live_zyxwvutsrqponmlkjihg", machine.simulate.key("DEV"));
    let terminal = machine.dashboard(80, 24);
    open_dialog(&terminal);
    terminal.paste(bad);
    terminal.send(keys::ENTER);
    terminal.wait_for("nothing was stored");
    assert_eq!(machine.stored_key("dev"), "");

    terminal.paste(key);
    terminal.wait_for(&format!("{} characters", key.len()));
    terminal.send(keys::ESCAPE);
    terminal.wait_while("add a key to dev");
    terminal.send("a");
    terminal.wait_for("paste or type it");
    let output = quit(terminal);
    assert_hidden(&output, bad);
    assert_hidden(&output, key);
    assert_eq!(machine.stored_key("dev"), "");
}

#[test]
fn a_paste_that_is_not_marked_is_no_submission() {
    let Some(machine) = Machine::new() else { return };
    let key = machine.simulate.key("DEV");
    let terminal = machine.dashboard(80, 24);
    open_dialog(&terminal);
    // In two pieces, as a slow connection brings it.
    let (start, end) = key.split_at(key.len() / 2);
    terminal.send(start);
    terminal.send(&format!("{end}\r"));
    terminal.wait_for(&format!("{} characters", key.len()));
    // Had the line end submitted it, the field would be empty and this character the only one.
    terminal.send("x");
    terminal.wait_for(&format!("{} characters", key.len() + 1));
    terminal.send("\x7f");
    terminal.wait_for(&format!("{} characters", key.len()));
    assert_eq!(machine.stored_key("dev"), "");
    terminal.send(keys::ENTER);
    terminal.wait_for("accepted and stored");
    assert_eq!(machine.stored_key("dev"), key);
    assert_hidden(&quit(terminal), key);
}

#[test]
fn a_key_in_use_is_replaced() {
    let Some(machine) = Machine::new() else { return };
    let (old, new) = (machine.simulate.key("DEV").to_owned(), machine.simulate.control("keys/dev"));
    machine.set_key("dev", &old);
    let terminal = machine.dashboard(80, 24);
    terminal.wait_for("of 50 ");
    terminal.wait_for(&ending(&old));
    terminal.send("a");
    terminal.wait_for(&format!("takes the place of {}", ending(&old)));
    terminal.paste(&new);
    terminal.send(keys::ENTER);
    terminal.wait_for("accepted and stored");
    terminal.send("~");
    terminal.wait_while("accepted and stored");
    terminal.wait_until("the new key at work", |screen| {
        let text = screen.contents();
        text.contains(&ending(&new)) && !text.contains(&ending(&old)) && text.contains("of 50 ")
    });
    assert_eq!(machine.stored_key("dev"), new);
    let output = quit(terminal);
    assert_hidden(&output, &old);
    assert_hidden(&output, &new);
}

#[test]
fn a_key_replaced_by_another_process_is_taken_up_when_the_old_one_is_refused() {
    let Some(machine) = Machine::new() else { return };
    let (old, new) = (machine.simulate.key("PROD").to_owned(), machine.simulate.control("keys/prod"));
    machine.set_key("prod", &old);
    let terminal = machine.dashboard(80, 24);
    terminal.wait_for("50,000 ━");
    terminal.send("3");
    terminal.wait_for(&ending(&old));
    machine.set_key("prod", &new);
    machine.simulate.control("revoke/prod");
    terminal.send("r");
    terminal.wait_until("the new key at work", |screen| {
        let text = screen.contents();
        text.contains(&ending(&new)) && text.contains("● PROD")
    });
    quit(terminal);
}

#[test]
fn a_key_added_by_another_process_is_found() {
    let Some(machine) = Machine::new() else { return };
    let terminal = machine.dashboard(80, 24);
    terminal.wait_for("Welcome");
    machine.set_key("staging", machine.simulate.key("STAGING"));
    terminal.send("R");
    terminal.wait_for("of 1,000 ");
    quit(terminal);
}

#[test]
fn without_a_keyring_the_screen_says_so_and_what_to_do() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let mut program = home.command(&["--base-url", simulate.base_url()]);
    program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let terminal = Terminal::spawn(&program, 120, 40);
    terminal.wait_for("key unavailable");
    terminal.wait_for("TRACKYARD_API_KEY_DEV");
    quit(terminal);
}
