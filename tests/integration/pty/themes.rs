//! Themes in a real terminal: its ground, a file that is edited, and the key.

use std::fs;

use vt100::{Color, Screen};

use crate::pty::{quit, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys};

const QUESTION: &str = "\x1b]11;?\x1b\\";

fn demo(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
    let mut program = home.demo(arguments);
    program.envs(variables.iter().copied());
    let terminal = Terminal::spawn(&program, 120, 40);
    wait_for_samples(&terminal);
    terminal
}

fn cells(screen: &Screen) -> impl Iterator<Item = &vt100::Cell> {
    let (rows, columns) = screen.size();
    (0..rows.get()).flat_map(move |row| (0..columns.get()).filter_map(move |column| screen.cell(row, column)))
}

/// True where something is drawn in that colour.
fn has_colour(screen: &Screen, colour: Color) -> bool {
    cells(screen).any(|cell| cell.fgcolor() == colour)
}

#[test]
fn a_terminal_that_tells_a_light_ground_is_drawn_for_and_none_of_its_answer_is_typed() {
    let home = Home::new();
    let terminal = demo(&home, &[], &[]);
    assert!(String::from_utf8_lossy(&terminal.raw_output()).contains(QUESTION));
    assert!(has_colour(&terminal.screen(), Color::Idx(210)), "critical on a dark ground");
    terminal.send("\x1b]11;rgb:fd");
    terminal.send("fd/f6f6/e3e3\x1b\\");
    terminal.wait_until("critical on a light ground", |screen| has_colour(screen, Color::Idx(124)));
    terminal.send("\x1b]11;rgb:0/0/0\x07");
    terminal.wait_until("critical on a dark ground", |screen| has_colour(screen, Color::Idx(210)));
    terminal.send(keys::CONTROL_L);
    let asked = |terminal: &Terminal| String::from_utf8_lossy(&terminal.raw_output()).matches(QUESTION).count();
    let mut seen = terminal.raw_output().len();
    while asked(&terminal) < 2 {
        terminal.wait_for_output_beyond(seen);
        seen = terminal.raw_output().len();
    }
    quit(terminal);
}

#[test]
fn the_variable_tells_the_ground_of_a_terminal_that_does_not_answer() {
    let home = Home::new();
    let terminal = demo(&home, &[], &[("COLORFGBG", "0;15")]);
    assert!(has_colour(&terminal.screen(), Color::Idx(124)));
    quit(terminal);
}

#[test]
fn a_console_is_not_asked() {
    let home = Home::new();
    for term in ["linux", "vt220"] {
        let output = quit(demo(&home, &[], &[("TERM", term)]));
        assert!(!output.contains("\x1b]11"), "{term}");
    }
}

#[test]
fn a_theme_file_is_followed_while_it_is_edited_and_a_bad_one_keeps_the_theme() {
    let home = Home::new();
    let file = home.path().join("night.toml");
    fs::write(&file, "critical = 201\n").unwrap();
    let terminal = demo(&home, &["--theme", "night.toml"], &[]);
    assert!(has_colour(&terminal.screen(), Color::Idx(201)));
    fs::write(&file, "# of mine\ncritical = { fg = \"#00ff87\", bold = true }\n").unwrap();
    terminal.wait_until("the new colour", |screen| has_colour(screen, Color::Idx(48)));
    terminal.wait_for("theme night read again");
    fs::write(&file, "# of mine\ncritcal = 9\n").unwrap();
    let screen = terminal.wait_for("night.toml:2:1: unknown key `critcal`: did you mean `critical`?");
    assert!(has_colour(&screen, Color::Idx(48)), "the theme as it was");
    fs::write(&file, "critical = 9\n").unwrap();
    terminal.wait_until("it is good again", |screen| has_colour(screen, Color::Idx(9)));
    quit(terminal);
}

#[test]
fn a_bad_theme_is_refused_at_the_start_with_its_line() {
    let home = Home::new();
    fs::write(home.path().join("bad.toml"), "text = 1\nbar = \"brwn\"\n").unwrap();
    for (theme, told) in [("bad.toml", "bad.toml:2:7: `bar` must be a colour"), ("drk", "did you mean dark?")] {
        let mut terminal = Terminal::spawn(&home.demo(&["--theme", theme]), 120, 10);
        assert_eq!(terminal.wait_exit(crate::pty::LEAVE), exited(2), "{theme}");
        let output = String::from_utf8(terminal.raw_output()).unwrap();
        assert!(output.contains(told) && !output.contains('\u{1b}'), "{output:?}");
    }
}

#[test]
fn the_key_steps_on_and_a_theme_with_a_ground_of_its_own_paints_all_of_it() {
    let home = Home::new();
    let terminal = demo(&home, &[], &[]);
    terminal.send("t");
    let screen = terminal.wait_for("theme dark");
    assert!(cells(&screen).all(|cell| cell.bgcolor() == Color::Idx(234)));
    terminal.send("t");
    let screen = terminal.wait_for("theme light");
    assert!(cells(&screen).all(|cell| cell.bgcolor() == Color::Idx(231)));
    terminal.send(keys::CONTROL_L);
    terminal.wait_until("it is painted anew", |screen| cells(screen).all(|cell| cell.bgcolor() == Color::Idx(231)));
    quit(terminal);
}
