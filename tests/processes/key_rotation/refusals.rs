//! Keys that may not take the place of another, and rotations that can't be.

use crate::key_rotation::machine::{Machine, assert_no_key};
use crate::runner::{Test, tests};
use crate::support::session::{Done, done, fed};

pub const TESTS: &[Test] = tests![
    keys_that_may_not_take_its_place_change_nothing,
    a_key_of_another_account_is_taken_only_if_the_operator_insists,
    a_service_that_cannot_be_asked_keeps_a_key_out,
    a_key_that_is_only_read_here_is_not_rotated,
    an_environment_without_a_key_has_none_to_replace,
    wrong_command_lines_are_told_from_failures,
    without_a_keyring_the_way_out_is_told,
    keys_under_rotation_do_not_move_to_another_store,
];

/// Refused: the old key stays in use, and nothing else is kept.
fn assert_refused(machine: &Machine, done: Done, words: &[&str]) {
    let done = done.expect(1, words);
    assert!(done.out.is_empty(), "{done:?}");
    assert_eq!(machine.places(), ["old", "-", "-"]);
}

fn keys_that_may_not_take_its_place_change_nothing() {
    let Some(machine) = Machine::start() else { return };
    let staging = machine.session.simulate.key("STAGING").to_owned();
    machine.store("staging", &staging);
    let unknown = "trackyard_live_0123456789abcdef0123456789abcdef";
    let revoked = machine.control("keys/dev");
    for _ in 0..2 {
        machine.control("revoke/dev");
    }
    for (key, words) in [
        (&*machine.old, &["nothing was changed", "this is the key that is to be replaced"][..]),
        (&staging, &["nothing was changed", "this is staging's key"]),
        (unknown, &["nothing was changed", "401"]),
        (&revoked, &["nothing was changed", "401"]),
        ("", &["the key is empty"]),
        (" \r\n", &["the key is empty"]),
        ("one two", &["blank or line break inside"]),
        ("one\u{e9}", &["not ASCII"]),
    ] {
        let refused = machine.rotate(&[], key);
        assert_no_key("the answer", refused.err.as_bytes(), &[&machine.old, &staging, unknown, &revoked]);
        assert_refused(&machine, refused, words);
        // Neither can the operator insist.
        assert_refused(&machine, machine.rotate(&["--accept-other-account"], key), words);
    }
    machine.rotate(&["--status"], "").expect(0, &["rotation of key", "under way"]);
    machine.rotate(&[], &machine.new).expect(0, &["accepted and in use"]);
    assert_eq!(machine.places(), ["new", "old", "-"]);
}

fn a_key_of_another_account_is_taken_only_if_the_operator_insists() {
    // Whether the history knows the old key or not.
    for is_known in [false, true] {
        let Some(machine) = Machine::start() else { return };
        if is_known {
            machine.run(&["key", "test", "prod"]).expect(0, &[]);
        }
        let other = machine.control("keys/staging");
        let words = ["nothing was changed", "another account", "starter", "pro with 50,000", "--accept-other-account"];
        assert_refused(&machine, machine.rotate(&[], &other), &words);
        machine.rotate(&["--accept-other-account"], &other).expect(0, &["accepted and in use"]);
        assert_eq!(machine.places(), ["another", "old", "-"]);
        assert_eq!(machine.stored("prod"), other);
    }
}

fn a_service_that_cannot_be_asked_keeps_a_key_out() {
    let Some(machine) = Machine::start() else { return };
    machine.control("fail?with=503&count=4");
    assert_refused(&machine, machine.rotate(&[], &machine.new), &["nothing was changed", "503"]);
    let mut unreachable = machine.rotation(&[]);
    unreachable.env("TRACKYARD_BASE_URL", "http://127.0.0.1:1");
    assert_refused(&machine, fed(&mut unreachable, machine.new.as_bytes()), &["nothing was changed"]);
}

fn a_key_that_is_only_read_here_is_not_rotated() {
    let Some(machine) = Machine::start() else { return };
    let mut command = machine.rotation(&[]);
    command.env("TRACKYARD_API_KEY_PROD", &machine.old);
    let words = ["comes from TRACKYARD_API_KEY_PROD", "only reads", "set TRACKYARD_API_KEY_PROD to it"];
    assert_refused(&machine, fed(&mut command, machine.new.as_bytes()), &words);
    machine.rotate(&["--status"], "").expect(0, &["no rotation is under way"]);
}

fn an_environment_without_a_key_has_none_to_replace() {
    let Some(machine) = Machine::start() else { return };
    let refused = done(&mut machine.command(&["key", "rotate", "dev"]));
    refused.expect(1, &["dev: ", "trackyard-tui key set dev"]);
}

fn wrong_command_lines_are_told_from_failures() {
    let Some(machine) = Machine::start() else { return };
    machine.run(&["key", "rotate", "qa"]).expect(2, &["\"qa\"", "dev, staging, prod"]);
    machine.rotate(&["--roll-back", "--abandon"], "").expect(2, &["cannot be used with"]);
    machine.rotate(&["--status", "--abandon"], "").expect(2, &["cannot be used with"]);
    machine.run(&["key", "rotate"]).expect(2, &["<ENV>"]);
    let key = machine.new.clone();
    let told = machine.rotate(&[&key], "").expect(2, &["holds an API key"]);
    assert_no_key("the answer", told.err.as_bytes(), &[&key]);
    assert_eq!(machine.places(), ["old", "-", "-"]);
}

fn without_a_keyring_the_way_out_is_told() {
    let Some(mut machine) = Machine::start() else { return };
    machine.service.kill_daemon();
    machine.rotate(&[], &machine.new).expect(1, &["prod: ", "keyring", "Secret Service"]);
    machine.service.start_daemon();
    machine.rotate(&[], &machine.new).expect(0, &["accepted and in use"]);
    machine.service.kill_daemon();
    machine.rotate(&["--roll-back"], "").expect(1, &["prod: ", "keyring"]);
    machine.service.start_daemon();
    // What could not be done is gone on with, and no further.
    machine.rotate(&[], "").expect(0, &["is in use again"]);
    assert_eq!(machine.places(), ["old", "-", "new"]);
}

fn keys_under_rotation_do_not_move_to_another_store() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    let mut command = machine.command(&["key", "move", "--from", "keyring", "--to", "file"]);
    let moved = done(command.env("TRACKYARD_PASSPHRASE", "correct horse battery"));
    let moved = moved.expect(1, &["one key was not moved"]);
    assert!(moved.out.contains("prod: not moved: a rotation of its key is under way; end it first"), "{moved:#?}");
    assert_eq!(machine.places(), ["new", "old", "-"]);
}
