//! Reads the console with the input library.

use std::io;
use std::time::{Duration, Instant};

use crossterm::event;

use super::typing::Typing;
use super::{Arrival, TOGETHER_MAX, came};

/// The library does not tell in no time at all what it has read already.
const EVENT_GAP: Duration = Duration::from_micros(50);

/// The console, and what was typed there last.
pub(super) struct Console {
    typing: Typing,
    /// The origin of the clock.
    origin: Instant,
}

impl Console {
    pub(super) fn new() -> Self {
        Self { typing: Typing::default(), origin: Instant::now() }
    }

    /// Waits for what comes, and answers with all that has come by then.
    pub(super) fn read(&mut self) -> io::Result<Vec<Arrival>> {
        let mut arrivals = Vec::new();
        while arrivals.len() < TOGETHER_MAX {
            let deadline = self.typing.deadline();
            let rest = deadline.map(|deadline| deadline.saturating_sub(self.origin.elapsed()));
            let limit = if arrivals.is_empty() { rest } else { Some(EVENT_GAP) };
            if limit.is_none_or(|limit| event::poll(limit).unwrap_or(true)) {
                let event = event::read()?;
                self.typing.take(event, came(self.origin.elapsed(), deadline), &mut arrivals);
            } else {
                self.typing.expire(self.origin.elapsed(), &mut arrivals);
                if !arrivals.is_empty() {
                    break;
                }
            }
        }
        Ok(arrivals)
    }
}
