//! From the terminal's events to the screen's messages.

#[cfg(not(unix))]
mod console;
#[cfg(unix)]
mod decoder;
#[cfg(unix)]
mod sequences;
#[cfg(unix)]
mod tty;

use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::tui::keymap::{Chord, Key};
use crate::tui::message::{KeyPress, Message};

/// What follows an event within this time belongs to its burst: what has come already.
#[cfg(unix)]
const EVENT_GAP: Duration = Duration::ZERO;
/// The same for the input library, which does not tell in no time at all what it has read already.
#[cfg(not(unix))]
const EVENT_GAP: Duration = Duration::from_micros(50);
/// What follows several keys at once within this time belongs to their burst: an unmarked paste may come in pieces,
/// and nobody types so fast.
const BURST_GAP: Duration = Duration::from_millis(20);
/// A burst ends here, so that a key that is held down can't make one without end.
const BURST_MAX: usize = 4_096;
/// Bursts that may wait; whoever types more than the screen can follow waits as well.
const WAITING_MAX: usize = 16;

/// Starts to read the terminal, on a thread of its own, and hands its events on in bursts: all that is there at once.
/// The channel closes when the terminal goes away.
///
/// # Errors
/// Where there can be no thread, or no terminal to read.
pub fn listen() -> io::Result<mpsc::Receiver<io::Result<Vec<Event>>>> {
    #[cfg(unix)]
    let mut read_burst = {
        let mut tty = tty::Tty::new(super::terminal::device()?);
        move || tty.read_burst()
    };
    #[cfg(not(unix))]
    let mut read_burst = console::read_burst;
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let listen = move || {
        loop {
            let burst = read_burst();
            let is_last = burst.as_ref().is_ok_and(Vec::is_empty);
            let failed = burst.is_err();
            if is_last || sender.blocking_send(burst).is_err() || failed {
                return;
            }
        }
    };
    std::thread::Builder::new().name("input".to_owned()).spawn(listen)?;
    Ok(receiver)
}

/// How long more is waited for after these events; `None` where there are none yet.
fn gap(burst: &[Event]) -> Option<Duration> {
    let gap = if is_burst(burst) { BURST_GAP } else { EVENT_GAP };
    (!burst.is_empty()).then_some(gap)
}

/// The messages of one burst of events. Never log an event: it may be a part of a key.
#[must_use]
pub fn messages(events: Vec<Event>) -> Vec<Message> {
    let in_burst = is_burst(&events);
    events.into_iter().filter_map(|event| message(event, in_burst)).collect()
}

fn is_burst(events: &[Event]) -> bool {
    events.iter().filter(|event| matches!(event, Event::Key(key) if is_press(key))).count() > 1
}

fn message(event: Event, in_burst: bool) -> Option<Message> {
    match event {
        Event::Key(key) if is_press(&key) => chord(&key).map(|chord| Message::KeyPressed(KeyPress { chord, in_burst })),
        Event::Paste(text) => Some(Message::Pasted(Zeroizing::new(text))),
        Event::Resize(columns, rows) => Some(Message::Resized { columns, rows }),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Down(MouseButton::Left) => {
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
        KeyCode::Char(character) => Key::Character(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::Function(number),
        _ => return None,
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Chord { key, control, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn presses(events: Vec<Event>) -> Vec<(Chord, bool)> {
        let presses = messages(events).into_iter().filter_map(|message| match message {
            Message::KeyPressed(press) => Some((press.chord, press.in_burst)),
            _ => None,
        });
        presses.collect()
    }

    #[test]
    fn modifiers_are_kept_and_shift_is_part_of_the_character() {
        let events = |code, modifiers| presses(vec![press(code, modifiers)]);
        assert_eq!(events(KeyCode::Char('c'), KeyModifiers::CONTROL), [(Chord::control('c'), false)]);
        let shifted = Chord::plain(Key::Character('R'));
        assert_eq!(events(KeyCode::Char('R'), KeyModifiers::SHIFT), [(shifted, false)]);
    }

    #[test]
    fn keys_that_come_together_are_a_burst_and_releases_are_no_presses() {
        let mut release = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        let one = vec![press(KeyCode::Char('a'), KeyModifiers::NONE), Event::Key(release)];
        assert_eq!(presses(one), [(Chord::plain(Key::Character('a')), false)]);
        let two = vec![press(KeyCode::Char('a'), KeyModifiers::NONE), press(KeyCode::Enter, KeyModifiers::NONE)];
        assert!(presses(two).iter().all(|(_, in_burst)| *in_burst));
    }
}
