//! Copies of the key in the memory of the dashboard.

use std::time::{Duration, Instant};

use crate::hygiene::memory::{Copies, Memory};
use crate::hygiene::service::{key_file, program, service};
use crate::support::canary::Canary;
use crate::support::product::Home;
use crate::support::terminal::{Terminal, keys};

/// Polls after the first; there are two seconds between any two that are asked for.
const POLLS: u32 = 6;
/// How long the end of a connection may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks until there are no more copies than this: a connection is closed a moment after its answer is shown.
fn settled(memory: &Memory, secret: &str, copies_max: usize) -> Copies {
    let start = Instant::now();
    loop {
        let copies = memory.copies(secret);
        if copies.len() <= copies_max || start.elapsed() > PATIENCE {
            return copies;
        }
    }
}

#[test]
fn the_key_is_held_once_however_often_it_is_polled_with() {
    let (home, server, canary) = (Home::new(), service(|| ()), Canary::new());
    let mut program = program(&home, &server, &[]);
    program.env("TRACKYARD_API_KEY_DEV_FILE", key_file(&home, &canary.key));
    let terminal = Terminal::spawn(&program, 120, 40);
    terminal.wait_for("9,999");
    let Some(memory) = Memory::of(terminal.process()) else { return };
    for poll in 0..=POLLS {
        if poll > 0 {
            terminal.send("r");
        }
        terminal.wait_for(&format!("9,{}", 999 - poll));
        let copies = settled(&memory, &canary.secret, 1);
        println!("after poll {}: {} held", poll + 1, copies.len());
        assert_eq!(copies.len(), 1, "{copies:#?}");
    }
}

#[test]
fn a_pasted_key_that_was_given_up_stays_nowhere() {
    let (home, server, canary) = (Home::new(), service(|| ()), Canary::new());
    let key = &canary.key;
    let terminal = Terminal::spawn(&program(&home, &server, &[]), 120, 40);
    terminal.wait_for("key unavailable");
    let Some(memory) = Memory::of(terminal.process()) else { return };
    terminal.send("a");
    terminal.wait_for("paste or type it");
    terminal.paste(key);
    terminal.wait_for(&format!("{} characters", key.len()));
    let copies = memory.copies(&canary.secret);
    assert_eq!(copies.len(), 1, "{copies:#?}");

    terminal.send(keys::ESCAPE);
    terminal.wait_while("add a key to dev");
    let copies = memory.copies(&canary.secret);
    assert!(copies.is_empty(), "{copies:#?}");
}
