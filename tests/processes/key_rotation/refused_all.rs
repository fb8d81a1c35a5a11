//! What the service refuses for a while, or only one of the keys: the real binary against the simulator.

use crate::key_rotation::dashboard::{BELIEF, Dashboard};
use crate::key_rotation::machine::{Machine, fingerprint, finish};
use crate::runner::{Test, tests};

pub const TESTS: &[Test] = tests![
    a_passing_refusal_of_every_key_completes_no_rotation,
    a_new_key_that_does_not_work_is_told_first_and_nobody_is_to_revoke_the_old_one,
    a_key_offered_to_a_rotation_that_has_one_is_refused,
    of_three_offers_at_once_one_is_taken_and_the_others_fail,
    no_key_is_stored_beside_a_rotation,
    an_old_key_is_watched_on_though_the_history_is_deleted_under_the_dashboard,
    a_refusal_of_every_key_is_told_as_one_on_the_dashboard,
];

/// More calls than are made meanwhile: the service refuses everything.
const ALL: &str = "fail?with=401&count=1000";

fn a_passing_refusal_of_every_key_completes_no_rotation() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.control(ALL);
    machine.rotate(&[], "").expect(1, &["don't revoke the old key"]);
    machine.control("recover");
    machine.rotate(&[], "").expect(0, &["the old key", "works", "4. Revoke the old key"]);
    assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));
}

fn a_new_key_that_does_not_work_is_told_first_and_nobody_is_to_revoke_the_old_one() {
    for fault in ["401", "403", "500", "503"] {
        let Some(machine) = Machine::start() else { return };
        machine.rotate(&[], &machine.new).expect(0, &[]);
        machine.control(&format!("fail?with={fault}&count=1000"));
        let told = machine.rotate(&[], "");
        machine.control("recover");
        let told = told.expect(1, &["don't revoke the old key"]);
        assert!(!told.out.contains("4. Revoke"), "{told:?}");
        assert!(told.out.starts_with("prod: the new key"), "{told:?}");
        // What the service can't say now is no word on the key.
        assert_eq!(told.err.contains("does not work"), fault.starts_with('4'), "{told:?}");
        machine.rotate(&["--status"], "").expect(0, &["is in use", "checks both keys"]);
        assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));
    }
}

fn a_key_offered_to_a_rotation_that_has_one_is_refused() {
    let Some(machine) = Machine::start() else { return };
    let third = machine.control("keys/prod");
    machine.rotate(&[], &machine.new).expect(0, &[]);
    let told = machine.rotate(&[], &third).expect(1, &["nothing was changed", "has its new key already"]);
    assert!(told.err.contains(&fingerprint(&machine.new)), "{told:?}");
    machine.rotate(&[], &machine.new).expect(0, &["accepted and in use"]);
    machine.rotate(&["--roll-back"], "").expect(0, &[]);
    machine.rotate(&[], &third).expect(1, &["nothing was changed", "has its new key already"]);
    machine.rotate(&[], "no key").expect(1, &["blank or line break inside"]);
    assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "new"], "rolled-back"));
}

fn of_three_offers_at_once_one_is_taken_and_the_others_fail() {
    let Some(machine) = Machine::start() else { return };
    let keys = [machine.new.clone(), machine.control("keys/prod"), machine.control("keys/prod")];
    let done = keys.each_ref().map(|key| machine.begin(&[], key)).map(finish);
    let mut statuses = done.each_ref().map(|done| done.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [0, 1, 1], "{done:?}");
    let taken = keys.iter().zip(&done).find(|(_, done)| done.status == 0).unwrap().0;
    assert_eq!(machine.stored("prod"), *taken);
}

fn no_key_is_stored_beside_a_rotation() {
    let Some(machine) = Machine::start() else { return };
    let set = |machine: &Machine| {
        for insists in [&["--untested"][..], &["--untested", "--replace"]] {
            let mut command = machine.command(&[&["key", "set", "prod"], insists].concat());
            crate::support::session::fed(&mut command, b"trackyard_live_whatever\n")
                .expect(1, &["nothing was stored", "a rotation of the key is under way"]);
        }
    };
    machine.rotate(&[], "").expect(1, &[]);
    set(&machine);
    machine.rotate(&[], &machine.new).expect(0, &[]);
    set(&machine);
    assert_eq!(machine.places(), ["new", "old", "-"]);
    machine.rotate(&["--roll-back"], "").expect(0, &[]);
    set(&machine);
    assert_eq!(machine.places(), ["old", "-", "new"]);
}

fn an_old_key_is_watched_on_though_the_history_is_deleted_under_the_dashboard() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    machine.rotate(&[], &machine.new).expect(0, &[]);
    terminal.send("r");
    terminal.wait_for("the new key is in use; the old one");
    machine.lose_history();
    machine.control("revoke/prod");
    terminal.send("r");
    terminal.wait_for_within("rotation completed", BELIEF);
    assert_eq!(machine.places(), ["new", "-", "-"]);
    dashboard.quit();
}

fn a_refusal_of_every_key_is_told_as_one_on_the_dashboard() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    machine.rotate(&[], &machine.new).expect(0, &[]);
    terminal.send("r");
    terminal.wait_for("the new key is in use; the old one");
    dashboard.wait_for_key(&machine.new);
    machine.control(ALL);
    terminal.send("r");
    let screen = terminal.wait_for_within("the service refuses every key", BELIEF);
    assert!(!screen.contents().contains("✖ revoked"), "{}", screen.contents());
    machine.control("recover");
    terminal.send("r");
    terminal.wait_for_within("the service accepts keys again", BELIEF);
    assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));
    dashboard.quit();
}
