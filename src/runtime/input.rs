//! From the bytes of the terminal to the screen's messages.

mod background_reply;
mod decoder;
mod escape_sequences;
mod paste_detector;

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::tui::keymap::{Chord, ChordKey};
use crate::tui::message::{KeyPress, Message, WheelTurn};
use crate::tui::theme::{Ground, Rgb};
#[cfg(not(unix))]
use console::Console as Device;
use decoder::{Decoder, PASTE_MAX};
use paste_detector::{PasteDetector, WAITING_MAX};
#[cfg(unix)]
use tty::Tty as Device;

pub use paste_detector::InputEvent;

/// Largest batch, in events, so that a key that is held down can't keep the screen from being drawn.
const BATCH_MAX: usize = 4_096;
/// Number of batches that may wait; whoever types more than the screen can follow waits as well.
const BATCHES_MAX: usize = 16;

/// What came from the terminal together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InputBatch {
    /// Events, in their order.
    pub events: Vec<InputEvent>,
    /// Background that the terminal told.
    pub background: Option<Rgb>,
}

impl InputBatch {
    /// Messages to the screen, in their order.
    #[must_use]
    pub fn messages(self) -> Vec<Message> {
        let ground = self.background.map(|background| Message::TerminalGround(Ground::of(background)));
        ground.into_iter().chain(messages(self.events)).collect()
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.background.is_none()
    }
}

/// Starts to read the terminal, on a thread of its own, in batches of what came together. The channel closes when the
/// terminal goes away.
///
/// # Errors
/// Where there can be no thread, or no terminal to read.
pub fn listen() -> io::Result<mpsc::Receiver<io::Result<InputBatch>>> {
    let mut device = Device::open()?;
    let (sender, receiver) = mpsc::channel(BATCHES_MAX);
    let listen = move || {
        let (mut keyboard, origin) = (Keyboard::default(), Instant::now());
        loop {
            let batch = read_batch(&mut device, &mut keyboard, origin);
            let is_gone = batch.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
            let is_last = batch.is_err();
            if is_gone || sender.blocking_send(batch).is_err() || is_last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("input".to_owned()).spawn(listen)?;
    Ok(receiver)
}

/// Waits for input, and answers with all that came together.
///
/// # Errors
/// `UnexpectedEof` where the terminal went away.
fn read_batch(device: &mut Device, keyboard: &mut Keyboard, origin: Instant) -> io::Result<InputBatch> {
    let mut batch = InputBatch::default();
    while batch.events.len() < BATCH_MAX {
        let deadline = keyboard.deadline();
        let rest = deadline.map(|deadline| deadline.saturating_sub(origin.elapsed()));
        let limit = if batch.is_empty() { rest } else { Some(Device::GAP) };
        if let Some(piece) = device.read(limit)? {
            let now = arrival(origin.elapsed(), deadline);
            #[cfg(unix)]
            keyboard.feed(&piece, now, &mut batch.events);
            #[cfg(not(unix))]
            keyboard.paste_detector.take(piece, now, &mut batch.events);
            batch.background = keyboard.take_background().or(batch.background);
        } else {
            keyboard.expire(origin.elapsed(), &mut batch.events);
            if !batch.is_empty() {
                break;
            }
        }
    }
    Ok(batch)
}

/// Arrival of what is read at `now`, by a reader that waited for it until `deadline`: before that, however late the
/// reader was woken. A delay of the system is no pause of the person who types.
fn arrival(now: Duration, deadline: Option<Duration>) -> Duration {
    deadline.map_or(now, |deadline| now.min(deadline.saturating_sub(Duration::from_nanos(1))))
}

/// Machine that makes events of the bytes of one terminal. Pure: the time is given, by a clock that never goes back.
#[derive(Default)]
pub struct Keyboard {
    decoder: Decoder,
    paste_detector: PasteDetector,
}

impl Keyboard {
    /// Most that is ever kept, in bytes and events.
    pub const KEPT_MAX: usize = PASTE_MAX + WAITING_MAX;

    /// Takes bytes that came at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Duration, events: &mut Vec<InputEvent>) {
        self.decode(now, events, |decoder, decoded| decoder.feed(bytes, now, decoded));
    }

    /// Ends what was begun too long ago.
    pub fn expire(&mut self, now: Duration, events: &mut Vec<InputEvent>) {
        self.decode(now, events, |decoder, decoded| decoder.expire(now, decoded));
        self.paste_detector.expire(now, events);
    }

    /// Background that the terminal has told since this was asked last.
    pub fn take_background(&mut self) -> Option<Rgb> {
        self.decoder.take_background()
    }

    /// Moment when [`Keyboard::expire`] must be called; `None` where nothing was begun.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.decoder.deadline().into_iter().chain(self.paste_detector.deadline()).min()
    }

    /// Amount that is kept now, in bytes and events.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.decoder.kept() + self.paste_detector.waiting()
    }

    fn decode(
        &mut self,
        now: Duration,
        events: &mut Vec<InputEvent>,
        decode: impl FnOnce(&mut Decoder, &mut Vec<Event>),
    ) {
        let mut decoded = Vec::new();
        decode(&mut self.decoder, &mut decoded);
        for event in decoded {
            self.paste_detector.take(event, now, events);
        }
    }
}

/// Messages of events. Never log an event: it may be a part of a key.
#[must_use]
pub fn messages(events: Vec<InputEvent>) -> Vec<Message> {
    events.into_iter().filter_map(message).collect()
}

fn message(InputEvent { event, in_burst }: InputEvent) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            chord(&key).map(|chord| Message::KeyPressed(KeyPress { chord, in_burst }))
        }
        Event::Paste(text) => Some(Message::Pasted(Zeroizing::new(text))),
        Event::Resize(columns, rows) => Some(Message::Resized { columns, rows }),
        Event::Mouse(mouse) if !in_burst => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Message::Clicked { column: mouse.column, row: mouse.row }),
            MouseEventKind::ScrollUp => Some(Message::WheelTurned(WheelTurn::Up)),
            MouseEventKind::ScrollDown => Some(Message::WheelTurned(WheelTurn::Down)),
            _ => None,
        },
        _ => None,
    }
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

/// Reader of the bytes of the terminal.
#[cfg(unix)]
mod tty {
    use std::fs::File;
    use std::io::{self, Read};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use zeroize::Zeroizing;

    use crate::runtime::terminal;

    /// Most bytes of one read.
    const PIECE_MAX: usize = 1_024;

    /// The terminal that is typed at.
    pub(super) struct Tty {
        file: File,
    }

    impl Tty {
        /// Wait after which a batch ends.
        pub(super) const GAP: Duration = Duration::ZERO;

        pub(super) fn open() -> io::Result<Self> {
            Ok(Self { file: terminal::device()? })
        }

        /// Waits for bytes, which may be part of a key; `None` where none came within `limit`, without which it waits
        /// for ever.
        ///
        /// # Errors
        /// `UnexpectedEof` where the terminal went away.
        pub(super) fn read(&mut self, limit: Option<Duration>) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
            if !self.is_ready(limit)? {
                return Ok(None);
            }
            let mut bytes = Zeroizing::new(vec![0; PIECE_MAX]);
            match self.file.read(&mut bytes) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    bytes.truncate(count);
                    Ok(Some(bytes))
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                    Ok(None)
                }
                Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                    Err(io::ErrorKind::UnexpectedEof.into())
                }
                Err(error) => Err(error),
            }
        }

        fn is_ready(&self, limit: Option<Duration>) -> io::Result<bool> {
            let limit = limit.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
            match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], limit.as_ref()) {
                Ok(ready) => Ok(ready > 0),
                Err(Errno::INTR) => Ok(false),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// Reader of the console of Windows, through the input library.
#[cfg(not(unix))]
mod console {
    use std::io;
    use std::time::Duration;

    use crossterm::event::{self, Event};

    /// The console that is typed at.
    pub(super) struct Console;

    impl Console {
        /// Wait after which a batch ends: the library takes a while to tell what it has read already.
        pub(super) const GAP: Duration = Duration::from_micros(50);

        #[expect(clippy::unnecessary_wraps, reason = "as for terminals")]
        pub(super) fn open() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for an event; `None` where none came within `limit`, without which it waits for ever.
        pub(super) fn read(&mut self, limit: Option<Duration>) -> io::Result<Option<Event>> {
            if limit.is_none_or(|limit| event::poll(limit).unwrap_or(true)) {
                event::read().map(Some)
            } else {
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod keyboard_tests;
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
            keyboard.feed(&[*byte], arrival(now, keyboard.deadline()), &mut arrivals);
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
