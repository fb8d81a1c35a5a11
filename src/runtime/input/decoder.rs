//! Bytes of a terminal as events: what was typed, clicked and pasted. Pure: the time is given.
//!
//! What the terminal says of itself (answers to questions, reports of the focus) is no event. Nothing that begins and
//! does not end keeps the keyboard: a pause ends it, and so does Ctrl-C.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::sequences;

/// An Escape that nothing follows within this time was typed; within it, it begins a sequence.
pub(super) const ESCAPE_LIMIT: Duration = Duration::from_millis(40);
/// A sequence or a paste that nothing follows within this time is over.
pub(super) const SILENCE_LIMIT: Duration = Duration::from_secs(1);
/// The longest paste, in bytes, far more than any key has; the rest of a longer one is dropped.
pub(super) const PASTE_MAX: usize = 64 * 1024;
/// The longest sequence that means anything, in bytes.
const SEQUENCE_MAX: usize = 64;

const ESCAPE: u8 = 0x1b;
const INTERRUPT: u8 = 0x03;
const PASTE_BEGIN: &[u8] = b"200";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Decoder of the bytes of one terminal.
#[derive(Default)]
pub(super) struct Decoder {
    state: State,
    /// When the last bytes came, on the clock of the caller.
    last: Duration,
}

/// What was begun and has not ended yet.
#[derive(Default)]
enum State {
    #[default]
    Ground,
    /// A character in UTF-8.
    Character { bytes: Vec<u8>, alt: bool },
    /// ESC.
    Escape,
    /// ESC O.
    SingleShift,
    /// ESC [, and what follows up to its last byte.
    Control(Vec<u8>),
    /// ESC [ [.
    ConsoleKey,
    /// ESC [ M, and the bytes of a click.
    Click(Vec<u8>),
    /// A string that a terminal answers with (OSC, DCS, …).
    Answer { introducer: u8, is_empty: bool, escaped: bool },
    /// ESC [ 200 ~.
    Paste(Paste),
}

#[derive(Default)]
struct Paste {
    text: Vec<u8>,
    /// How much of its end has come.
    ending: usize,
    /// Whether the newest byte is that of Ctrl-C.
    interrupted: bool,
}

impl Paste {
    /// Takes a byte, and tells whether it was the last.
    fn push(&mut self, byte: u8) -> bool {
        self.interrupted = byte == INTERRUPT;
        if byte == PASTE_END[self.ending] {
            self.ending += 1;
            return self.ending == PASTE_END.len();
        }
        self.keep(&PASTE_END[..self.ending]);
        self.ending = usize::from(byte == ESCAPE);
        if self.ending == 0 {
            self.keep(&[byte]);
        }
        false
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = PASTE_MAX - self.text.len();
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn event(self) -> Event {
        let text = String::from_utf8(self.text);
        Event::Paste(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

impl Decoder {
    /// Until when bytes must follow; `None` where nothing was begun.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let limit = match &self.state {
            State::Ground => return None,
            State::Escape | State::Answer { is_empty: true, .. } | State::Answer { escaped: true, .. } => ESCAPE_LIMIT,
            State::Paste(paste) if paste.interrupted => ESCAPE_LIMIT,
            _ => SILENCE_LIMIT,
        };
        Some(self.last + limit)
    }

    /// Takes bytes that came at `now`.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Duration, events: &mut Vec<Event>) {
        self.expire(now, events);
        let mut pause = now.saturating_sub(self.last);
        for byte in bytes {
            self.step(*byte, pause, events);
            pause = Duration::ZERO;
        }
        self.last = now;
    }

    /// Ends what was begun, if too much time has passed.
    pub(super) fn expire(&mut self, now: Duration, events: &mut Vec<Event>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        let event = match std::mem::take(&mut self.state) {
            State::Escape | State::Answer { escaped: true, .. } => key(KeyCode::Esc, false),
            State::Answer { introducer, is_empty: true, .. } => key(KeyCode::Char(char::from(introducer)), true),
            State::SingleShift => key(KeyCode::Char('O'), true),
            State::Control(text) if text.is_empty() => key(KeyCode::Char('['), true),
            State::Paste(Paste { interrupted: true, .. }) => interrupt(),
            State::Paste(paste) => paste.event(),
            _ => return,
        };
        events.push(event);
    }

    /// Takes one byte that came `pause` after the one before.
    fn step(&mut self, byte: u8, pause: Duration, events: &mut Vec<Event>) {
        match std::mem::take(&mut self.state) {
            State::Character { bytes, alt } if byte & 0xc0 == 0x80 => self.character(bytes, byte, alt, events),
            State::Ground | State::Character { .. } => self.begin(byte, false, events),
            State::Paste(_) if byte == INTERRUPT && pause >= ESCAPE_LIMIT => events.push(interrupt()),
            State::Paste(mut paste) => {
                if paste.push(byte) {
                    events.push(paste.event());
                } else {
                    self.state = State::Paste(paste);
                }
            }
            State::Answer { escaped: true, .. } if byte == b'\\' => {}
            State::Escape | State::Answer { escaped: true, .. } => self.escaped(byte, events),
            State::Answer { introducer, .. } => match byte {
                // BEL, CAN and SUB end it too.
                0x07 | 0x18 | 0x1a => {}
                INTERRUPT => events.push(interrupt()),
                _ => self.state = State::Answer { introducer, is_empty: false, escaped: byte == ESCAPE },
            },
            // No other sequence has a control character or one beyond ASCII in it.
            State::SingleShift | State::Control(_) | State::ConsoleKey if !matches!(byte, b' '..=b'~') => {
                self.begin(byte, false, events);
            }
            State::Click(_) if byte < b' ' => self.begin(byte, false, events),
            State::SingleShift => events.extend(sequences::shifted(byte)),
            State::ConsoleKey => events.extend(sequences::console_key(byte)),
            State::Control(text) => self.control(text, byte, events),
            State::Click(mut bytes) => {
                bytes.push(byte);
                match *bytes {
                    [button, column, row] => events.extend(sequences::click(button, column, row)),
                    _ => self.state = State::Click(bytes),
                }
            }
        }
    }

    fn begin(&mut self, byte: u8, alt: bool, events: &mut Vec<Event>) {
        let code = match byte {
            ESCAPE => return self.state = State::Escape,
            b'\r' => KeyCode::Enter,
            b'\t' => KeyCode::Tab,
            0x7f => KeyCode::Backspace,
            0 => return events.push(control(' ', alt)),
            0x01..=0x1a => return events.push(control(char::from(byte - 1 + b'a'), alt)),
            0x1c..=0x1f => return events.push(control(char::from(byte - 0x1c + b'4'), alt)),
            b' '..=b'~' => KeyCode::Char(char::from(byte)),
            _ => return self.character(Vec::new(), byte, alt, events),
        };
        events.push(key(code, alt));
    }

    /// What follows an Escape.
    fn escaped(&mut self, byte: u8, events: &mut Vec<Event>) {
        match byte {
            ESCAPE => {
                events.push(key(KeyCode::Esc, false));
                self.state = State::Escape;
            }
            b'[' => self.state = State::Control(Vec::new()),
            b'O' => self.state = State::SingleShift,
            b']' | b'P' | b'X' | b'^' | b'_' => {
                self.state = State::Answer { introducer: byte, is_empty: true, escaped: false };
            }
            _ => self.begin(byte, true, events),
        }
    }

    /// The next byte of a character beyond ASCII. What is none is dropped.
    fn character(&mut self, mut bytes: Vec<u8>, byte: u8, alt: bool, events: &mut Vec<Event>) {
        bytes.push(byte);
        match std::str::from_utf8(&bytes) {
            Ok(text) => events.extend(text.chars().map(|character| key(KeyCode::Char(character), alt))),
            Err(error) if error.error_len().is_none() => self.state = State::Character { bytes, alt },
            Err(_) => {}
        }
    }

    fn control(&mut self, mut text: Vec<u8>, byte: u8, events: &mut Vec<Event>) {
        match byte {
            b'[' if text.is_empty() => self.state = State::ConsoleKey,
            b'M' if text.is_empty() => self.state = State::Click(Vec::new()),
            b'~' if text == PASTE_BEGIN => self.state = State::Paste(Paste::default()),
            b'@'..=b'~' => events.extend(sequences::control(&text, byte)),
            _ => {
                // What is longer than any that means something is read to its end all the same.
                if text.len() < SEQUENCE_MAX {
                    text.push(byte);
                }
                self.state = State::Control(text);
            }
        }
    }
}

fn key(code: KeyCode, alt: bool) -> Event {
    Event::Key(KeyEvent::new(code, if alt { KeyModifiers::ALT } else { KeyModifiers::NONE }))
}

fn control(character: char, alt: bool) -> Event {
    let alt = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
    Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL | alt))
}

fn interrupt() -> Event {
    control('c', false)
}

#[cfg(test)]
mod tests;
