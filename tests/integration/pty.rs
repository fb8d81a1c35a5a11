//! The dashboard in a real terminal: what it shows, what keys do, and how it leaves.

mod acknowledging;
mod appearance;
mod helpers;
mod history;
mod keys;
mod leaving;
mod looking;
mod mouse;
mod pasting;
mod sizes;
mod stalled;
mod streams;
mod surroundings;
mod themes;
mod wall;
mod zoom;

use std::time::Duration;

use crate::support::product::Home;
use crate::support::terminal::{Terminal, exited, keys as support_keys};
use vt100::Screen;

/// Far more than the second or so that leaving takes.
const LEAVE: Duration = Duration::from_mins(1);
const NOTHING: [&str; 0] = [];

/// The demonstration on a terminal of this size, once it has shown its first samples.
fn demo(home: &Home, columns: u16, rows: u16) -> Terminal {
    let terminal = Terminal::spawn(&home.demo(&[]), columns, rows);
    wait_for_samples(&terminal);
    // They come a moment later: then nothing is unknown any more.
    terminal.wait_until("the forecasts", |screen| {
        let text = screen.contents();
        !text.contains(" – ") && !text.contains('╌') && !text.contains("no samples")
    });
    terminal
}

/// The key ages of all three environments of the demonstration; they come from samples of this run alone.
fn wait_for_samples(terminal: &Terminal) -> Screen {
    terminal.wait_until("three environments and their samples", |screen| {
        let text = screen.contents();
        let is_whole = ["dev", "staging", "PROD", "help"].iter().all(|words| text.contains(words));
        is_whole && text.matches("of 90").count() >= 3
    })
}

/// The text of a screen as a person sees it, without the blanks at the end of lines.
fn picture(screen: &Screen) -> Vec<String> {
    screen.contents().lines().map(|line| line.trim_end().to_owned()).collect()
}

fn wait_for_picture(terminal: &Terminal, before: &Screen) -> Screen {
    terminal.wait_until("the picture as before", |screen| picture(screen) == picture(before))
}

fn quit(mut terminal: Terminal) -> String {
    terminal.send(support_keys::CONTROL_C);
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
    String::from_utf8_lossy(&terminal.raw_output()).into_owned()
}
