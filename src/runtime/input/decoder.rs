//! Decoder from the bytes of a terminal to events: keys, clicks and pastes. Pure: the time is given.
//!
//! Replies of the terminal itself (answers to queries, reports of the focus) are no events, though the one that tells its
//! background is kept, and neither are unfinished sequences; so Alt with one of the characters that begin a sequence means nothing. No unfinished sequence holds the
//! keyboard: a pause ends it, and so does Ctrl-C.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::{background_reply, escape_sequences};
use crate::tui::theme::Rgb;

/// Pause after which an Escape counts as typed; within it, it begins a sequence.
pub(super) const ESCAPE_LIMIT: Duration = Duration::from_millis(50);
/// Pause after which a sequence or a paste is over.
pub(super) const SILENCE_LIMIT: Duration = Duration::from_secs(1);
/// The longest paste, in bytes, far more than any key has; the rest of a longer one is dropped.
pub(super) const PASTE_MAX: usize = 64 * 1024;
/// The longest sequence that means anything, in bytes.
const SEQUENCE_MAX: usize = 64;

const ESCAPE: u8 = 0x1b;
const INTERRUPT: u8 = 0x03;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;
/// The string terminator of ECMA-48 in one byte.
const STRING_TERMINATOR: u8 = 0x9c;
/// The first byte of the control characters U+0080 to U+009F in UTF-8; the second is their number.
const C1_LEAD: u8 = 0xc2;
const PASTE_BEGIN: &[u8] = b"200";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Decoder of the bytes of one terminal.
#[derive(Default)]
pub(super) struct Decoder {
    state: DecoderState,
    /// Arrival of the last bytes, on the clock of the caller.
    last: Duration,
    /// Background that the terminal told, until it is taken.
    background: Option<Rgb>,
}

/// Unfinished sequence.
#[derive(Default)]
enum DecoderState {
    #[default]
    Ground,
    /// A character in UTF-8.
    Character { bytes: Vec<u8>, alt: bool },
    /// ESC; twice, as some terminals send Alt.
    Escape { twice: bool },
    /// ESC O, and what follows up to its last byte.
    SingleShift(EscapeSequence),
    /// ESC [, and what follows up to its last byte.
    Control(EscapeSequence),
    /// ESC [ [.
    ConsoleKey,
    /// ESC [ M, and the bytes of a click.
    Click(Vec<u8>),
    /// A string that a terminal answers with (OSC, DCS, SOS, PM or APC).
    Answer(TerminalReply),
    /// ESC [ 200 ~.
    Paste(Paste),
}

/// The beginning of a sequence.
#[derive(Default)]
struct EscapeSequence {
    text: Vec<u8>,
    alt: bool,
}

/// The beginning of a string that ends with ST, or if it is an operating system command, with BEL too.
struct TerminalReply {
    is_command: bool,
    is_empty: bool,
    /// Beginning of a command of the system.
    text: Vec<u8>,
    /// The newest byte.
    last: u8,
    /// The bytes that the character in it still has, in UTF-8: none of them is the end.
    rest: u8,
}

impl TerminalReply {
    fn new(is_command: bool) -> Self {
        Self { is_command, is_empty: true, text: Vec::new(), last: 0, rest: 0 }
    }

    fn is_escaped(&self) -> bool {
        self.last == ESCAPE
    }

    /// Takes a byte; `true` where it ends the string. CAN and SUB end it too.
    fn push(&mut self, byte: u8) -> bool {
        let is_inside = self.rest > 0 && byte & 0xc0 == 0x80;
        let is_terminator = byte == STRING_TERMINATOR && (!is_inside || self.last == C1_LEAD);
        self.rest = match byte {
            _ if is_inside => self.rest - 1,
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => 0,
        };
        (self.last, self.is_empty) = (byte, false);
        if self.is_command && self.text.len() < SEQUENCE_MAX && matches!(byte, b' '..=b'~') {
            self.text.push(byte);
        }
        is_terminator || matches!(byte, CANCEL | SUBSTITUTE) || byte == 0x07 && self.is_command
    }
}

#[derive(Default)]
struct Paste {
    text: Vec<u8>,
    /// Number of bytes of its end that have come.
    ending: usize,
    /// True when the newest byte is that of Ctrl-C.
    interrupted: bool,
}

impl Paste {
    /// Takes a byte; `true` where it was the last.
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
    /// End of the wait for more bytes; `None` where nothing was begun.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let limit = match &self.state {
            DecoderState::Ground => return None,
            DecoderState::Escape { .. } | DecoderState::Answer(TerminalReply { is_empty: true, .. }) => ESCAPE_LIMIT,
            DecoderState::Paste(paste) if paste.interrupted => ESCAPE_LIMIT,
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
        match std::mem::take(&mut self.state) {
            DecoderState::Escape { twice } => events.extend((0..=usize::from(twice)).map(|_| key(KeyCode::Esc, false))),
            DecoderState::Paste(Paste { interrupted: true, .. }) => events.push(interrupt()),
            DecoderState::Paste(paste) => events.push(paste.event()),
            _ => {}
        }
    }

    /// Background that the terminal has told since this was asked last.
    pub(super) fn take_background(&mut self) -> Option<Rgb> {
        self.background.take()
    }

    /// Number of bytes kept of an unfinished sequence.
    pub(super) fn kept(&self) -> usize {
        match &self.state {
            DecoderState::Character { bytes, .. } | DecoderState::Click(bytes) => bytes.len(),
            DecoderState::SingleShift(sequence) | DecoderState::Control(sequence) => sequence.text.len(),
            DecoderState::Paste(paste) => paste.text.len(),
            DecoderState::Answer(answer) => answer.text.len(),
            _ => 0,
        }
    }

    /// Takes one byte that came `pause` after the one before.
    fn step(&mut self, byte: u8, pause: Duration, events: &mut Vec<Event>) {
        match std::mem::take(&mut self.state) {
            DecoderState::Character { bytes, alt } if byte & 0xc0 == 0x80 => self.character(bytes, byte, alt, events),
            DecoderState::Ground | DecoderState::Character { .. } => self.begin(byte, false, events),
            DecoderState::Paste(_) if byte == INTERRUPT && pause >= ESCAPE_LIMIT => events.push(interrupt()),
            DecoderState::Paste(mut paste) => {
                if paste.push(byte) {
                    events.push(paste.event());
                } else {
                    self.state = DecoderState::Paste(paste);
                }
            }
            DecoderState::Escape { twice } => self.escaped(byte, twice, events),
            DecoderState::Answer(answer) if answer.is_escaped() => match byte {
                b'\\' => self.answered(&answer),
                // The answer ends without its terminator, or by an Escape that was typed.
                _ if byte == ESCAPE || pause >= ESCAPE_LIMIT => self.begin(byte, false, events),
                _ => self.escaped(byte, false, events),
            },
            DecoderState::Answer(_) if byte == INTERRUPT => events.push(interrupt()),
            DecoderState::Answer(mut answer) => {
                if !answer.push(byte) {
                    self.state = DecoderState::Answer(answer);
                } else if !matches!(byte, CANCEL | SUBSTITUTE) {
                    self.answered(&answer);
                }
            }
            // No other sequence has a control character or one beyond ASCII in it.
            DecoderState::SingleShift(_) | DecoderState::Control(_) | DecoderState::ConsoleKey
                if !matches!(byte, b' '..=b'~') =>
            {
                self.begin(byte, false, events);
            }
            DecoderState::Click(_) if byte < b' ' => self.begin(byte, false, events),
            DecoderState::SingleShift(mut sequence) if matches!(byte, b'0'..=b'9' | b';') => {
                sequence.push(byte);
                self.state = DecoderState::SingleShift(sequence);
            }
            DecoderState::SingleShift(sequence) => events.extend(sequence.end(escape_sequences::shifted, byte)),
            DecoderState::ConsoleKey => events.extend(escape_sequences::console_key(byte)),
            DecoderState::Control(sequence) => self.control(sequence, byte, events),
            DecoderState::Click(mut bytes) => {
                bytes.push(byte);
                match *bytes {
                    [button, column, row] => events.extend(escape_sequences::click(button, column, row)),
                    _ => self.state = DecoderState::Click(bytes),
                }
            }
        }
    }

    /// Keeps what a whole answer tells, if it is what was asked for.
    fn answered(&mut self, answer: &TerminalReply) {
        self.background = background_reply::parse(&answer.text).or(self.background);
    }

    fn begin(&mut self, byte: u8, alt: bool, events: &mut Vec<Event>) {
        let code = match byte {
            ESCAPE => return self.state = DecoderState::Escape { twice: false },
            0x80..=0x9f => return self.introduced(byte, alt),
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

    /// Takes the byte that follows an Escape, or two.
    fn escaped(&mut self, byte: u8, twice: bool, events: &mut Vec<Event>) {
        match byte {
            ESCAPE if !twice => return self.state = DecoderState::Escape { twice: true },
            b'[' | b'O' | b']' | b'P' | b'X' | b'^' | b'_' | b'\\' => return self.introduced(byte + 0x40, twice),
            _ => {}
        }
        if twice {
            events.push(key(KeyCode::Esc, false));
        }
        if byte == ESCAPE { self.state = DecoderState::Escape { twice } } else { self.begin(byte, true, events) }
    }

    /// Begins what a control character U+0080 to U+009F introduces, which may be written as an Escape and a character.
    fn introduced(&mut self, control: u8, alt: bool) {
        match control {
            0x8f => self.state = DecoderState::SingleShift(EscapeSequence { text: Vec::new(), alt }),
            0x9b => self.state = DecoderState::Control(EscapeSequence { text: Vec::new(), alt }),
            0x90 | 0x98 | 0x9d..=0x9f => self.state = DecoderState::Answer(TerminalReply::new(control == 0x9d)),
            _ => {}
        }
    }

    /// The next byte of a character beyond ASCII. What is none is dropped.
    fn character(&mut self, mut bytes: Vec<u8>, byte: u8, alt: bool, events: &mut Vec<Event>) {
        bytes.push(byte);
        match std::str::from_utf8(&bytes) {
            Ok(_) if bytes[0] == C1_LEAD && byte < 0xa0 => self.introduced(byte, alt),
            Ok(text) => events.extend(text.chars().map(|character| key(KeyCode::Char(character), alt))),
            Err(error) if error.error_len().is_none() => self.state = DecoderState::Character { bytes, alt },
            Err(_) => {}
        }
    }

    fn control(&mut self, mut sequence: EscapeSequence, byte: u8, events: &mut Vec<Event>) {
        let text = &sequence.text;
        match byte {
            b'[' if text.is_empty() => self.state = DecoderState::ConsoleKey,
            b'M' if text.is_empty() => self.state = DecoderState::Click(Vec::new()),
            b'~' if text == PASTE_BEGIN => self.state = DecoderState::Paste(Paste::default()),
            // In an answer it comes after more than one number, and is not the last.
            b'$' if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
                events.extend(sequence.end(escape_sequences::control, byte));
            }
            b'@'..=b'~' => events.extend(sequence.end(escape_sequences::control, byte)),
            _ => {
                sequence.push(byte);
                self.state = DecoderState::Control(sequence);
            }
        }
    }
}

impl EscapeSequence {
    /// Keeps a byte; the rest of a sequence that is too long to mean anything is read and dropped.
    fn push(&mut self, byte: u8) {
        if self.text.len() < SEQUENCE_MAX {
            self.text.push(byte);
        }
    }

    /// Event of the sequence with its last byte.
    fn end(&self, meaning: impl FnOnce(&[u8], u8) -> Option<Event>, last: u8) -> Option<Event> {
        match meaning(&self.text, last) {
            Some(Event::Key(key)) if self.alt => {
                Some(Event::Key(KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT)))
            }
            event => event,
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
