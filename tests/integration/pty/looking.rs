//! What is shown, and what the keys do that change nothing.

use rustix::process::Signal;
use vt100::Screen;

use crate::pty::{demo, picture, quit, wait_for_picture, wait_for_samples};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, keys};

/// Starts each frame.
const BEGIN_UPDATE: &str = "\x1b[?2026h";

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

fn wait_for_help(terminal: &Terminal) {
    terminal.wait_until("the help", |screen| {
        let text = screen.contents();
        text.contains("choose an environment by its number") && text.contains("poll every environment now")
    });
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
fn digits_tab_arrows_and_letters_choose_the_environment() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let (right, left, back_tab) = ("\x1b[C", "\x1b[D", "\x1b[Z");
    let steps = [
        ("3", "PROD"),
        ("2", "staging"),
        ("1", "dev"),
        (keys::TAB, "staging"),
        (keys::TAB, "PROD"),
        (keys::TAB, "dev"),
        (back_tab, "PROD"),
        (right, "dev"),
        (right, "staging"),
        (left, "dev"),
        ("l", "staging"),
        ("h", "dev"),
    ];
    for (key, name) in steps {
        terminal.send(key);
        wait_for_detail(&terminal, name);
    }
}

#[test]
fn a_few_letters_find_an_environment_and_escape_goes_back() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let before = terminal.screen();
    terminal.send("/");
    terminal.wait_for("3 of 3");
    terminal.paste("stg");
    terminal.wait_for("1 of 3, and 1 critical");
    terminal.wait_for("▸2 staging");
    terminal.send(keys::ESCAPE);
    wait_for_picture(&terminal, &before);
    terminal.send("/");
    terminal.wait_for("3 of 3");
    terminal.paste("prod");
    terminal.wait_for("▸3 PROD");
    terminal.send(keys::ENTER);
    terminal.wait_while("Enter keep");
    terminal.wait_for("▸3 PROD");
    quit(terminal);
}

#[test]
fn the_worst_come_first_and_arrows_follow() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    for (key, told) in [
        (keys::TAB, "▸2 staging"),
        ("1", "▸1 dev"),
        ("s", "worst first"),
        (keys::TAB, "▸3 PROD"),
        (keys::TAB, "▸2 staging"),
    ] {
        terminal.send(key);
        terminal.wait_for(told);
    }
    quit(terminal);
}

#[test]
fn a_refresh_says_what_came_of_it() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    terminal.send("3");
    terminal.wait_for("▸3 PROD");
    terminal.send("r");
    let screen = terminal.wait_for("credits, read now");
    assert!(screen.contents().lines().last().is_some_and(|line| line.contains("PROD: ")), "{}", screen.contents());
    terminal.send("R");
    terminal.wait_for("3 read");
    quit(terminal);
}

#[test]
fn help_opens_and_closes() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    let before = terminal.screen();
    terminal.send("?");
    wait_for_help(&terminal);
    terminal.send(keys::ESCAPE);
    wait_for_picture(&terminal, &before);
}

#[test]
fn the_activity_tells_who_uses_a_key_for_what() {
    let home = Home::new();
    let terminal = Terminal::spawn(&home.demo(&["--read-only"]), 120, 40);
    wait_for_samples(&terminal);
    terminal.send("3");
    terminal.send("u");
    let screen = terminal.wait_until("the activity of prod", |screen| {
        let text = screen.contents();
        text.contains("PROD · activity, 7 days") && text.contains("/download-track")
    });
    let text = screen.contents();
    let (others, own) = text.split_once("this monitor").unwrap();
    assert!(others.contains("/search") && own.contains("/me") && own.contains("/usage"), "{text}");
    terminal.send("[");
    terminal.wait_until("a shorter range", |screen| screen.contents().contains("PROD · activity, 24 hours"));
    terminal.send("1");
    terminal.wait_until("another environment", |screen| screen.contents().contains("dev · activity, 24 hours"));
    terminal.send("u");
    wait_for_samples(&terminal);
    quit(terminal);
}

#[test]
fn every_size_is_survived_and_the_picture_comes_back() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    let before = terminal.screen();
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
    wait_for_picture(&terminal, &before);
    quit(terminal);
}

#[test]
fn control_l_paints_everything_anew_and_asks_the_terminal_nothing() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    let before = terminal.screen();
    let written = terminal.raw_output().len();
    terminal.send(keys::CONTROL_L);
    terminal.wait_for_output_beyond(written);
    wait_for_picture(&terminal, &before);
    let output = quit(terminal);
    let repainted = &output[written..];
    assert!(repainted.contains("staging") && repainted.contains("PROD"), "{repainted:?}");
    for question in ["\x1b[6n", "\x1b[c", "\x1b[?u"] {
        assert!(!output.contains(question), "{question:?}");
    }
}

#[test]
fn what_changes_nothing_has_nothing_drawn() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    let written = terminal.raw_output().len();
    // It does nothing; what the second draws comes first, then.
    terminal.send("~");
    terminal.send("?");
    wait_for_help(&terminal);
    let output = String::from_utf8(terminal.raw_output()).unwrap();
    assert_eq!(output[written..].matches(BEGIN_UPDATE).count(), 1);
}

#[test]
fn no_key_is_lost_beside_a_resize() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    terminal.signal(Signal::WINCH);
    terminal.send("?");
    wait_for_help(&terminal);
}

#[test]
fn another_terminal_in_the_place_of_this_one_gets_every_mode_and_the_whole_picture() {
    let home = Home::new();
    let terminal = demo(&home, 80, 24);
    let before = terminal.screen();
    let causes: [(&str, &dyn Fn()); 4] = [
        ("another size that is the same", &|| terminal.signal(Signal::WINCH)),
        // Without raw mode, keys arrive by the line.
        ("Ctrl-L", &|| terminal.send(&[keys::CONTROL_L, keys::ENTER].concat())),
        ("a stop and its end", &|| {
            terminal.signal(Signal::STOP);
            terminal.signal(Signal::CONT);
        }),
        ("the end of a stop that was none", &|| terminal.signal(Signal::CONT)),
    ];
    for (name, cause) in causes {
        terminal.replace();
        assert!(!terminal.screen().alternate_screen() && !terminal.is_raw());
        cause();
        let screen =
            terminal.wait_until(name, |screen| screen.alternate_screen() && picture(screen) == picture(&before));
        assert!(screen.hide_cursor() && screen.bracketed_paste(), "{name}");
        assert_eq!(screen.mouse_protocol_mode(), before.mouse_protocol_mode(), "{name}");
        assert!(terminal.is_raw(), "{name}");
    }
    quit(terminal);
}

#[test]
fn read_only_offers_and_opens_no_key_dialog() {
    let home = Home::new();
    let terminal = Terminal::spawn(&home.demo(&["--read-only"]), 120, 40);
    wait_for_samples(&terminal);
    // All but those that quit, suspend or take a query, show the wall, one environment alone, or the help, which tells
    // below that a key has had its effect.
    let printable = ('!'..='~').filter(|character| !"qw?/".contains(*character)).map(String::from);
    let control = ('\x01'..='\x1a').filter(|character| !"\x03\r\x1a".contains(*character)).map(String::from);
    let named = ["\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[2~", "\x1b[3~", "\x1b[5~"];
    let functions = ["\x1b[6~", "\x1b[Z", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[24~", "\x1ba", "\x1bA"];
    for key in printable.chain(control).chain(named.into_iter().chain(functions).map(str::to_owned)) {
        terminal.send(&key);
        terminal.send("?");
        wait_for_help(&terminal);
        terminal.send("?");
        let screen = wait_for_samples(&terminal);
        assert!(!screen.contents().contains("a add"), "offered after {key:?}");
    }
    let output = quit(terminal);
    for words in ["paste or type it", "takes the place of", "Enter try"] {
        assert!(!output.contains(words), "{words} was shown");
    }
}
