//! Reader of the console of Windows, through the input library.

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
        if limit.is_none_or(|limit| event::poll(limit).unwrap_or(true)) { event::read().map(Some) } else { Ok(None) }
    }
}
