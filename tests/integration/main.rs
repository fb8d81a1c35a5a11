//! The tests that see the product from outside: its files and its real program, against real servers, terminals and
//! key stores. Those that play a part themselves, or wait for long, are in `tests/processes`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests may panic and print"
)]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "some of it is for the other tests")]
mod support;

#[cfg(target_os = "linux")]
mod alerts;
mod cli;
mod client;
#[cfg(target_os = "linux")]
mod commands;
mod config_command;
mod fuzz_findings;
mod history;
mod house;
#[cfg(target_os = "linux")]
mod hygiene;
#[cfg(target_os = "linux")]
mod keyring;
#[cfg(target_os = "linux")]
mod pty;
mod readme;
#[cfg(target_os = "linux")]
mod screenshots;
mod simulator;
#[cfg(unix)]
mod states;
#[cfg(target_os = "linux")]
mod terminal_support;
