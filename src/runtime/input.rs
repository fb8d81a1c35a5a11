//! From the terminal's events to the screen's messages.

#[cfg(not(unix))]
mod console;
mod decoder;
mod escape_sequences;
mod keyboard;
mod paste_detector;
#[cfg(unix)]
mod tty;

use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::tui::keymap::{Chord, ChordKey};
use crate::tui::message::{KeyPress, Message};

pub use keyboard::Keyboard;
pub use paste_detector::InputEvent;

/// The most that is handed on together, so that a key that is held down can't keep the screen from being drawn.
const BATCH_MAX: usize = 4_096;
/// How often something may wait to be taken; whoever types more than the screen can follow waits as well.
const WAITING_MAX: usize = 16;

/// Starts to read the terminal, on a thread of its own, and hands on together what comes together. The channel closes
/// when the terminal goes away.
///
/// # Errors
/// Where there can be no thread, or no terminal to read.
pub fn listen() -> io::Result<mpsc::Receiver<io::Result<Vec<InputEvent>>>> {
    #[cfg(unix)]
    let mut terminal = tty::Tty::new(super::terminal::device()?);
    #[cfg(not(unix))]
    let mut terminal = console::Console::new();
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let listen = move || {
        loop {
            let arrivals = terminal.read();
            let is_last = arrivals.as_ref().is_ok_and(Vec::is_empty);
            let failed = arrivals.is_err();
            if is_last || sender.blocking_send(arrivals).is_err() || failed {
                return;
            }
        }
    };
    std::thread::Builder::new().name("input".to_owned()).spawn(listen)?;
    Ok(receiver)
}

/// When that came which is read at `now`, by a reader that waited for it until `deadline`: before that, however late the
/// reader was woken. What the system holds up is no pause of the person who types.
fn came(now: Duration, deadline: Option<Duration>) -> Duration {
    deadline.map_or(now, |deadline| now.min(deadline.saturating_sub(Duration::from_nanos(1))))
}

/// What arrived as messages. Never log an event: it may be a part of a key.
#[must_use]
pub fn messages(arrivals: Vec<InputEvent>) -> Vec<Message> {
    arrivals.into_iter().filter_map(message).collect()
}

fn message(InputEvent { event, in_burst }: InputEvent) -> Option<Message> {
    match event {
        Event::Key(key) if is_press(&key) => chord(&key).map(|chord| Message::KeyPressed(KeyPress { chord, in_burst })),
        Event::Paste(text) => Some(Message::Pasted(Zeroizing::new(text))),
        Event::Resize(columns, rows) => Some(Message::Resized { columns, rows }),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Down(MouseButton::Left) && !in_burst => {
            Some(Message::Clicked { column: mouse.column, row: mouse.row })
        }
        _ => None,
    }
}

fn is_press(key: &KeyEvent) -> bool {
    key.kind != KeyEventKind::Release
}

fn chord(event: &KeyEvent) -> Option<Chord> {
    let key = match event.code {
        KeyCode::Char(character) => ChordKey::Character(character),
        KeyCode::Enter => ChordKey::Enter,
        KeyCode::Esc => ChordKey::Escape,
        KeyCode::Tab => ChordKey::Tab,
        KeyCode::BackTab => ChordKey::BackTab,
        KeyCode::Backspace => ChordKey::Backspace,
        KeyCode::Delete => ChordKey::Delete,
        KeyCode::Left => ChordKey::Left,
        KeyCode::Right => ChordKey::Right,
        KeyCode::Up => ChordKey::Up,
        KeyCode::Down => ChordKey::Down,
        KeyCode::Home => ChordKey::Home,
        KeyCode::End => ChordKey::End,
        KeyCode::PageUp => ChordKey::PageUp,
        KeyCode::PageDown => ChordKey::PageDown,
        KeyCode::F(number) => ChordKey::Function(number),
        _ => return None,
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Chord { key, control, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chords(events: &[KeyEvent], in_burst: bool) -> Vec<(Chord, bool)> {
        let arrivals = events.iter().map(|key| InputEvent { event: Event::Key(*key), in_burst }).collect();
        let presses = messages(arrivals).into_iter().filter_map(|message| match message {
            Message::KeyPressed(press) => Some((press.chord, press.in_burst)),
            _ => None,
        });
        presses.collect()
    }

    #[test]
    fn modifiers_are_kept_and_shift_is_part_of_the_character() {
        let chord = |code, modifiers| chords(&[KeyEvent::new(code, modifiers)], false);
        assert_eq!(chord(KeyCode::Char('c'), KeyModifiers::CONTROL), [(Chord::control('c'), false)]);
        let shifted = Chord::plain(ChordKey::Character('R'));
        assert_eq!(chord(KeyCode::Char('R'), KeyModifiers::SHIFT), [(shifted, false)]);
    }

    #[test]
    fn a_reader_that_is_woken_late_takes_no_paste_for_typing() {
        let (mut keyboard, mut arrivals, mut now) = (Keyboard::default(), Vec::new(), Duration::ZERO);
        for byte in b"quit" {
            keyboard.feed(&[*byte], came(now, keyboard.deadline()), &mut arrivals);
            now += Duration::from_secs(9);
        }
        keyboard.expire(now, &mut arrivals);
        assert!(arrivals.len() == 4 && arrivals.iter().all(|arrival| arrival.in_burst), "{arrivals:?}");
    }

    #[test]
    fn releases_are_no_presses_and_a_burst_is_told() {
        let press = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        let release = KeyEvent { kind: KeyEventKind::Release, ..press };
        assert_eq!(chords(&[press, release], true), [(Chord::plain(ChordKey::Character('a')), true)]);
    }
}
