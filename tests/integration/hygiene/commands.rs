//! Copies of the key in the memory of `key set`.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use rustix::process::Pid;

use crate::hygiene::memory::Memory;
use crate::hygiene::service::{program, service};
use crate::support::canary::Canary;
use crate::support::product::Home;
use crate::support::terminal::Terminal;

/// What holds the key while the service is asked: the program, the header, and the request that was written.
const HELD: usize = 3;

/// A program that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Gives a key to `key set`, and looks at its memory while the service keeps it waiting.
fn assert_held<T>(way: &str, give: impl FnOnce(&mut Command, &str) -> (Pid, T)) {
    let (arrived, arrival) = channel();
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let server = service(move || {
        arrived.send(()).unwrap();
        _ = released.lock().unwrap().recv();
    });
    let (home, canary) = (Home::new(), Canary::new());
    let mut command = program(&home, &server, &["--key-store", "file", "key", "set", "dev"]);
    let (process, running) = give(command.env("TRACKYARD_PASSPHRASE", "of the test"), &canary.key);
    arrival.recv().unwrap();
    if let Some(memory) = Memory::of(process) {
        let copies = memory.copies(&canary.secret);
        println!("{way}: {} held", copies.len());
        assert_eq!(copies.len(), HELD, "{copies:#?}");
    }
    drop((release, running));
}

#[test]
fn a_piped_key_is_held_for_the_request_alone() {
    assert_held("piped", |program, key| {
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{key}").unwrap();
        (Pid::from_child(&child), Running(child))
    });
}

#[test]
fn a_typed_key_is_held_for_the_request_alone() {
    assert_held("typed", |program, key| {
        let terminal = Terminal::spawn(program, 100, 10);
        terminal.wait_for("not shown");
        terminal.send(&format!("{key}\r"));
        (terminal.process(), terminal)
    });
}
