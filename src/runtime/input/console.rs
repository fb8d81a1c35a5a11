//! Reads the console with the input library.

use std::io;

use crossterm::event::{self, Event};

use super::{BURST_MAX, gap};

/// Waits for events, and answers with all that come together.
pub(super) fn read_burst() -> io::Result<Vec<Event>> {
    let mut burst = vec![event::read()?];
    while burst.len() < BURST_MAX && event::poll(gap(&burst).unwrap_or_default())? {
        burst.push(event::read()?);
    }
    Ok(burst)
}
