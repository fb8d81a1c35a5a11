//! Every way out leaves the terminal as it was.

use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::pty::{LEAVE, NOTHING, demo, wait_for_picture, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys, process_state};

/// A shell that runs the script, with `"$@"` for the program.
pub fn shell(options: &[&str], script: &str, program: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(options).args(["-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(program.get_current_dir().unwrap());
    shell
}

#[test]
fn q_quits_and_restores_the_terminal() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn control_c_quits_and_restores_the_terminal() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let home = Home::new();
        let mut terminal = demo(&home, 80, 24);
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(LEAVE), exited(0), "{signal:?}");
        assert_eq!(terminal.leftovers(), NOTHING, "{signal:?}");
    }
}

#[test]
fn a_signal_right_after_the_start_restores_the_terminal() {
    let home = Home::new();
    let mut terminal = Terminal::spawn(&home.demo(&[]), 80, 24);
    terminal.wait_for_output_beyond(0);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
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
fn it_ends_when_the_terminal_vanishes_and_hang_ups_are_ignored() {
    let home = Home::new();
    // As under `nohup`; a program that listens for the signal overrides it, so the terminal itself must be watched.
    let program = shell(&[], r#"trap "" HUP; "$@" & wait"#, &home.demo(&[]));
    let mut terminal = Terminal::spawn(&program, 80, 24);
    wait_for_samples(&terminal);
    terminal.close();
    terminal.wait_exit(LEAVE);
}

#[test]
fn the_terminal_is_restored_where_the_standard_input_is_none() {
    for end in ["q", keys::CONTROL_C] {
        let home = Home::new();
        let mut terminal = Terminal::spawn(&shell(&[], r#"exec "$@" </dev/null"#, &home.demo(&[])), 80, 24);
        wait_for_samples(&terminal);
        terminal.send(end);
        assert_eq!(terminal.wait_exit(LEAVE), exited(0));
        assert_eq!(terminal.leftovers(), NOTHING);
    }
}

#[test]
fn control_z_gives_the_terminal_back_to_the_shell_and_fg_returns() {
    let home = Home::new();
    let script = r#""$@"; echo in the shell; read -r _; fg >/dev/null"#;
    let mut terminal = Terminal::spawn(&shell(&["-m"], script, &home.demo(&[])), 80, 24);
    let before = wait_for_samples(&terminal);
    let job = terminal.foreground_process();

    terminal.send(keys::CONTROL_Z);
    terminal.wait_for("in the shell");
    assert_eq!(process_state(job), Some('T'));
    assert_eq!(terminal.leftovers(), NOTHING);

    terminal.send(keys::ENTER);
    let screen = wait_for_picture(&terminal, &before);
    assert!(screen.alternate_screen());
    assert!(screen.bracketed_paste());
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_stop_from_outside_and_a_shell_that_changed_the_terminal_are_mended() {
    let home = Home::new();
    let script = r#""$@"; stty sane; echo in the shell; read -r _; fg >/dev/null"#;
    let mut terminal = Terminal::spawn(&shell(&["-m"], script, &home.demo(&[])), 80, 24);
    let before = wait_for_samples(&terminal);
    rustix::process::kill_process(terminal.foreground_process(), Signal::STOP).unwrap();
    terminal.wait_for("in the shell");
    terminal.send(keys::ENTER);
    wait_for_picture(&terminal, &before);
    // Without raw mode, no key would arrive before a line end.
    terminal.send("?");
    terminal.wait_for("choose an environment by its number");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn without_a_shell_to_return_to_it_does_not_stop() {
    let home = Home::new();
    let mut terminal = demo(&home, 80, 24);
    terminal.send(keys::CONTROL_Z);
    terminal.wait_for("no shell");
    assert_ne!(process_state(terminal.process()), Some('T'));
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
}

#[test]
fn piped_output_is_refused_in_one_sentence() {
    let home = Home::new();
    for arguments in [&[][..], &["demo"]] {
        let output = home.command(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("needs a terminal") && message.lines().count() == 1, "{message}");
    }
}
