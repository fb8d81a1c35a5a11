//! What is read of a program's output, in buffers that never move, and are wiped.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::Zeroizing;

use super::ProgramError;

/// How much of a complaint is kept, in bytes.
const COMPLAINT_MAX: usize = 4 * 1_024;

/// The whole of a stream, up to a limit.
pub(super) struct Head<R> {
    stream: Option<R>,
    buffer: Zeroizing<Vec<u8>>,
    length: usize,
}

impl<R: AsyncRead + Unpin> Head<R> {
    /// Takes at most `length_max` bytes; nothing where there is no stream.
    pub(super) fn new(stream: Option<R>, length_max: usize) -> Self {
        Self { stream, buffer: Zeroizing::new(vec![0; length_max + 1]), length: 0 }
    }

    /// Reads to the end of the stream.
    pub(super) async fn fill(&mut self) -> Result<(), ProgramError> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while self.length < self.buffer.len() {
            match stream.read(&mut self.buffer[self.length..]).await? {
                0 => return Ok(()),
                count => self.length += count,
            }
        }
        Err(ProgramError::TooMuchOutput)
    }

    /// What was read.
    pub(super) fn content(mut self) -> Zeroizing<Vec<u8>> {
        let mut content = std::mem::take(&mut self.buffer);
        content.truncate(self.length);
        content
    }
}

/// The end of a stream.
pub(super) struct Tail<R> {
    stream: Option<R>,
    buffer: Zeroizing<Vec<u8>>,
    length: usize,
}

impl<R: AsyncRead + Unpin> Tail<R> {
    /// Keeps the last 4 KiB at least.
    pub(super) fn new(stream: Option<R>) -> Self {
        Self { stream, buffer: Zeroizing::new(vec![0; 2 * COMPLAINT_MAX]), length: 0 }
    }

    /// Reads to the end of the stream.
    pub(super) async fn fill(&mut self) -> Result<(), ProgramError> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        loop {
            if self.length == self.buffer.len() {
                self.buffer.copy_within(COMPLAINT_MAX.., 0);
                self.length = COMPLAINT_MAX;
            }
            match stream.read(&mut self.buffer[self.length..]).await? {
                0 => return Ok(()),
                count => self.length += count,
            }
        }
    }

    /// What is kept.
    pub(super) fn content(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}
