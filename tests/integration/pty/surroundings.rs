//! What is beside the picture: the title of the window, the clipboard, links and the browser.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::pty::{quit, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, keys};

const ADDRESS: &str = "https://app.trackyard.com/api-keys";
/// OSC 52 with the address, and with the fingerprint of the demonstration's first key.
const COPIED_ADDRESS: &str = "\x1b]52;c;aHR0cHM6Ly9hcHAudHJhY2t5YXJkLmNvbS9hcGkta2V5cw==\x1b\\";

fn started(program: &Command) -> Terminal {
    let terminal = Terminal::spawn(program, 80, 24);
    wait_for_samples(&terminal);
    terminal
}

/// A desktop on which `xdg-open` is this script, and nothing else opens anything.
fn desktop(home: &Home, script: &str) -> Command {
    let programs = home.path().join("programs");
    fs::create_dir(&programs).unwrap();
    let browser = programs.join("xdg-open");
    fs::write(&browser, format!("#!/bin/sh\ncd \"$HOME\"\n{script}\n")).unwrap();
    fs::set_permissions(&browser, Permissions::from_mode(0o700)).unwrap();
    let mut program = home.demo(&[]);
    program.env("DISPLAY", ":9").env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    program.env("TRACKYARD_API_KEY_QA", "trackyard_live_never_for_a_browser");
    program
}

/// The titles that were given to the window, in turn.
fn titles(output: &str) -> Vec<&str> {
    output.split("\x1b]2;").skip(1).filter_map(|rest| rest.split('\x07').next()).collect()
}

#[test]
fn the_title_has_the_worst_severity_and_the_one_before_comes_back() {
    let home = Home::new();
    let terminal = started(&home.demo(&[]));
    terminal.send("\x0c");
    let output = quit(terminal);
    let titles = titles(&output);
    let (last, given) = titles.split_last().unwrap();
    assert_eq!(*last, "", "a terminal that keeps no titles has none");
    assert_eq!(given.first(), Some(&"? 3 unknown · trackyard"));
    assert_eq!(given.last(), Some(&"✖ 1 critical · trackyard"));
    assert_eq!(output.matches("\x1b[22;0t").count(), 1, "it is kept once");
    assert_eq!(output.matches("\x1b[23;0t").count(), 1);
    assert!(output.find("\x1b[22;0t") < output.find("\x1b]2;"));
    assert!(output.rfind("\x1b]2;") < output.find("\x1b[23;0t"));
}

#[test]
fn a_title_is_plain_where_all_is_and_a_console_has_none() {
    let home = Home::new();
    let output = quit(started(&home.demo(&["--ascii"])));
    assert!(titles(&output).contains(&"X 1 critical - trackyard"), "{:?}", titles(&output));
    let mut console = home.demo(&[]);
    console.env("TERM", "linux");
    let terminal = started(&console);
    terminal.send("c");
    terminal.wait_for("this terminal has no clipboard: fingerprint ");
    assert!(!quit(terminal).contains("\x1b]"), "no command to an operating system");
}

#[test]
fn over_ssh_the_address_is_shown_and_copied_and_no_browser_is_started() {
    let home = Home::new();
    let mut program = desktop(&home, "echo opened >> opened");
    program.env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22").env("FORCE_HYPERLINK", "1");
    let terminal = started(&program);
    terminal.send("b");
    terminal.wait_for(ADDRESS);
    terminal.send("c");
    terminal.wait_for("if your terminal allows it");
    let output = quit(terminal);
    assert_eq!(output.matches(COPIED_ADDRESS).count(), 1);
    assert!(output.contains(&format!("\x1b]8;;{ADDRESS}\x1b\\")), "the address is a link");
    assert_eq!(output.matches("\x1b]8;;https").count(), output.matches("\x1b]8;;\x1b\\").count(), "each link ends");
    assert!(!home.path().join("opened").exists());
}

#[test]
fn a_terminal_that_is_not_known_to_have_links_gets_none() {
    let home = Home::new();
    let mut program = home.demo(&[]);
    program.env("FORCE_HYPERLINK", "0");
    let terminal = started(&program);
    terminal.send("b");
    terminal.wait_for(ADDRESS);
    assert!(!quit(terminal).contains("\x1b]8;"));
}

#[test]
fn the_fingerprint_of_the_chosen_key_is_copied() {
    let home = Home::new();
    let terminal = started(&home.demo(&[]));
    terminal.send("c");
    let screen = terminal.wait_for("copied fingerprint ");
    let contents = screen.contents();
    let (_, told) = contents.split_once("copied fingerprint ").unwrap();
    let fingerprint = &told[..8];
    let output = quit(terminal);
    let (_, copied) = output.split_once("\x1b]52;c;").unwrap();
    let (copied, _) = copied.split_once("\x1b\\").unwrap();
    assert_eq!(decoded(copied), fingerprint);
}

/// The text of Base64.
fn decoded(text: &str) -> String {
    let mut base64 = Command::new("base64");
    base64.arg("-d").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = base64.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn on_a_desktop_the_browser_is_started_once_without_a_terminal_or_a_key() {
    let home = Home::new();
    let script = "(: >/dev/tty) 2>/dev/null && echo terminal >> opened; echo WRECKED; echo WRECKED >&2; env > variables; \
                  echo \"$@\" >> opened";
    let terminal = started(&desktop(&home, script));
    terminal.send("b");
    terminal.wait_for(&format!("opened {ADDRESS}"));
    assert!(!quit(terminal).contains("WRECKED"));
    assert_eq!(fs::read_to_string(home.path().join("opened")).unwrap(), format!("{ADDRESS}\n"));
    assert!(!fs::read_to_string(home.path().join("variables")).unwrap().contains("TRACKYARD"));
}

#[test]
fn a_desktop_that_opens_nothing_has_the_address_shown() {
    let home = Home::new();
    let terminal = started(&desktop(&home, "exit 3"));
    terminal.send("b");
    terminal.wait_for("web pages");
    terminal.wait_for(ADDRESS);
    terminal.send(keys::ESCAPE);
    terminal.wait_while(ADDRESS);
    quit(terminal);
}
