//! The bell and the sequences of a terminal, between two frames.

use ratatui::widgets::Paragraph;
use trackyard_tui::domain::sink::{SinkSettings, TerminalForm};
use trackyard_tui::runtime::terminal::TerminalGuard;
use trackyard_tui::services::history::History;

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::sinks::{LONG, limited, notification};
use crate::support::terminal::{Terminal, exited};

pub const TESTS: &[Test] = tests![the_terminal_gets_its_bytes_and_the_picture_is_unharmed,];

const FORM: &str = "ALERTS_TEST_FORM";
const BELL_OF_OSC_9: &str = "\x1b]9;Trackyard prod (Main & Co): warning: the key is valid, but this call is forbidden (403): Few credits, act\x07\x07";
const BELL_OF_OSC_777: &str = "\x1b]777;notify;Trackyard prod (Main & Co);warning: the key is valid, but this call is forbidden (403): Few credits, act\x07\x07";

/// Announces a notification between two frames.
pub fn play() {
    let form = std::env::var(FORM).unwrap();
    let terminal = Some(if form == "osc9" { TerminalForm::Osc9 } else { TerminalForm::Osc777 });
    let sinks = SinkSettings { bell: true, terminal, ..SinkSettings::default() };
    let notifier = limited(sinks, History::in_memory(), LONG);
    let mut guard = TerminalGuard::take().unwrap();
    draw(&mut guard, "one two three\nfour");
    guard.announce(&notifier.announcement(&notification("Few credits; act.")));
    // What has changed is painted alone, so that a cursor or colour that was moved would show.
    draw(&mut guard, "one 222 three\nfour");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// Draws as soon as the terminal takes it.
fn draw(guard: &mut TerminalGuard, text: &str) {
    while !guard.draw(|frame| frame.render_widget(Paragraph::new(text), frame.area())).unwrap() {
        std::thread::yield_now();
    }
}

fn the_terminal_gets_its_bytes_and_the_picture_is_unharmed() {
    for (form, sequence) in [("osc9", BELL_OF_OSC_9), ("osc777", BELL_OF_OSC_777)] {
        let mut program = playing("terminal");
        program.env(FORM, form);
        let mut terminal = Terminal::spawn(&program, 40, 5);
        let screen = terminal.wait_for("one 222 three");
        assert_eq!(screen.contents().trim_end(), "one 222 three\nfour");
        assert!(screen.alternate_screen() && screen.hide_cursor());
        let output = String::from_utf8(terminal.raw_output()).unwrap();
        let (before, after) = output.split_once(sequence).expect("the sequence arrives whole");
        assert!(before.contains("two") && before.ends_with("\x1b[?2026l"), "between two frames: {before:?}");
        assert!(after.starts_with("\x1b[?2026h") && after.contains("222"), "{after:?}");
        terminal.send("\n");
        assert_eq!(terminal.wait_exit(LONG), exited(0));
    }
}
