//! From the terminal's events to the screen's messages.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use zeroize::Zeroizing;

use crate::tui::keymap::{Chord, Key};
use crate::tui::message::{KeyPress, Message};

/// The messages of one burst of events. Never log an event: it may be a part of a key.
#[must_use]
pub fn messages(events: Vec<Event>) -> Vec<Message> {
    let in_burst = events.iter().filter(|event| matches!(event, Event::Key(key) if is_press(key))).count() > 1;
    events.into_iter().filter_map(|event| message(event, in_burst)).collect()
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
