//! Clicks, the wheel, and whose the mouse is.

use vt100::{MouseProtocolMode, Screen};

use crate::pty::{LEAVE, NOTHING, quit, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited};

/// Asks for reports of buttons.
const TAKE: &str = "\x1b[?1000h";
/// Asks for no more of them.
const GIVE: &str = "\x1b[?1000l";

fn is_captured(screen: &Screen) -> bool {
    screen.mouse_protocol_mode() != MouseProtocolMode::None
}

/// The cell, counted from 1, where a text stands.
fn place(terminal: &Terminal, text: &str) -> (usize, usize) {
    let contents = terminal.contents();
    let found = contents.lines().enumerate().filter_map(|(row, line)| Some((line.split_once(text)?.0, row)));
    let (before, row) = found.last().unwrap_or_else(|| panic!("no {text:?} in\n{contents}"));
    (before.chars().count() + 1, row + 1)
}

/// Presses the left button and lets it go.
fn click(terminal: &Terminal, text: &str) {
    let (column, row) = place(terminal, text);
    terminal.send(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
}

#[test]
fn hints_are_clicked_and_the_wheel_scrolls_what_they_open() {
    let home = Home::new();
    let mut terminal = Terminal::spawn(&home.demo(&[]), 80, 24);
    wait_for_samples(&terminal);
    assert!(is_captured(&terminal.screen()));
    click(&terminal, "? help");
    terminal.wait_for("choose an environment by its number");
    let (up, down) = ("\x1b[<64;9;9M", "\x1b[<65;9;9M");
    terminal.send(down);
    terminal.wait_while("choose an environment by its number");
    terminal.send(up);
    terminal.wait_for("choose an environment by its number");
    click(&terminal, "Esc close");
    wait_for_samples(&terminal);
    click(&terminal, "q quit");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_again_and_stays_given_when_all_is_painted_anew() {
    let home = Home::new();
    let terminal = Terminal::spawn(&home.demo(&[]), 80, 24);
    wait_for_samples(&terminal);
    terminal.send("m");
    terminal.wait_for("the mouse selects text now; m takes it back");
    assert!(!is_captured(&terminal.screen()));
    let written = terminal.raw_output().len();
    terminal.send("\x0c");
    terminal.wait_for_output_beyond(written);
    wait_for_samples(&terminal);
    assert!(!is_captured(&terminal.screen()));
    terminal.send("m");
    terminal.wait_for("the mouse clicks and scrolls here again");
    assert!(is_captured(&terminal.screen()));
    let output = quit(terminal);
    assert_eq!(output.matches(TAKE).count(), 2, "at the start and with the second m");
    assert!(output.matches(GIVE).count() >= 2, "with the first m and at the end");
}

#[test]
fn a_mouse_that_is_to_be_left_is_never_taken() {
    let home = Home::new();
    let terminal = Terminal::spawn(&home.demo(&["--no-mouse"]), 80, 24);
    wait_for_samples(&terminal);
    terminal.send("m");
    terminal.wait_for("the mouse is left to the terminal");
    let output = quit(terminal);
    for mode in ["1000", "1002", "1003", "1006", "1015"] {
        assert!(!output.contains(&format!("\x1b[?{mode}h")), "{mode}");
    }
}
