//! The tests, as a program of their own that takes no options.

use std::process::{Command, ExitCode};
use std::time::Duration;

use super::faulty::MESSAGE;
use super::support::product::Home;
use super::support::terminal::{Terminal, exited};

const LEAVE: Duration = Duration::from_secs(10);
const NOTHING: [&str; 0] = [];
/// A key that the program is given, and must not report.
const KEY: &str = "trackyard_live_canary_of_a_fault";

type Test = (&'static str, fn());

const TESTS: [Test; 2] = [
    ("a_fault_that_ends_the_program_restores_the_terminal_and_is_reported", ends_the_program),
    ("a_fault_in_the_background_goes_to_the_log_and_the_dashboard_stays", goes_to_the_log),
];

/// Runs all; the first that fails ends it. Those who list tests or look for others by name are told of none.
pub fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let listed = arguments.iter().any(|argument| argument == "--list");
    let names: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, test) in TESTS {
        if listed {
            println!("{name}: test");
        } else if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            test();
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

fn spawn(home: &Home, fault: &str) -> Terminal {
    let mut program = Command::new(std::env::current_exe().unwrap());
    let environment = home.command(&[]);
    for (name, value) in environment.get_envs() {
        match value {
            Some(value) => program.env(name, value),
            None => program.env_remove(name),
        };
    }
    program
        .env("TRACKYARD_API_KEY_DEV", KEY)
        .env("RUST_BACKTRACE", "full")
        .env("TRACKYARD_TEST_FAULT", fault)
        .current_dir(home.path());
    Terminal::spawn(&program, 80, 24)
}

fn ends_the_program() {
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

fn goes_to_the_log() {
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
