//! `kill -9` at any moment of the end of a rotation, when the old key is erased.

use std::process::Child;
use std::thread;
use std::time::Duration;

use crate::key_rotation::kills::{Sweep, Tally};
use crate::key_rotation::machine::{Machine, ends_within, kill_after, time};
use crate::runner::{Test, tests};

pub const TESTS: &[Test] = tests![
    an_erasure_killed_at_any_moment_keeps_the_new_key_and_is_gone_on_with,
    an_end_killed_around_the_last_answer_keeps_the_new_key_and_is_gone_on_with,
];

/// Both keys are asked for at the start, the old one again some seconds later and half a minute after that, and the new
/// one after each of these.
const CALLS: usize = 5;
/// What is left to do after the last of these calls takes about so long.
const LAST_PART: Duration = Duration::from_millis(200);
/// Ends that are killed, side by side, for each takes more than half a minute.
const KILLS: u32 = 6;

/// The new key stays, and the old one until the journal says that it is to be erased. Then goes on to the end.
fn assert_kept_and_finish(machine: &Machine, tally: &mut Tally, ended: bool) {
    let (places, stage) = (machine.places(), machine.stage());
    tally.add(machine, places, ended);
    match &*stage {
        "none" | "watching" => assert_eq!(places, ["new", "old", "-"]),
        "erasing" => assert!(places == ["new", "old", "-"] || places == ["new", "-", "-"], "{places:?}"),
        stage => assert_eq!((stage, places), ("completed", ["new", "-", "-"])),
    }
    if stage != "completed" {
        machine.rotate(&[], "").expect(0, &["the rotation is completed"]);
    }
    assert_eq!((machine.places(), &*machine.stage()), (["new", "-", "-"], "completed"));
    machine.rotate(&["--status"], "").expect(0, &["no rotation is under way"]);
}

fn an_erasure_killed_at_any_moment_keeps_the_new_key_and_is_gone_on_with() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.enter("erasing");
    let (done, whole) = time(|| machine.rotate(&[], ""));
    done.expect(0, &["the rotation is completed"]);
    let (mut tally, mut sweep) = (Tally::default(), Sweep::over(whole));
    while tally.wants_more(sweep.kills, 16, 1) {
        machine.place(["new", "old", "-"]);
        machine.enter("erasing");
        let ended = sweep.kill(machine.begin(&[], ""));
        assert_kept_and_finish(&machine, &mut tally, ended);
    }
    assert!(tally.states() > 1, "the kills miss: {tally:?}");
}

fn an_end_killed_around_the_last_answer_keeps_the_new_key_and_is_gone_on_with() {
    let machines: Vec<_> = (0..KILLS).map_while(|_| Machine::start()).collect();
    thread::scope(|scope| {
        for (number, machine) in (0..).zip(&machines) {
            scope.spawn(move || kill_end(machine, LAST_PART * number / KILLS));
        }
    });
}

fn kill_end(machine: &Machine, after: Duration) {
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.control("revoke/prod");
    // The journal is lost, and the old key is found.
    machine.lose_history();
    let calls = machine.session.calls();
    let child = machine.begin(&[], "");
    wait_for_calls(machine, &child, calls + CALLS);
    let ended = kill_after(child, after);
    let mut tally = Tally::default();
    assert_kept_and_finish(machine, &mut tally, ended);
}

fn wait_for_calls(machine: &Machine, child: &Child, calls: usize) {
    while !ends_within(child, Duration::from_millis(5)) && machine.session.calls() < calls {}
}
