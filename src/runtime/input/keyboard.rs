//! The bytes of a terminal as what a person did. Pure: the time is given, as it is on a clock of the caller that never
//! goes back.

use std::time::Duration;

use crossterm::event::Event;

use super::decoder::{Decoder, PASTE_MAX};
use super::paste_detector::{InputEvent, PasteDetector, WAITING_MAX};

/// What one terminal has sent and is not over yet.
#[derive(Default)]
pub struct Keyboard {
    decoder: Decoder,
    typing: PasteDetector,
}

impl Keyboard {
    /// The most that is ever kept, in bytes and events.
    pub const KEPT_MAX: usize = PASTE_MAX + WAITING_MAX;

    /// Takes bytes that came at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Duration, arrivals: &mut Vec<InputEvent>) {
        self.decode(now, arrivals, |decoder, events| decoder.feed(bytes, now, events));
    }

    /// Ends what too much time has passed for.
    pub fn expire(&mut self, now: Duration, arrivals: &mut Vec<InputEvent>) {
        self.decode(now, arrivals, |decoder, events| decoder.expire(now, events));
        self.typing.expire(now, arrivals);
    }

    /// When [`Keyboard::expire`] must be called; `None` where nothing was begun.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.decoder.deadline().into_iter().chain(self.typing.deadline()).min()
    }

    /// How much is kept, in bytes and events.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.decoder.kept() + self.typing.waiting()
    }

    fn decode(
        &mut self,
        now: Duration,
        arrivals: &mut Vec<InputEvent>,
        decode: impl FnOnce(&mut Decoder, &mut Vec<Event>),
    ) {
        let mut events = Vec::new();
        decode(&mut self.decoder, &mut events);
        for event in events {
            self.typing.take(event, now, arrivals);
        }
    }
}

#[cfg(test)]
mod tests;
