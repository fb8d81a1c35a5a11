//! What tests need of the machine. A test that can't run says so; on a build server it fails.

use std::cell::RefCell;
use std::io::Write as _;
use std::process::Command;

/// Every program that some test needs and a machine may lack.
const PROGRAMS: [&str; 17] = [
    "dbus-daemon",
    "dbus-monitor",
    "dbus-send",
    "dunst",
    "gnome-keyring-daemon",
    "gpg",
    "gpgconf",
    "keepassxc",
    "keepassxc-cli",
    "openbox",
    "pass",
    "pinentry-curses",
    "secret-tool",
    "setsid",
    "unshare",
    "xdotool",
    "Xvfb",
];

thread_local! {
    /// What the test on this thread can't run for.
    static LACK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Presence of all these programs; where one is missing, the test on this thread is one that [`lacks`] it.
pub fn are_installed(programs: &[&str]) -> bool {
    assert!(programs.iter().all(|program| PROGRAMS.contains(program)), "not listed: {programs:?}");
    let missing = missing(programs);
    if !missing.is_empty() {
        lacks(&format!("not installed: {}", missing.join(", ")));
    }
    missing.is_empty()
}

fn missing<'a>(programs: &[&'a str]) -> Vec<&'a str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &&&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    programs.iter().filter(|program| !is_there(program)).copied().collect()
}

/// Says that the test on this thread can't run, past the runner, which shows nothing of a test that passes.
///
/// # Panics
///
/// On a build server.
pub fn lacks(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what}");
    drop(writeln!(std::io::stderr(), "A test was not run: {what}."));
    LACK.with_borrow_mut(|lack| *lack = Some(what.to_owned()));
}

/// Reason why the test on this thread did not run, once.
pub fn take_lack() -> Option<String> {
    LACK.take()
}

/// True where folders can be mounted, in a namespace of their own.
pub fn can_mount() -> bool {
    Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success())
}

/// All that this machine lacks for the tests, in one line; `None` where they all run.
pub fn summary() -> Option<String> {
    let mut lacks: Vec<String> = missing(&PROGRAMS).into_iter().map(str::to_owned).collect();
    if !can_mount() {
        lacks.push("leave to mount".to_owned());
    }
    if !rustix::process::geteuid().is_root() {
        lacks.push("leave to read the memory of a program (root)".to_owned());
    }
    let text = || format!("Not all tests of the suite were run. This machine lacks: {}.", lacks.join(", "));
    (!lacks.is_empty()).then(text)
}
