//! The tests that need processes of this very program, or mostly wait for others.
//!
//! Started with [`PLAY`], the program plays a part of one of its tests: what must see other variables, have a terminal,
//! be killed or fail on its main thread. Otherwise it runs the tests.
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
mod client;
mod history;
#[cfg(target_os = "linux")]
mod key_rotation;
#[cfg(target_os = "linux")]
mod panics;
mod runner;

use std::process::{Command, ExitCode};

/// First argument of a process that plays a part; the part follows.
const PLAY: &str = "play-a-part";

/// This program, playing a part.
fn playing(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([PLAY, part]);
    command
}

fn play(part: &str) {
    match part {
        "client" => client::isolated::play(),
        "history" => history::concurrency::play(),
        #[cfg(target_os = "linux")]
        "desktop" => alerts::desktop::play(),
        #[cfg(target_os = "linux")]
        "late-certificates" => alerts::webhook::play_with_late_certificates(),
        #[cfg(target_os = "linux")]
        "panics" => panics::faulty::play(),
        #[cfg(target_os = "linux")]
        "sender" => alerts::webhook::play_sender(),
        #[cfg(target_os = "linux")]
        "terminal" => alerts::terminal::play(),
        part => panic!("no part {part}"),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, part] = &*arguments
        && first == PLAY
    {
        play(part);
        return ExitCode::SUCCESS;
    }
    runner::run(&[
        // Those that wait longest first.
        #[cfg(target_os = "linux")]
        key_rotation::end::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::refused_all::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::commands::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::dashboard::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::dialog::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::kills::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::processes::TESTS,
        #[cfg(target_os = "linux")]
        key_rotation::refusals::TESTS,
        #[cfg(unix)]
        history::survival::TESTS,
        history::concurrency::TESTS,
        client::isolated::TESTS,
        #[cfg(target_os = "linux")]
        client::proxy::TESTS,
        #[cfg(target_os = "linux")]
        client::tls::TESTS,
        #[cfg(target_os = "linux")]
        alerts::desktop::TESTS,
        #[cfg(target_os = "linux")]
        alerts::terminal::TESTS,
        #[cfg(target_os = "linux")]
        alerts::webhook::TESTS,
        #[cfg(target_os = "linux")]
        panics::TESTS,
    ])
}
