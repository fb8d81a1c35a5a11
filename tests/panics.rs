//! What a fault of the program leaves behind.
//!
//! The program has no switch that makes it fail, so this test runs itself in a terminal, as a program that fails in
//! the dashboard. It has a main function of its own, for only a fault on the main thread ends the program.
#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::expect_used,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::unwrap_used,
        reason = "a test prints, and panics where it fails"
    )
)]
#![cfg_attr(not(target_os = "linux"), expect(missing_docs, reason = "nothing is tested here"))]

#[cfg(target_os = "linux")]
mod support {
    pub mod clock;
    #[expect(dead_code, reason = "a demonstration and its folder are not needed")]
    pub mod product;
    #[expect(dead_code, reason = "a fault needs little of a terminal")]
    pub mod terminal;
}

#[cfg(target_os = "linux")]
#[path = "faults/faulty.rs"]
mod faulty;
#[cfg(target_os = "linux")]
#[path = "faults/tests.rs"]
mod tests;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    match std::env::var("TRACKYARD_TEST_FAULT") {
        Ok(fault) => faulty::run(&fault),
        Err(_) => tests::run(),
    }
}
