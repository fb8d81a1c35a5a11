//! What the environment says of colours and characters.

use crate::pty::{LEAVE, quit, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited};

/// Everything the demonstration writes with these arguments and variables.
fn written(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let home = Home::new();
    let mut program = home.demo(arguments);
    program.envs(variables.iter().copied());
    let terminal = Terminal::spawn(&program, 120, 40);
    wait_for_samples(&terminal);
    quit(terminal)
}

/// The parameters of every sequence that sets colours or attributes.
fn renditions(output: &str) -> Vec<Vec<u16>> {
    let sequences = output.split("\x1b[").skip(1).filter_map(|rest| {
        let (parameters, _) = rest.split_once('m')?;
        let numbers = parameters.split([';', ':']).map(|number| if number.is_empty() { Ok(0) } else { number.parse() });
        numbers.collect::<Result<_, _>>().ok()
    });
    sequences.collect()
}

/// Whether a sequence chooses a colour; going back to the terminal's own is no colour.
fn chooses_colour(rendition: &[u16]) -> bool {
    rendition.iter().any(|number| matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
}

fn has_colour(output: &str) -> bool {
    renditions(output).iter().any(|rendition| chooses_colour(rendition))
}

#[test]
fn colours_follow_the_terminal() {
    assert!(has_colour(&written(&[], &[("TERM", "xterm-256color")])));
    let linux = renditions(&written(&[], &[("TERM", "linux")]));
    assert!(linux.iter().any(|rendition| chooses_colour(rendition)));
    let is_beyond = |numbers: &[u16]| matches!(numbers, [38 | 48, 2, _] | [38 | 48, 5, 16..=255]);
    let more_than_16 = |rendition: &&Vec<u16>| rendition.windows(3).any(is_beyond);
    assert_eq!(linux.iter().find(more_than_16), None, "the console has 16 colours");
}

#[test]
fn no_colour_is_chosen_where_none_is_wanted() {
    assert!(!has_colour(&written(&[], &[("NO_COLOR", "1")])));
    assert!(!has_colour(&written(&[], &[("TERM", "vt100")])));
}

#[test]
fn ascii_is_all_that_is_written_where_it_is_asked_for() {
    let output = written(&["--ascii"], &[]);
    assert_eq!(output.chars().find(|character| !character.is_ascii()), None);
}

#[test]
fn a_plain_locale_and_an_old_terminal_are_drawn_in_ascii_by_themselves() {
    for (name, value) in [("LC_ALL", "C"), ("LANG", "POSIX"), ("LC_CTYPE", "de_DE.ISO-8859-1"), ("TERM", "linux")] {
        let output = written(&[], &[(name, value)]);
        assert_eq!(output.chars().find(|character| !character.is_ascii()), None, "{name}={value}");
    }
    for locale in ["en_GB.UTF-8", "C.utf8"] {
        assert!(!written(&[], &[("LC_ALL", locale)]).is_ascii(), "{locale}");
    }
}

#[test]
fn a_terminal_that_only_writes_lines_is_refused_with_a_sentence_and_no_escape() {
    for term in ["dumb", ""] {
        let home = Home::new();
        let mut terminal = Terminal::spawn(home.demo(&[]).env("TERM", term), 100, 10);
        assert_eq!(terminal.wait_exit(LEAVE), exited(1));
        let output = String::from_utf8(terminal.raw_output()).unwrap();
        assert!(output.contains("`trackyard-tui status`") && !output.contains('\u{1b}'), "{output:?}");
    }
}
