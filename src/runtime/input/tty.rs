//! Reads the terminal itself, on a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroize;

use super::decoder::Decoder;
use super::{BURST_MAX, gap};

/// A terminal, and what was begun there.
pub(super) struct Tty {
    file: File,
    decoder: Decoder,
    /// The origin of the decoder's clock.
    origin: Instant,
}

impl Tty {
    pub(super) fn new(file: File) -> Self {
        Self { file, decoder: Decoder::default(), origin: Instant::now() }
    }

    /// Waits for events, and answers with all that come together. None, where the terminal went away.
    pub(super) fn read_burst(&mut self) -> io::Result<Vec<Event>> {
        // A key may be a part of what is read: nothing of it stays here.
        let mut buffer = [0; 1_024];
        let mut burst = Vec::new();
        while burst.len() < BURST_MAX {
            let gap = gap(&burst);
            let now = self.origin.elapsed();
            let silence = self.decoder.deadline().map(|deadline| deadline.saturating_sub(now));
            if self.is_ready(gap.into_iter().chain(silence).min())? {
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
                self.decoder.feed(&buffer[..count], self.origin.elapsed(), &mut burst);
                buffer[..count].zeroize();
            } else {
                self.decoder.expire(self.origin.elapsed(), &mut burst);
                if gap.is_some() && silence.is_none_or(|silence| Some(silence) > gap) {
                    break;
                }
            }
        }
        Ok(burst)
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
