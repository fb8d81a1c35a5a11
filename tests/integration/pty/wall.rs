//! The wall, and a dashboard on which keys do nothing.

use rustix::process::Signal;
use vt100::Screen;

use crate::pty::{LEAVE, NOTHING, demo, quit, wait_for_picture};
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, exited, keys};

fn wait_for_wall(terminal: &Terminal) -> Screen {
    terminal.wait_until("the wall with the numbers of all", |screen| {
        let text = screen.contents();
        let is_wall = text.contains("1 critical, 1 warning · oldest number read") && !text.contains("help");
        is_wall && ["% of 50,000", "% of 300", "% of 50"].iter().all(|share| text.contains(share))
    })
}

#[test]
fn w_shows_and_leaves_the_wall() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let before = terminal.screen();
    for leave in ["w", keys::ESCAPE] {
        terminal.send("w");
        wait_for_wall(&terminal);
        terminal.send(leave);
        wait_for_picture(&terminal, &before);
    }
    quit(terminal);
}

#[test]
fn a_wall_is_there_from_the_start_and_can_be_quit() {
    let home = Home::new();
    let mut terminal = Terminal::spawn(&home.demo(&["--wall"]), 80, 24);
    wait_for_wall(&terminal);
    terminal.send("?");
    terminal.wait_for("previous environment");
    terminal.send(keys::ESCAPE);
    wait_for_wall(&terminal);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_wall_without_a_key_shows_what_another_process_polls_and_says_when_none_does() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let arguments = ["--base-url", simulate.base_url(), "--env", "dev"];
    let mut dashboard = home.command(&arguments);
    dashboard.env("TRACKYARD_API_KEY_DEV", simulate.key("DEV"));
    let dashboard = Terminal::spawn(&dashboard, 120, 40);
    dashboard.wait_for("● active");

    let wall = Terminal::spawn(&home.command(&[&arguments[..], &["--wall"]].concat()), 120, 40);
    let shown = wall.wait_for("% of 50").contents();
    assert!(shown.contains("the key is well, read "), "{shown}");
    assert!(!shown.contains("NOT POLLED"), "{shown}");

    quit(dashboard);
    let shown = wall.wait_for("no dashboard with these keys runs").contents();
    assert!(shown.contains("oldest number read ") && !shown.contains("well"), "{shown}");
    assert!(!quit(wall).contains(simulate.key("DEV")));
}

#[test]
fn under_lock_no_key_does_anything_and_a_signal_ends_it() {
    for options in [&["--wall", "--lock"][..], &["--lock"]] {
        let home = Home::new();
        let mut terminal = Terminal::spawn(&home.demo(options), 120, 40);
        terminal.wait_for("rotate soon");
        let written = terminal.raw_output().len();
        for key in ["q", keys::CONTROL_C, "w", "?", "\x1a", keys::ESCAPE, "a", "\x1b[<0;10;10M\x1b[<0;10;10m"] {
            terminal.send(key);
        }
        // Another size is drawn after the keys had their effect, if any.
        terminal.resize(110, 40);
        terminal.wait_for_output_beyond(written);
        let text = terminal.wait_for("rotate soon").contents();
        assert!(!text.contains("choose an environment") && !text.contains("paste or type it"), "{text}");
        assert_eq!(text.contains("locked: keys do nothing"), options.len() == 1, "{text}");
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait_exit(LEAVE), exited(0));
        assert_eq!(terminal.leftovers(), NOTHING);
    }
}
