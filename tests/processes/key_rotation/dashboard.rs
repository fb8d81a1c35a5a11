//! A dashboard that is open while a key is replaced.

use std::time::{Duration, Instant};

use vt100::Screen;

use crate::key_rotation::machine::{Machine, assert_no_key};
use crate::runner::{Test, tests};
use crate::support::terminal::{Terminal, exited, keys};

pub const TESTS: &[Test] = tests![
    a_rotation_by_another_process_is_followed_to_its_end,
    a_rotation_that_is_started_rolled_back_and_given_up_elsewhere_is_told,
    a_rotation_left_by_a_killed_process_is_gone_on_with_at_the_start,
    without_the_right_to_change_keys_a_rotation_is_looked_at_alone,
    a_key_replaced_or_removed_with_another_program_is_noticed_with_the_next_poll,
];

/// A refusal is believed once it was confirmed, some seconds later, and the new key accepted since.
pub const BELIEF: Duration = Duration::from_mins(4);

/// The dashboard with prod alone, at work with its old key.
pub struct Dashboard {
    pub machine: Machine,
    pub terminal: Terminal,
}

impl Dashboard {
    pub fn open() -> Option<Self> {
        let dashboard = Self::of(Machine::start()?);
        dashboard.wait_for_key(&dashboard.machine.old);
        Some(dashboard)
    }

    pub fn of(machine: Machine) -> Self {
        let terminal = Terminal::spawn(&machine.command(&["--env", "prod"]), 140, 40);
        Self { machine, terminal }
    }

    /// Waits until a key is at work and shown by its end.
    pub fn wait_for_key(&self, key: &str) -> Screen {
        let shown = format!("…{} from keyring", &key[key.len() - 4..]);
        self.terminal.wait_until(&format!("{shown}, at work"), |screen| {
            let text = screen.contents();
            text.contains(&shown) && text.contains("of 50,000 ")
        })
    }

    /// Ends the dashboard, and holds all that it wrote to no key.
    pub fn quit(mut self) -> Machine {
        self.terminal.send(keys::CONTROL_C);
        assert_eq!(self.terminal.wait_exit(Duration::from_mins(1)), exited(0));
        assert_no_key("the terminal", &self.terminal.raw_output(), &[&self.machine.old, &self.machine.new]);
        self.machine.assert_hidden(&[]);
        self.machine
    }
}

fn a_rotation_by_another_process_is_followed_to_its_end() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    machine.rotate(&[], &machine.new).expect(0, &["accepted and in use"]);
    terminal.send("r");
    dashboard.wait_for_key(&machine.new);
    terminal.wait_for("the new key is in use; the old one");

    machine.control("revoke/prod");
    terminal.send("r");
    terminal.wait_for_within("rotation completed", BELIEF);
    assert_eq!(machine.places(), ["new", "-", "-"]);
    assert_eq!(machine.stage(), "completed");
    machine.rotate(&["--status"], "").expect(0, &["no rotation is under way"]);
    dashboard.quit();
}

fn a_rotation_that_is_started_rolled_back_and_given_up_elsewhere_is_told() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    machine.rotate(&[], "").expect(1, &["the key is empty"]);
    terminal.send("r");
    terminal.wait_for("rotation of its key under way");
    machine.rotate(&[], &machine.new).expect(0, &[]);
    terminal.send("r");
    dashboard.wait_for_key(&machine.new);
    machine.rotate(&["--roll-back"], "").expect(0, &[]);
    terminal.send("r");
    terminal.wait_for("rolled back: the old key");
    dashboard.wait_for_key(&machine.old);
    machine.rotate(&["--abandon"], "").expect(0, &[]);
    terminal.send("r");
    terminal.wait_for("the rotation of its key was ended");
    assert_eq!(machine.places(), ["old", "-", "-"]);
    dashboard.quit();
}

fn a_rotation_left_by_a_killed_process_is_gone_on_with_at_the_start() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    // As left by a process that was killed, on a machine that lost its history since.
    machine.place(["new", "old", "new"]);
    machine.lose_history();
    let dashboard = Dashboard::of(machine);
    dashboard.terminal.wait_for("the new key is in use; the old one");
    let (places, stage) = (dashboard.machine.places(), dashboard.machine.stage());
    assert_eq!((places, &*stage), (["new", "old", "-"], "watching"));
    dashboard.wait_for_key(&dashboard.machine.new);
    dashboard.quit();
}

fn without_the_right_to_change_keys_a_rotation_is_looked_at_alone() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    machine.place(["new", "old", "new"]);
    machine.control("revoke/prod");
    let terminal = Terminal::spawn(&machine.command(&["--env", "prod", "--read-only"]), 140, 40);
    terminal.wait_for("the new key is in use; the old one");
    let dashboard = Dashboard { machine, terminal };
    dashboard.wait_for_key(&dashboard.machine.new);
    // Two refusals, and the new key accepted after them.
    let calls = dashboard.machine.session.calls();
    dashboard.terminal.send("r");
    let start = Instant::now();
    while dashboard.machine.session.calls() < calls + 3 {
        assert!(start.elapsed() < BELIEF, "the old key is not watched");
        std::thread::yield_now();
    }
    assert_eq!(dashboard.machine.places(), ["new", "old", "new"]);
    dashboard.quit();
}

fn a_key_replaced_or_removed_with_another_program_is_noticed_with_the_next_poll() {
    let Some(dashboard) = Dashboard::open() else { return };
    let Dashboard { machine, terminal } = &dashboard;
    machine.place(["new", "-", "-"]);
    // No key is pressed: the timed poll notices.
    let ending = format!("…{}", &machine.new[machine.new.len() - 4..]);
    terminal.wait_for_within(&ending, BELIEF);
    dashboard.wait_for_key(&machine.new);
    machine.clear("prod");
    terminal.wait_for_within("no key", BELIEF);
    dashboard.quit();
}
