//! The dashboard in a real terminal: what it shows, what keys do, and how it leaves.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod support {
    pub mod product;
    pub mod simulate;
    #[expect(dead_code, reason = "what only the terminal's own tests need")]
    pub mod terminal;
}

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use support::product::Home;
use support::simulate::Simulate;
use support::terminal::{Terminal, exited, keys, process_state};
use vt100::Screen;

/// Far more than the second or so that leaving takes.
const LEAVE: Duration = Duration::from_secs(5);
const NOTHING: [&str; 0] = [];

/// The demonstration on a terminal of this size, once it has shown its first samples.
fn demo(home: &Home, columns: u16, rows: u16) -> Terminal {
    let terminal = Terminal::spawn(&home.demo(&[]), columns, rows);
    terminal.wait_until("three environments and their samples", shows_the_demonstration);
    terminal
}

fn shows_the_demonstration(screen: &Screen) -> bool {
    let text = screen.contents();
    ["dev", "staging", "PROD", "help"].iter().all(|word| text.contains(word)) && !text.contains("waiting")
}

/// The first text below the cards: the heading of the detail pane, without borders.
fn detail_heading(screen: &Screen) -> String {
    let text = screen.contents();
    let below_cards = text.lines().skip_while(|line| !line.contains(['╯', '┛'])).skip(1);
    let mut words = below_cards.map(|line| line.trim_start_matches([' ', '│', '┃', '╭', '─', '┏', '━']));
    words.find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn wait_for_detail(terminal: &Terminal, name: &str) {
    terminal.wait_until(&format!("the detail pane of {name}"), |screen| detail_heading(screen).starts_with(name));
}

fn assert_restored(terminal: &Terminal) {
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn the_demonstration_shows_three_environments_on_the_alternate_screen() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let screen = terminal.screen();
    assert!(screen.alternate_screen());
    assert!(screen.hide_cursor());
    assert!(screen.bracketed_paste());
}

#[test]
fn digits_and_tab_choose_the_environment() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    for (key, name) in [("3", "PROD"), ("2", "staging"), ("1", "dev"), (keys::TAB, "staging"), (keys::TAB, "PROD")] {
        terminal.send(key);
        wait_for_detail(&terminal, name);
    }
    terminal.send(keys::TAB);
    wait_for_detail(&terminal, "dev");
}

#[test]
fn help_opens_and_closes() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let before = terminal.contents();
    terminal.send("?");
    terminal.wait_until("the help", |screen| {
        let text = screen.contents();
        text.contains("acknowledge") && text.contains("quit")
    });
    terminal.send(keys::ESCAPE);
    terminal.wait_until("the dashboard as before", |screen| screen.contents() == before);
}

#[test]
fn every_size_is_survived_and_the_picture_comes_back() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    let before = terminal.contents();
    for (columns, rows) in [(40, 12), (120, 40), (20, 5), (1, 1)] {
        let written = terminal.raw_output().len();
        terminal.resize(columns, rows);
        terminal.wait_for_output_beyond(written);
        if columns > 1 {
            terminal.wait_until(&format!("an environment at {columns}×{rows}"), |screen| {
                ["dev", "staging", "PROD"].iter().any(|name| screen.contents().contains(name))
            });
        }
    }
    terminal.resize(80, 24);
    terminal.wait_until("the picture as before", |screen| screen.contents() == before);
}

#[test]
fn q_quits_and_restores_the_terminal() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_restored(&terminal);
}

#[test]
fn control_c_quits_and_restores_the_terminal() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_restored(&terminal);
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        let mut terminal = demo(&home, 80, 24);
        terminal.signal(signal);
        terminal.wait_exit(LEAVE);
        assert_restored(&terminal);
    }
}

#[test]
fn it_ends_when_the_terminal_vanishes() {
    // Several times, for what can go wrong then goes wrong only now and then.
    for _ in 0..8 {
        let home = Home::new();
        let mut terminal = demo(&home, 80, 24);
        terminal.close();
        terminal.wait_exit(LEAVE);
    }
}

#[test]
fn control_z_gives_the_terminal_back_to_the_shell_and_fg_returns() {
    let home = Home::new();
    let program = home.demo(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-m", "-c", r#""$@"; echo in the shell; read -r _; fg >/dev/null"#, "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(program.get_current_dir().unwrap());
    let mut terminal = Terminal::spawn(&shell, 80, 24);
    terminal.wait_until("three environments and their samples", shows_the_demonstration);
    let before = terminal.contents();
    let job = terminal.foreground_process();

    terminal.send(keys::CONTROL_Z);
    terminal.wait_for("in the shell");
    assert_eq!(process_state(job), Some('T'));
    assert_restored(&terminal);

    terminal.send(keys::ENTER);
    let screen = terminal.wait_until("the picture as before", |screen| screen.contents() == before);
    assert!(screen.alternate_screen());
    assert!(screen.bracketed_paste());
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_restored(&terminal);
}

#[test]
fn a_key_from_a_variable_is_watched_over_http() {
    let home = Home::new();
    let simulate = Simulate::start();
    let mut program = home.command(&["--base-url", simulate.base_url(), "--env", "dev"]);
    program.env("TRACKYARD_API_KEY_DEV", simulate.key("DEV"));
    let mut terminal = Terminal::spawn(&program, 120, 40);
    terminal.wait_for("● active");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    let output = String::from_utf8(terminal.raw_output()).unwrap();
    assert!(!output.contains(simulate.key("DEV")), "the key is never on the screen");
}
