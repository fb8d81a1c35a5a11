//! Reads the terminal itself, on a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroize;

use super::keyboard::Keyboard;
use super::{BATCH_MAX, InputEvent, came};

/// A terminal, and what was begun there.
pub(super) struct Tty {
    file: File,
    keyboard: Keyboard,
    /// The origin of the keyboard's clock.
    origin: Instant,
}

impl Tty {
    pub(super) fn new(file: File) -> Self {
        Self { file, keyboard: Keyboard::default(), origin: Instant::now() }
    }

    /// Waits for what comes, and answers with all that has come by then. Nothing, where the terminal went away.
    pub(super) fn read(&mut self) -> io::Result<Vec<InputEvent>> {
        // A key may be a part of what is read: nothing of it stays here.
        let mut buffer = [0; 1_024];
        let mut arrivals = Vec::new();
        while arrivals.len() < BATCH_MAX {
            let deadline = self.keyboard.deadline();
            let rest = deadline.map(|deadline| deadline.saturating_sub(self.origin.elapsed()));
            let limit = if arrivals.is_empty() { rest } else { Some(Duration::ZERO) };
            if self.is_ready(limit)? {
                let count = match self.file.read(&mut buffer) {
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    // The terminal went away.
                    Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => 0,
                    Err(error) => return Err(error),
                };
                if count == 0 {
                    return Ok(Vec::new());
                }
                let at = came(self.origin.elapsed(), deadline);
                self.keyboard.feed(&buffer[..count], at, &mut arrivals);
                buffer[..count].zeroize();
            } else {
                self.keyboard.expire(self.origin.elapsed(), &mut arrivals);
                if !arrivals.is_empty() {
                    break;
                }
            }
        }
        Ok(arrivals)
    }

    /// Whether there is something to read within `limit`; without one, for ever.
    fn is_ready(&self, limit: Option<Duration>) -> io::Result<bool> {
        let limit = limit.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], limit.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
