//! What a start knows of earlier runs.

use std::process::Command;

use rusqlite::Connection;
use rustix::process::Signal;

use crate::pty::{LEAVE, quit};
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::Terminal;

/// The dashboard on dev's key, with a history in this home.
fn dashboard(home: &Home, simulate: &Simulate) -> Terminal {
    Terminal::spawn(&command(home, simulate), 120, 40)
}

fn command(home: &Home, simulate: &Simulate) -> Command {
    let mut command = home.command(&["--base-url", simulate.base_url(), "--env", "dev"]);
    command.env("TRACKYARD_API_KEY_DEV", simulate.key("DEV"));
    command
}

fn database(home: &Home) -> Connection {
    Connection::open(home.path().join("state/trackyard-tui/history.sqlite3")).unwrap()
}

/// How many keys are watched for others by this home's history.
fn leases(home: &Home) -> i64 {
    database(home).query_row("SELECT count(*) FROM leases", [], |row| row.get(0)).unwrap()
}

/// How many samples the history of this home has.
fn samples(home: &Home) -> i64 {
    database(home).query_row("SELECT count(*) FROM samples", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_key_from_a_variable_is_watched_over_http_and_never_shown() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let terminal = dashboard(&home, &simulate);
    terminal.wait_for("● active");
    terminal.wait_for("of 50 ");
    let output = quit(terminal);
    assert!(!output.contains(simulate.key("DEV")));
}

#[test]
fn a_start_without_the_service_shows_what_is_known_dimmed_and_with_its_age() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let terminal = dashboard(&home, &simulate);
    let (fresh, fresh_cell) = credits(&terminal);
    assert!(fresh_cell.bold() && !fresh_cell.dim());
    quit(terminal);
    let program = command(&home, &simulate);
    drop(simulate);

    // At once, and still after the poll that fails.
    let terminal = Terminal::spawn(&program, 120, 40);
    assert_eq!(credits(&terminal).0, fresh);
    terminal.send("r");
    terminal.wait_for("refused the connection");
    assert_eq!(credits(&terminal).0, fresh);
    quit(terminal);

    // Halves of an hour keep clear of where the hour shown changes.
    age_samples(&home, 390);
    let terminal = Terminal::spawn(&program, 120, 40);
    terminal.wait_for("refused the connection");
    terminal.wait_for("6 h ago");
    let (old, old_cell) = credits(&terminal);
    assert_eq!(old, fresh);
    assert_ne!((old_cell.bold(), old_cell.fgcolor()), (fresh_cell.bold(), fresh_cell.fgcolor()), "it is dimmed");
    quit(terminal);
}

/// The credits on the card, and the cell where the number starts.
fn credits(terminal: &Terminal) -> (String, vt100::Cell) {
    let screen = terminal.wait_for("of 50 ");
    let (rows, columns) = screen.size();
    let rows = screen.rows(0, columns.get()).zip(0..rows.get());
    let (line, row) = rows.into_iter().find(|(line, _)| line.contains("of 50 ")).expect("the line of the credits");
    let (before, _) = line.split_once(" of 50 ").unwrap();
    let before = before.trim_end();
    let number: String = before.chars().rev().take_while(|character| *character != ' ').collect();
    let column = before.chars().count() - number.len();
    let cell = screen.cell(row, u16::try_from(column).unwrap()).unwrap().clone();
    let card = line.split('│').nth(1).unwrap_or_default();
    (card.trim().to_owned(), cell)
}

/// Makes all samples older.
fn age_samples(home: &Home, minutes: i64) {
    database(home).execute("UPDATE samples SET at = at - ?1", [minutes * 60_000]).unwrap();
}

#[test]
fn leases_are_given_up_on_every_way_out() {
    let (home, simulate) = (Home::new(), Simulate::start());
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)] {
        let mut terminal = dashboard(&home, &simulate);
        terminal.wait_for("● active");
        if leases(&home) == 0 {
            // The share of a minute was used up by the run before.
            terminal.send("r");
            terminal.wait_until("a lease", |_| leases(&home) == 1);
        }
        match signal {
            Some(signal) => terminal.signal(signal),
            None => terminal.send("q"),
        }
        terminal.wait_exit(LEAVE);
        assert_eq!(leases(&home), 0, "{signal:?}");
        age_calls(&home);
    }
}

/// Makes room for further calls.
fn age_calls(home: &Home) {
    database(home).execute("UPDATE calls SET uptime = uptime - 120000, at = at - 120000", []).unwrap();
}

#[test]
fn a_history_survives_a_kill_in_the_middle() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let terminal = dashboard(&home, &simulate);
    let before = credits(&terminal).0;
    quit(terminal);
    assert_eq!(samples(&home), 1);

    for _ in 0..3 {
        let mut terminal = dashboard(&home, &simulate);
        assert_eq!(credits(&terminal).0, before);
        let written = terminal.raw_output().len();
        terminal.send("r");
        terminal.wait_for_output_beyond(written);
        terminal.signal(Signal::KILL);
        terminal.wait_exit(LEAVE);
        assert!(samples(&home) >= 1);
    }
    let terminal = dashboard(&home, &simulate);
    credits(&terminal);
    quit(terminal);
    let check: String = database(&home).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_file_that_another_program_locks_is_told_and_taken_up_again() {
    let (home, simulate) = (Home::new(), Simulate::start());
    // Its limits allow three calls in a minute.
    let mut command = home.command(&["--base-url", simulate.base_url(), "--env", "staging"]);
    command.env("TRACKYARD_API_KEY_STAGING", simulate.key("STAGING"));
    let terminal = Terminal::spawn(&command, 120, 40);
    terminal.wait_for("of 300 ");
    let is_told = |screen: &vt100::Screen| {
        screen.rows(0, 120).take(4).any(|line| line.contains("the history is locked by another program"))
    };
    let other = database(&home);
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    terminal.send("r");
    terminal.wait_until("the lock at the top", is_told);
    other.execute_batch("ROLLBACK").unwrap();
    terminal.send("r");
    terminal.wait_until("no lock at the top", |screen| !is_told(screen));
    quit(terminal);
}

#[test]
fn a_file_of_a_newer_version_is_told_and_left_as_it_is() {
    let (home, simulate) = (Home::new(), Simulate::start());
    let terminal = dashboard(&home, &simulate);
    terminal.wait_for("of 50 ");
    quit(terminal);
    database(&home).execute_batch("PRAGMA user_version = 99").unwrap();
    let terminal = dashboard(&home, &simulate);
    terminal.wait_for("calls can be counted nowhere, only what you ask for is asked");
    terminal.send("r");
    terminal.wait_for("● active");
    terminal.wait_for("the history was written by a newer version");
    quit(terminal);
    assert_eq!(samples(&home), 1);
}

#[test]
fn what_happened_is_told_after_a_restart_too_and_told_once() {
    let (home, simulate) = (Home::new(), Simulate::start());
    simulate.control("revoke/dev");
    for _ in 0..2 {
        let terminal = dashboard(&home, &simulate);
        terminal.wait_for("the service does not know");
        terminal.send("e");
        terminal.wait_for("1 event");
        terminal.wait_for("the service does not know the key");
        quit(terminal);
    }
    let told: i64 = database(&home).query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(told, 1);
}
