//! Sizes that no terminal should have.

use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys};
use crate::{LEAVE, NOTHING, wait_for_samples};

/// The demonstration on a terminal that says it has another size than it has.
fn told(columns: u16, rows: u16, [real_columns, real_rows]: [u16; 2], variables: &[(&str, &str)]) -> Terminal {
    let home = Home::new();
    let mut demo = home.demo(&[]);
    demo.envs(variables.iter().copied());
    let script = format!(r#"stty cols {columns} rows {rows} </dev/tty; exec "$@""#);
    let terminal = Terminal::spawn(&crate::dashboard::leaving::shell(&[], &script, &demo), real_columns, real_rows);
    drop(home);
    terminal
}

fn quit(mut terminal: Terminal) {
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_terminal_without_a_size_is_drawn_at_the_size_of_the_variables_or_the_usual_one() {
    for (columns, rows, variables) in [
        (80, 24, &[][..]),
        (120, 40, &[("COLUMNS", "120"), ("LINES", "40")]),
        (80, 24, &[("COLUMNS", "wide"), ("LINES", "0")]),
    ] {
        let terminal = told(0, 0, [columns, rows], variables);
        let screen = wait_for_samples(&terminal);
        let last = screen.contents_between(rows - 1, 0, rows - 1, columns);
        assert!(last.contains("q quit"), "{last:?}");
        quit(terminal);
    }
    let terminal = told(0, 30, [80, 30], &[]);
    wait_for_samples(&terminal);
    quit(terminal);
}

#[test]
fn the_smallest_and_the_largest_sizes_break_nothing_and_fill_no_memory() {
    for (columns, rows) in [(1, 1), (1, 65_535), (65_535, 1), (65_535, 65_535)] {
        let terminal = told(columns, rows, [80, 24], &[]);
        terminal.wait_for_output_beyond("\u{1b}[?1049h".len());
        terminal.send("?");
        terminal.send(keys::ESCAPE);
        let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.process())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = peak.trim_end_matches(" kB").trim().parse().unwrap();
        assert!(kibibytes < 256 * 1024, "{columns}×{rows}: {peak}");
        quit(terminal);
    }
}
