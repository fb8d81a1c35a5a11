//! What a fault of the program leaves behind.
//!
//! The program has no switch that makes it fail, so these tests run this one in a terminal, as a program that fails in
//! the dashboard, on its main thread among others.

pub mod faulty;

use std::time::Duration;

use faulty::{FAULT, MESSAGE};

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited};

pub const TESTS: &[Test] = tests![
    a_fault_that_ends_the_program_restores_the_terminal_and_is_reported,
    a_fault_in_the_background_goes_to_the_log_and_the_dashboard_stays,
];

const LEAVE: Duration = Duration::from_mins(1);
const NOTHING: [&str; 0] = [];
/// A key that the program is given, and must not report.
const KEY: &str = "trackyard_live_canary_of_a_fault";

fn spawn(home: &Home, fault: &str) -> Terminal {
    let mut program = playing("panics");
    let environment = home.command(&[]);
    for (name, value) in environment.get_envs() {
        match value {
            Some(value) => program.env(name, value),
            None => program.env_remove(name),
        };
    }
    program.env("TRACKYARD_API_KEY_DEV", KEY).env("RUST_BACKTRACE", "full").env(FAULT, fault).current_dir(home.path());
    Terminal::spawn(&program, 80, 24)
}

fn a_fault_that_ends_the_program_restores_the_terminal_and_is_reported() {
    let home = Home::new();
    let mut terminal = spawn(&home, "main");
    assert_eq!(terminal.wait_exit(LEAVE), exited(101));
    assert_eq!(terminal.leftovers(), NOTHING);
    let output = String::from_utf8(terminal.raw_output()).unwrap();
    let (_, after_dashboard) = output.rsplit_once("\x1b[?1049l").expect("the alternate screen is left");
    assert!(after_dashboard.contains(MESSAGE), "{after_dashboard}");
    assert!(after_dashboard.contains("No key is part of this report."), "{after_dashboard}");
    assert!(!output.contains(KEY), "{after_dashboard}");
}

fn a_fault_in_the_background_goes_to_the_log_and_the_dashboard_stays() {
    for fault in ["task", "thread", "key store"] {
        let home = Home::new();
        let mut terminal = spawn(&home, fault);
        terminal.wait_for(if fault == "key store" { "failed unexpectedly" } else { "Welcome" });
        assert!(terminal.screen().alternate_screen(), "{fault}");
        terminal.send("?");
        terminal.wait_for("choose");
        terminal.send("q");
        assert_eq!(terminal.wait_exit(LEAVE), exited(0), "{fault}");
        assert_eq!(terminal.leftovers(), NOTHING, "{fault}");
        assert!(!String::from_utf8(terminal.raw_output()).unwrap().contains(MESSAGE), "{fault}");
        let log = std::fs::read_to_string(home.path().join("state/trackyard-tui/trackyard-tui.log")).unwrap();
        assert!(log.contains("a part of the program failed"), "{fault}: {log}");
        assert!(!log.contains(KEY), "{fault}: {log}");
    }
}
