//! Output of a program, in buffers that never move, and are wiped.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::Zeroizing;

use super::error::ProgramError;

/// Room beyond the longest output, in bytes, so that no read fills the buffer, which would have it moved.
const READ_PROBE: usize = 64;
/// Part of a complaint that is kept, in bytes.
const COMPLAINT_MAX: usize = 4 * 1_024;

/// The whole of a stream, up to a limit.
pub(super) struct Head<R> {
    stream: Option<R>,
    content: Zeroizing<Vec<u8>>,
    length_max: usize,
}

impl<R: AsyncRead + Unpin> Head<R> {
    /// Takes at most `length_max` bytes; nothing where there is no stream.
    pub(super) fn new(stream: Option<R>, length_max: usize) -> Self {
        Self { stream, content: Zeroizing::new(Vec::with_capacity(length_max + READ_PROBE)), length_max }
    }

    /// Reads to the end of the stream. What was read until it is given up is kept.
    pub(super) async fn fill(&mut self) -> Result<(), ProgramError> {
        if let Some(stream) = &mut self.stream {
            let limit = self.length_max as u64 + 1;
            stream.take(limit).read_to_end(&mut self.content).await?;
        }
        if self.content.len() > self.length_max { Err(ProgramError::TooMuchOutput) } else { Ok(()) }
    }

    /// Bytes that were read.
    pub(super) fn content(self) -> Zeroizing<Vec<u8>> {
        self.content
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

    /// Bytes that were read.
    pub(super) fn content(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}
