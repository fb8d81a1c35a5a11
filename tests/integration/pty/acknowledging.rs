//! Alerts are acknowledged with a note, which outlasts the program, and that is taken back.

use std::fs;

use crate::pty::quit;
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, keys};

/// The dashboard of one operator on prod's key, whose rotation is overdue, which is alerted at once.
fn dashboard(home: &Home, simulate: &Simulate, operator: &str) -> Terminal {
    let mut command = home.command(&["--base-url", simulate.base_url(), "--env", "prod"]);
    command.env("TRACKYARD_API_KEY_PROD", simulate.key("PROD")).env("USER", operator).env("LOGNAME", operator);
    Terminal::spawn(&command, 160, 40)
}

#[test]
fn a_note_outlasts_the_program_and_another_operator_takes_the_acknowledgement_back() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let folder = home.path().join("config/trackyard-tui");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "[alerts]\nminimum_duration = \"0s\"\n").unwrap();

    let terminal = dashboard(&home, &simulate, "ada");
    terminal.wait_for("y acknowledge");
    terminal.send("y");
    terminal.wait_for("acknowledge alerts of PROD");
    terminal.paste("new key on Monday");
    terminal.wait_for("note new key on Monday");
    terminal.send(keys::ENTER);
    terminal.wait_for("PROD: acknowledged, no reminders follow");
    terminal.wait_for("(new key on Monday)");
    quit(terminal);

    let terminal = dashboard(&home, &simulate, "bob");
    terminal.wait_for("acknowledged by ada");
    terminal.send("y");
    terminal.wait_for("take back the acknowledgement of PROD");
    terminal.send(keys::ENTER);
    terminal.wait_for("PROD: acknowledgement taken back, reminders follow");
    terminal.send("e");
    terminal.wait_for("acknowledgement taken back by bob");
    quit(terminal);
}
