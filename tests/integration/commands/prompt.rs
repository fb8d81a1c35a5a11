//! The hidden prompt of `key set`, in a real terminal.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::commands::keys::Keyring;
use crate::support::terminal::{Terminal, exited, keys};

const LEAVE: Duration = Duration::from_mins(1);
const NOTHING: [&str; 0] = [];

/// The prompt, once it hides what is typed.
fn prompt(keyring: &Keyring) -> Terminal {
    let terminal = Terminal::spawn(&keyring.command(&["key", "set", "dev"]), 100, 10);
    terminal.wait_for("Key for dev (not shown): ");
    let start = Instant::now();
    while !terminal.leftovers().contains(&"line settings") {
        assert!(start.elapsed() < LEAVE, "the prompt hides nothing");
        std::thread::yield_now();
    }
    terminal
}

fn assert_unseen(terminal: &Terminal, key: &str) {
    let output = String::from_utf8(terminal.raw_output()).unwrap();
    assert!(!output.contains(key), "{output:?}");
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_typed_key_is_never_shown() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let mut terminal = prompt(&keyring);
    terminal.send("trackyard_live_wrong_wrong\r");
    terminal.wait_for("nothing was stored");
    assert_eq!(terminal.wait_exit(LEAVE), exited(1));
    assert_unseen(&terminal, "wrong_wrong");
    assert_eq!(keyring.stored("dev"), b"");

    let key = keyring.session.simulate.key("DEV");
    let mut terminal = prompt(&keyring);
    terminal.send(&format!("{key}\r"));
    terminal.wait_for("stored in the keyring");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_unseen(&terminal, key);
    assert_eq!(keyring.stored("dev"), key.as_bytes());
}

#[test]
fn breaking_off_gives_the_terminal_back() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let mut terminal = prompt(&keyring);
    terminal.send("half_a_key");
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(1));
    assert_unseen(&terminal, "half_a_key");
    assert!(terminal.contents().contains("broken off, nothing was stored"), "{}", terminal.contents());

    let mut terminal = prompt(&keyring);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(LEAVE), exited(1));
    assert_unseen(&terminal, "half_a_key");
    assert_eq!(keyring.session.calls(), 0);
}

#[test]
fn removing_asks_for_the_name() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let key = keyring.session.simulate.key("DEV");
    keyring.set("dev", key.as_bytes()).expect(0, &[]);
    for (answer, status) in [("yes\r", 1), ("dev\r", 0)] {
        let mut terminal = Terminal::spawn(&keyring.command(&["key", "remove", "dev"]), 100, 10);
        terminal.wait_for("Type dev to remove key");
        assert_eq!(keyring.stored("dev"), key.as_bytes());
        terminal.send(answer);
        assert_eq!(terminal.wait_exit(LEAVE), exited(status));
    }
    assert_eq!(keyring.stored("dev"), b"");
}
