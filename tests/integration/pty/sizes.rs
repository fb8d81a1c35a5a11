//! Sizes that no terminal should have.

use crate::pty::{LEAVE, NOTHING, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys};

/// The demonstration on a terminal that says it has another size than it has.
fn told(
    home: &Home,
    [columns, rows]: [u16; 2],
    [real_columns, real_rows]: [u16; 2],
    variables: &[(&str, &str)],
) -> Terminal {
    let mut demo = home.demo(&[]);
    demo.envs(variables.iter().copied());
    let script = format!(r#"stty cols {columns} rows {rows} </dev/tty; exec "$@""#);
    Terminal::spawn(&crate::pty::leaving::shell(&[], &script, &demo), real_columns, real_rows)
}

fn quit(mut terminal: Terminal) {
    terminal.send(keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0), "{:?}", String::from_utf8_lossy(&terminal.raw_output()));
    assert_eq!(terminal.leftovers(), NOTHING);
}

#[test]
fn a_terminal_without_a_size_is_drawn_at_the_size_of_the_variables_or_the_usual_one() {
    let home = Home::new();
    for (columns, rows, variables) in [
        (80, 24, &[][..]),
        (120, 40, &[("COLUMNS", "120"), ("LINES", "40")]),
        (80, 24, &[("COLUMNS", "wide"), ("LINES", "0")]),
    ] {
        let terminal = told(&home, [0, 0], [columns, rows], variables);
        let screen = wait_for_samples(&terminal);
        let last = screen.contents_between(rows - 1, 0, rows - 1, columns);
        assert!(last.contains("q quit"), "{last:?}");
        quit(terminal);
    }
    let terminal = told(&home, [0, 30], [80, 30], &[]);
    wait_for_samples(&terminal);
    quit(terminal);
}

#[test]
fn the_smallest_and_the_largest_sizes_break_nothing_and_fill_no_memory() {
    let home = Home::new();
    for (columns, rows) in [(1, 1), (1, 65_535), (65_535, 1), (65_535, 65_535)] {
        let terminal = told(&home, [columns, rows], [80, 24], &[]);
        // A frame, and so raw mode, which is set before.
        terminal.wait_for_output_beyond(100);
        terminal.send("?");
        let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.process())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = peak.trim_end_matches(" kB").trim().parse().unwrap();
        assert!(kibibytes < 256 * 1024, "{columns}×{rows}: {peak}");
        quit(terminal);
    }
}
