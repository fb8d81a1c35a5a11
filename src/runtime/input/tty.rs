//! Reader of the bytes of the terminal.

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

    /// Waits for bytes, which may be part of a key; `None` where none came within `limit`, without which it waits for
    /// ever.
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
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(None),
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
