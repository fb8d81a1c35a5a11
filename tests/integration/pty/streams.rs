//! Every way in which the standard streams can be terminals, or none.

use std::fs;

use crate::pty::LEAVE;
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited};

/// A terminal that nobody types at, and its name.
fn other_terminal() -> (Terminal, String) {
    let mut idle = std::process::Command::new("sh");
    idle.args(["-c", "tty; exec sleep 600"]);
    let terminal = Terminal::spawn(&idle, 100, 30);
    let screen = terminal.wait_for("/dev/pts/");
    (terminal, screen.contents().lines().next().unwrap().to_owned())
}

#[test]
fn the_dashboard_runs_where_there_are_a_screen_and_a_keyboard_and_says_what_is_missing_elsewhere() {
    let home = Home::new();
    let (other, name) = other_terminal();
    let demo = home.demo(&[]);
    let told = home.path().join("told");
    let outputs = [("", true), (">output", false), (&format!(">{name}"), true), (">&-", false)];
    for is_controlled in [true, false] {
        for input in ["", "</dev/null", "<nothing", "<&-"] {
            for (output, is_screen) in outputs {
                let session = if is_controlled { "" } else { "setsid -w" };
                let script = format!(
                    r#": >nothing; {session} "$@" {input} {output} 2>told; status=$?; printf '\nended %s\n' $status; read -r _"#
                );
                let what = format!("{script}, controlled: {is_controlled}");
                let mut terminal = Terminal::spawn(&crate::pty::leaving::shell(&[], &script, &demo), 100, 30);
                if is_screen && (is_controlled || input.is_empty()) {
                    let screen = if output.is_empty() { &terminal } else { &other };
                    screen.wait_until(&what, |screen| screen.contents().matches("of 90").count() >= 3);
                    terminal.send("q");
                    terminal.wait_for("ended 0");
                    assert_eq!(fs::read_to_string(&told).unwrap(), "", "{what}");
                } else {
                    terminal.wait_for("ended 1");
                    let told = fs::read_to_string(&told).unwrap();
                    let missing = if is_screen { "a screen and no keyboard" } else { "needs a terminal" };
                    assert!(told.contains(missing) && told.contains("`trackyard-tui status`"), "{what}: {told}");
                    assert!(!told.contains("os error") && told.lines().count() == 1, "{what}: {told}");
                }
                terminal.send("\r");
                assert_eq!(terminal.wait_exit(LEAVE), exited(0), "{what}");
            }
        }
    }
}
