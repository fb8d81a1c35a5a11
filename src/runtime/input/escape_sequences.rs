//! Meaning of complete escape sequences. An unknown one, such as a reply, means nothing.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// ESC O, `text` and the byte `last` that ends it. With a text it is written like a control sequence; without, the
/// small letters are arrows with Ctrl.
pub(super) fn shifted(text: &[u8], last: u8) -> Option<Event> {
    if !text.is_empty() {
        return control(text, last);
    }
    let (code, modifiers) = match last {
        b'M' => (KeyCode::Enter, KeyModifiers::NONE),
        b'a'..=b'd' => (letter(last.to_ascii_uppercase())?, KeyModifiers::CONTROL),
        _ => (letter(last).or_else(|| function(last))?, KeyModifiers::NONE),
    };
    Some(pressed(code, modifiers))
}

/// ESC [ [ and a byte: the function keys of the Linux console.
pub(super) fn console_key(byte: u8) -> Option<Event> {
    let number = byte.checked_sub(b'A').filter(|number| *number < 5)?;
    Some(pressed(KeyCode::F(number + 1), KeyModifiers::NONE))
}

/// ESC [ M and three bytes: a button of the mouse, and where, each 32 higher than its number.
pub(super) fn click(button: u8, column: u8, row: u8) -> Option<Event> {
    let number = |byte: u8| byte.checked_sub(b' ').map(u16::from);
    mouse(number(button)?, number(column)?, number(row)?)
}

/// ESC [, `text` and the byte `last` that ends it.
pub(super) fn control(text: &[u8], last: u8) -> Option<Event> {
    let text = std::str::from_utf8(text).ok()?;
    if let Some(report) = text.strip_prefix('<') {
        // A small letter reports that a button was released.
        return if last == b'M' { report_of_mouse(report, 0) } else { None };
    }
    if last == b'M' {
        return report_of_mouse(text, 32);
    }
    let numbers = KeyParameters::parse(text)?;
    // These end a key of rxvt.
    let held = match last {
        b'^' => KeyModifiers::CONTROL,
        b'$' | b'a'..=b'd' => KeyModifiers::SHIFT,
        b'@' => KeyModifiers::CONTROL | KeyModifiers::SHIFT,
        _ => KeyModifiers::NONE,
    };
    let code = match last {
        b'~' | b'^' | b'$' | b'@' => numbered(numbers.first)?,
        b'a'..=b'd' if text.is_empty() => letter(last.to_ascii_uppercase())?,
        b'u' => character(numbers.first)?,
        b'Z' => KeyCode::BackTab,
        _ if numbers.first > 1 => return None,
        // With numbers, R is the answer where the cursor is.
        b'R' => return None,
        _ => letter(last).or_else(|| function(last))?,
    };
    (!numbers.is_release).then(|| pressed(code, numbers.modifiers | held))
}

/// The numbers of a key: which, and what was held down with it.
struct KeyParameters {
    first: u16,
    modifiers: KeyModifiers,
    is_release: bool,
}

impl KeyParameters {
    /// `None` for what is not written as keys are.
    fn parse(text: &str) -> Option<Self> {
        const RELEASE: u16 = 3;
        /// Super, Hyper and Meta, with which no key means anything here.
        const FOREIGN: u16 = 8 | 16 | 32;
        let mut fields = text.split(';').map(|field| field.split(':').map(number));
        let first = fields.next()?.next()??;
        let mut held = fields.next().into_iter().flatten();
        let mask = held.next().unwrap_or(Some(1))?.max(1) - 1;
        let is_release = held.next().is_some_and(|kind| kind == Some(RELEASE));
        let is_key = fields.next().is_none();
        let modifiers = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
        let modifiers = modifiers.into_iter().filter(|(bit, _)| mask & bit != 0).map(|(_, modifier)| modifier);
        (is_key && mask & FOREIGN == 0).then(|| Self { first, modifiers: modifiers.collect(), is_release })
    }
}

/// A number that may be left out, which is 0 then.
fn number(text: &str) -> Option<u16> {
    if text.is_empty() { Some(0) } else { text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())? }
}

fn letter(byte: u8) -> Option<KeyCode> {
    let code = match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    };
    Some(code)
}

fn function(byte: u8) -> Option<KeyCode> {
    byte.checked_sub(b'P').filter(|number| *number < 4).map(|number| KeyCode::F(number + 1))
}

fn numbered(number: u16) -> Option<KeyCode> {
    let function = |base: u16| u8::try_from(number - base).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28 | 29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

fn character(code: u16) -> Option<KeyCode> {
    match code {
        9 => Some(KeyCode::Tab),
        13 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        127 => Some(KeyCode::Backspace),
        // Keys without a character, such as those that are held down.
        0xe000..=0xf8ff => None,
        _ => char::from_u32(code.into()).filter(|character| !character.is_control()).map(KeyCode::Char),
    }
}

/// The button, less `base`, the column and the row.
fn report_of_mouse(text: &str, base: u16) -> Option<Event> {
    let mut numbers = text.split(';').map(number);
    let mut next = || numbers.next().flatten();
    let (button, column, row) = (next()?.checked_sub(base)?, next()?, next()?);
    if numbers.next().is_some() { None } else { mouse(button, column, row) }
}

/// A button of the mouse that was pressed, or the wheel. Columns and rows begin with 1. Moves mean nothing here.
fn mouse(button: u16, column: u16, row: u16) -> Option<Event> {
    const MODIFIERS: u16 = 0b0001_1100;
    let kind = match button & !MODIFIERS {
        0 => MouseEventKind::Down(MouseButton::Left),
        1 => MouseEventKind::Down(MouseButton::Middle),
        2 => MouseEventKind::Down(MouseButton::Right),
        64 => MouseEventKind::ScrollUp,
        65 => MouseEventKind::ScrollDown,
        _ => return None,
    };
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, last: u8) -> Option<(KeyCode, KeyModifiers)> {
        match control(text.as_bytes(), last)? {
            Event::Key(key) => Some((key.code, key.modifiers)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_known_with_what_is_held_down() {
        let none = KeyModifiers::NONE;
        assert_eq!(key("", b'A'), Some((KeyCode::Up, none)));
        assert_eq!(key("1;5", b'C'), Some((KeyCode::Right, KeyModifiers::CONTROL)));
        assert_eq!(key("1;4", b'H'), Some((KeyCode::Home, KeyModifiers::SHIFT | KeyModifiers::ALT)));
        assert_eq!(key("", b'Z'), Some((KeyCode::BackTab, none)));
        assert_eq!(key("3", b'~'), Some((KeyCode::Delete, none)));
        assert_eq!(key("6;3", b'~'), Some((KeyCode::PageDown, KeyModifiers::ALT)));
        assert_eq!(key("15", b'~'), Some((KeyCode::F(5), none)));
        assert_eq!(key("24", b'~'), Some((KeyCode::F(12), none)));
        assert_eq!(key("114;5", b'u'), Some((KeyCode::Char('r'), KeyModifiers::CONTROL)));
        assert_eq!(key("114;5:3", b'u'), None, "let go");
        assert_eq!(shifted(b"", b'P'), Some(pressed(KeyCode::F(1), none)));
        assert_eq!(shifted(b"1;2", b'P'), Some(pressed(KeyCode::F(1), KeyModifiers::SHIFT)));
        assert_eq!(shifted(b"", b'b'), Some(pressed(KeyCode::Down, KeyModifiers::CONTROL)));
        assert_eq!(key("", b'd'), Some((KeyCode::Left, KeyModifiers::SHIFT)));
        assert_eq!(key("5", b'^'), Some((KeyCode::PageUp, KeyModifiers::CONTROL)));
        assert_eq!(key("3", b'$'), Some((KeyCode::Delete, KeyModifiers::SHIFT)));
        assert_eq!(key("113;9", b'u'), None, "with Super");
        assert_eq!(key("57441", b'u'), None, "Shift alone");
        assert_eq!(console_key(b'E'), Some(pressed(KeyCode::F(5), none)));
    }

    #[test]
    fn the_mouse_is_understood_in_all_forms_and_only_what_was_pressed() {
        let left = |column, row| {
            let kind = MouseEventKind::Down(MouseButton::Left);
            Some(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
        };
        assert_eq!(control(b"<0;12;3", b'M'), left(11, 2));
        assert_eq!(control(b"32;12;3", b'M'), left(11, 2));
        assert_eq!(click(b' ', b' ' + 12, b' ' + 3), left(11, 2));
        for (text, last) in [("<0;12;3", b'm'), ("<35;12;3", b'M'), ("<32;1;1", b'M'), ("<0;0;1", b'M'), ("<0;1", b'M')]
        {
            assert_eq!(control(text.as_bytes(), last), None, "{text}");
        }
    }

    #[test]
    fn what_a_terminal_answers_is_no_key() {
        let answers = [
            ("24;80", b'R'),
            ("?62;22", b'c'),
            (">41;354;0", b'c'),
            ("0", b'n'),
            ("?2026;2$", b'y'),
            ("8;24;80", b't'),
            ("?0", b'u'),
            ("", b'I'),
            ("", b'O'),
            ("201", b'~'),
            ("65536", b'~'),
        ];
        for (text, last) in answers {
            assert_eq!(control(text.as_bytes(), last), None, "{text}{}", char::from(last));
        }
    }
}
