//! The dialog of the dashboard that guides through a rotation.

use crate::key_rotation::dashboard::{BELIEF, Dashboard};
use crate::runner::{Test, tests};
use crate::support::terminal::{Terminal, keys};

pub const TESTS: &[Test] = tests![
    a_key_is_replaced_in_the_dialog_and_its_end_noticed,
    a_key_of_another_account_is_taken_in_the_dialog_only_if_the_operator_insists,
    what_was_replaced_is_rolled_back_promoted_again_and_given_up_in_the_dialog,
    a_rotation_is_gone_on_with_in_the_dialog_of_another_run,
];

const CONTROL_B: &str = "\x02";
const CONTROL_P: &str = "\x10";
const CONTROL_X: &str = "\x18";
const CONTROL_Y: &str = "\x19";

/// Opens the dialog and starts a rotation.
fn start(terminal: &Terminal) {
    terminal.send("o");
    terminal.wait_for("Enter starts it");
    terminal.send(keys::ENTER);
    terminal.wait_for("paste or type it");
}

/// Pastes a key, and has it tried.
fn offer(terminal: &Terminal, key: &str) {
    terminal.paste(key);
    terminal.wait_for(&format!("{} characters", key.len()));
    terminal.send(keys::ENTER);
}

/// Asks for something that takes a key out of use, and confirms it by the name of the environment.
fn confirm(terminal: &Terminal, chord: &str) {
    terminal.send(chord);
    terminal.wait_for("type prod and press Enter");
    terminal.send("prod");
    // A line end that comes together with the rest would be taken for a part of a paste.
    terminal.wait_for("name prod");
    terminal.send(keys::ENTER);
}

fn a_key_is_replaced_in_the_dialog_and_its_end_noticed() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    start(terminal);
    assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "-"], "started"));
    offer(terminal, &machine.new);
    terminal.wait_for("in use since");
    assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));

    machine.control("revoke/prod");
    terminal.send(keys::ESCAPE);
    terminal.wait_while("in use since");
    dashboard.wait_for_key(&machine.new);
    terminal.send("r");
    terminal.wait_for_within("rotation completed", BELIEF);
    assert_eq!((machine.places(), &*machine.stage()), (["new", "-", "-"], "completed"));
    dashboard.quit();
}

fn a_key_of_another_account_is_taken_in_the_dialog_only_if_the_operator_insists() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    let other = machine.control("keys/staging");
    start(terminal);
    offer(terminal, &machine.old);
    terminal.wait_for("the key that is to be replaced");
    offer(terminal, &other);
    terminal.wait_for("Ctrl-Y use it all the same");
    assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "-"], "started"));
    terminal.send(CONTROL_Y);
    terminal.wait_for("in use since");
    assert_eq!((machine.places(), machine.stored("prod")), (["another", "old", "-"], other));
    dashboard.quit();
}

fn what_was_replaced_is_rolled_back_promoted_again_and_given_up_in_the_dialog() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    start(terminal);
    offer(terminal, &machine.new);
    terminal.wait_for("in use since");
    for again in [true, false] {
        confirm(terminal, CONTROL_B);
        terminal.wait_for("Ctrl-P uses the new key again");
        assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "new"], "rolled-back"));
        if again {
            terminal.send(CONTROL_P);
            terminal.wait_for("in use since");
            assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));
        }
    }
    confirm(terminal, CONTROL_X);
    terminal.wait_for("the rotation was given up");
    assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "-"], "abandoned"));
    dashboard.quit();
}

fn a_rotation_is_gone_on_with_in_the_dialog_of_another_run() {
    let Some(dashboard) = Dashboard::open() else { return };
    start(&dashboard.terminal);
    let machine = dashboard.quit();
    machine.rotate(&["--status"], "").expect(0, &["rotation of key", "under way"]);
    let dashboard = Dashboard::of(machine);
    let Dashboard { machine, terminal } = &dashboard;
    terminal.wait_for("waiting for the new key");
    terminal.send("o");
    terminal.wait_for("paste or type it");
    offer(terminal, &machine.new);
    terminal.wait_for("in use since");
    assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"));
    dashboard.quit();
}
