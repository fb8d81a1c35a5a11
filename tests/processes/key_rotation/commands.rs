//! `key rotate` from the first step to the last.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::key_rotation::machine::{Machine, assert_no_key, fingerprint, finish};
use crate::runner::{Test, tests};
use crate::support::terminal::{Terminal, exited};

pub const TESTS: &[Test] = tests![
    a_key_is_replaced_watched_and_completed_once_the_service_refuses_the_old_one,
    the_prompt_explains_the_steps_and_shows_no_key,
    a_prompt_left_open_leaves_a_rotation_that_can_be_gone_on_with,
    use_of_the_old_key_by_applications_is_told,
    what_was_rolled_back_is_promoted_again_or_given_up,
    waiting_lasts_until_the_old_key_is_revoked,
    a_wait_that_another_process_ends_ends_well,
    a_key_under_rotation_is_not_removed,
];

const LEAVE: Duration = Duration::from_mins(1);

/// The last 4 characters, which is how a key is told.
fn ending(key: &str) -> String {
    format!("…{}", &key[key.len() - 4..])
}

fn a_key_is_replaced_watched_and_completed_once_the_service_refuses_the_old_one() {
    let Some(machine) = Machine::start() else { return };
    let (old, new) = (fingerprint(&machine.old), fingerprint(&machine.new));
    let none = machine.rotate(&["--status"], "").expect(0, &["prod: no rotation is under way"]);

    let promoted = machine.rotate(&[], &format!("  {} \r", machine.new));
    let said = [&ending(&machine.new), &new, "accepted and in use", "old key is kept aside", &old, "--roll-back"];
    let promoted = promoted.expect(0, &said);
    assert_eq!(machine.places(), ["new", "old", "-"]);

    let status = machine.rotate(&["--status"], "").expect(0, &["prod: the new key", &new, "is in use", &old]);
    let watched = machine.rotate(&[], "").expect(0, &[&format!("the old key ({old}) ")]);
    assert_eq!(machine.places(), ["new", "old", "-"]);

    machine.control("revoke/prod");
    let completed = machine.rotate(&[], "").expect(0, &["the rotation is completed", &old, "is erased here"]);
    assert_eq!(machine.places(), ["new", "-", "-"]);
    machine.rotate(&["--status"], "").expect(0, &["prod: no rotation is under way"]);
    machine.run(&["key", "test", "prod"]).expect(0, &["prod: active", &ending(&machine.new)]);
    let printed = [&none, &promoted, &status, &watched, &completed];
    assert!(printed.iter().all(|done| done.err.is_empty()), "{printed:?}");
    machine.assert_hidden(&printed);
}

fn the_prompt_explains_the_steps_and_shows_no_key() {
    let Some(machine) = Machine::start() else { return };
    let mut terminal = Terminal::spawn(&machine.rotation(&[]), 120, 20);
    terminal.wait_for(&format!("prod: replacing key {}", ending(&machine.old)));
    terminal.wait_for("1. Make the new key at https://");
    terminal.wait_for("Key for prod (not shown): ");
    let start = Instant::now();
    while !terminal.leftovers().contains(&"line settings") {
        assert!(start.elapsed() < LEAVE, "the prompt hides nothing");
        std::thread::yield_now();
    }
    terminal.send(&format!("{}\r", machine.new));
    terminal.wait_for("4. Revoke the old key");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert!(terminal.leftovers().is_empty());
    assert_no_key("the terminal", &terminal.raw_output(), &[&machine.old, &machine.new]);
    assert_eq!(machine.places(), ["new", "old", "-"]);
    machine.assert_hidden(&[]);
}

fn a_prompt_left_open_leaves_a_rotation_that_can_be_gone_on_with() {
    let Some(machine) = Machine::start() else { return };
    let mut terminal = Terminal::spawn(&machine.rotation(&[]), 120, 20);
    terminal.wait_for("Key for prod (not shown): ");
    terminal.close();
    assert!(terminal.ends(LEAVE), "a lost terminal ends the prompt");
    machine.rotate(&["--status"], "").expect(0, &["rotation of key", "under way", "--abandon"]);
    assert_eq!(machine.places(), ["old", "-", "-"]);
    machine.rotate(&[], &machine.new).expect(0, &["accepted and in use"]);
}

fn use_of_the_old_key_by_applications_is_told() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    // So that the call of the application below is not taken for the last of our own.
    machine.rotate(&[], "").expect(0, &["the old key"]);
    machine.search(&machine.old);
    machine.rotate(&[], "").expect(0, &["the old key", "is still in use: last used by others"]);
}

fn what_was_rolled_back_is_promoted_again_or_given_up() {
    let Some(machine) = Machine::start() else { return };
    let old = fingerprint(&machine.old);
    machine.rotate(&[], &machine.new).expect(0, &[]);
    for _ in 0..2 {
        machine.rotate(&["--roll-back"], "").expect(0, &[&format!("the old key ({old}) is in use again"), "--abandon"]);
        assert_eq!(machine.places(), ["old", "-", "new"]);
    }
    machine.rotate(&["--status"], "").expect(0, &["is in use again", "kept aside"]);
    machine.rotate(&[], "").expect(0, &["the new key", "is in use", "--roll-back puts the old one back"]);
    assert_eq!(machine.places(), ["new", "old", "-"]);

    machine.rotate(&["--abandon"], "").expect(1, &["Roll back before you give the rotation up"]);
    assert_eq!(machine.places(), ["new", "old", "-"]);
    machine.rotate(&["--roll-back"], "").expect(0, &[]);
    machine.rotate(&["--abandon"], "").expect(0, &["prod: the rotation is given up"]);
    assert_eq!(machine.places(), ["old", "-", "-"]);
    for request in ["--roll-back", "--abandon"] {
        machine.rotate(&[request], "").expect(1, &["prod: no rotation is under way"]);
    }
}

fn waiting_lasts_until_the_old_key_is_revoked() {
    let Some(machine) = Machine::start() else { return };
    let mut child = machine.begin(&["--wait"], &machine.new);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut out = String::new();
    while !out.contains("waiting until the service refuses the old key") {
        assert_ne!(reader.read_line(&mut out).unwrap(), 0, "{out}");
    }
    assert_eq!(machine.places(), ["new", "old", "-"]);
    machine.control("revoke/prod");
    let mut done = finish(child);
    reader.read_to_string(&mut out).unwrap();
    done.out = out;
    let done = done.expect(0, &["accepted and in use", "the rotation is completed"]);
    assert_eq!(machine.places(), ["new", "-", "-"]);
    machine.assert_hidden(&[&done]);
}

fn a_wait_that_another_process_ends_ends_well() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.control("revoke/prod");
    // Both see the refusals at about the same time: one of them closes the rotation, and both tell so.
    let waiting = [(); 2].map(|()| {
        let mut command = machine.rotation(&["--wait"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in waiting {
        finish(child).expect(0, &["the rotation is completed"]);
    }
    assert_eq!(machine.places(), ["new", "-", "-"]);
}

fn a_key_under_rotation_is_not_removed() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], "").expect(1, &["the key is empty"]);
    let refused = ["a rotation of the key is under way", "trackyard-tui key rotate prod"];
    machine.run(&["key", "remove", "prod", "--yes"]).expect(1, &refused);
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.run(&["key", "remove", "prod", "--yes"]).expect(1, &refused);
    assert_eq!(machine.places(), ["new", "old", "-"]);
}
