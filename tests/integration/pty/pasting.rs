//! Pastes, whole and broken off.

use crate::pty::{LEAVE, NOTHING, demo};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys};

/// Marks the start of a paste.
const BEGIN: &str = "\x1b[200~";
/// Marks its end.
const END: &str = "\x1b[201~";

fn wait_for_help(terminal: &Terminal) {
    terminal.wait_for("choose an environment by its number");
}

#[test]
fn control_c_ends_a_paste_without_its_end_and_quits() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send(&format!("{BEGIN}abc"));
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_silence_ends_a_paste_without_its_end_and_the_keyboard_is_back() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    terminal.send("a");
    terminal.wait_for("paste or type it");
    terminal.send(&format!("{BEGIN}abc"));
    terminal.wait_for("3 characters");
    terminal.send("d");
    terminal.wait_for("4 characters");
    terminal.send(keys::ESCAPE);
    terminal.wait_while("Ctrl-U clear");
    terminal.send("?");
    wait_for_help(&terminal);
}

#[test]
fn a_paste_far_longer_than_any_key_leaves_the_keyboard_alive() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    terminal.send(&format!("{BEGIN}{}", "q".repeat(1_000_000)));
    terminal.send(&format!("{END}?"));
    wait_for_help(&terminal);
}

#[test]
fn what_the_terminal_answers_late_is_no_key() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    terminal.send("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1bP>|quit(1.2)\x1b\\\x1b[?62;22c\x1b[24;80R?");
    wait_for_help(&terminal);
}

#[test]
fn text_that_nobody_typed_is_a_notice_and_no_command() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    for open in ["", "?"] {
        if !open.is_empty() {
            terminal.send(open);
            wait_for_help(&terminal);
        }
        for text in ["quit", "trackyard_live_0123456789abcdef\r", "Rq\rx"] {
            terminal.send(text);
            terminal.wait_for("that looks like a paste: nothing was done");
            terminal.send(keys::CONTROL_L);
            terminal.wait_while("that looks like a paste");
        }
    }
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
}

#[test]
fn text_that_nobody_typed_is_text_in_a_field() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    terminal.send("a");
    terminal.wait_for("paste or type it");
    terminal.send("trackyard_live_q?x");
    terminal.wait_for("18 characters");
}

#[test]
fn nothing_that_was_sent_reaches_the_shell_afterwards() {
    let home = Home::new();
    for (open, arguments) in [("?", &[][..]), ("", &["--read-only"])] {
        let script =
            r#""$@"; stty -icanon min 0 time 1; printf '\nrest[%s]\n' "$(head -c 99 | tr '\r' '\n')"; read -r _"#;
        let program = crate::pty::leaving::shell(&[], script, &home.demo(arguments));
        let terminal = Terminal::spawn(&program, 80, 24);
        crate::pty::wait_for_samples(&terminal);
        if !open.is_empty() {
            terminal.send(open);
            wait_for_help(&terminal);
        }
        terminal.send("trackyard_live_q123\rrm x\r");
        terminal.wait_for("that looks like a paste");
        terminal.send("q");
        terminal.wait_for("rest[]");
    }
}
