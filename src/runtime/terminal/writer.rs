//! Thread that writes to the terminal, so that nothing else waits for a terminal that takes nothing.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::output::{Output, PIECE_MAX};

/// Time without a whole frame taken, after which a terminal may have lost what it showed.
const STALL: Duration = Duration::from_secs(1);
/// Most that may wait beside a frame, in bytes.
const ASIDE_MAX: usize = 4 * 1024;
/// CAN and ST, which end whatever the terminal was in the middle of.
const CANCEL: &[u8] = b"\x18\x1b\\";

/// Readiness of the terminal for a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Now.
    Ready,
    /// Now, and as a whole: the terminal took nothing for a while.
    ReadyAfterStall,
    /// Once [`TerminalWriter::taken`] comes back.
    Busy,
}

/// The front of the thread.
pub(super) struct TerminalWriter {
    state: Mutex<WriterState>,
    /// There is something to write, or all is written.
    changed: Condvar,
    /// All is written, and somebody wanted to know.
    taken: Notify,
    output: Output,
    /// Time after which the terminal counts as stalled.
    stall: Duration,
}

#[derive(Default)]
struct WriterState {
    waiting: VecDeque<u8>,
    /// True while a piece is being written.
    is_writing: bool,
    /// Bytes waiting that are no frame.
    aside: usize,
    /// Moment since which something has waited.
    since: Option<Instant>,
    /// True when a frame was put off.
    is_owed: bool,
    has_stalled: bool,
    /// Error after which nothing can be written any more.
    failure: Option<io::Error>,
}

impl WriterState {
    fn is_busy(&self) -> bool {
        self.is_writing || !self.waiting.is_empty()
    }
}

impl TerminalWriter {
    /// Starts the thread. It ends with the process.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        Self::start_with(Output::new()?, STALL)
    }

    fn start_with(output: Output, stall: Duration) -> io::Result<Arc<Self>> {
        let (state, changed, taken) = (Mutex::default(), Condvar::new(), Notify::new());
        let writer = Arc::new(Self { state, changed, taken, output, stall });
        let thread = Arc::clone(&writer);
        std::thread::Builder::new().name("screen".to_owned()).spawn(move || thread.write_all())?;
        Ok(writer)
    }

    /// Readiness for a frame. Where the terminal is busy, the frame is owed.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub(super) fn readiness(&self) -> io::Result<Readiness> {
        let mut state = self.lock();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        state.is_owed = state.is_busy();
        if state.is_owed {
            Ok(Readiness::Busy)
        } else if std::mem::take(&mut state.has_stalled) {
            Ok(Readiness::ReadyAfterStall)
        } else {
            Ok(Readiness::Ready)
        }
    }

    /// Comes back when the terminal has taken all, where a frame is owed or the terminal took nothing for a while; or
    /// when it went away.
    pub(super) async fn taken(&self) {
        self.taken.notified().await;
    }

    /// Writes a frame, for which [`Self::readiness`] was asked.
    pub(super) fn write(&self, frame: &[u8]) {
        self.push(&mut self.lock(), frame);
    }

    /// Writes what is no frame, between two frames; drops it while too much waits already.
    pub(super) fn write_aside(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.aside + bytes.len() <= ASIDE_MAX {
            state.aside += bytes.len();
            self.push(&mut state, bytes);
        }
    }

    /// Writes this after all that waits; `true` where the terminal got it. Where it does not take all within `limit`,
    /// the rest of what waits is dropped, so that this comes next when it does.
    pub(super) fn write_last(&self, bytes: &[u8], limit: Duration) -> bool {
        let mut state = self.lock();
        self.push(&mut state, bytes);
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, limit, |state| state.is_busy())
            .unwrap_or_else(PoisonError::into_inner);
        if !state.is_busy() {
            return state.failure.is_none();
        }
        state.waiting.clear();
        if self.output.is_blocking() {
            return false;
        }
        self.output.discard();
        self.push(&mut state, &[CANCEL, bytes].concat());
        !state.is_busy() && state.failure.is_none()
    }

    /// Writes what the terminal takes now, and has the thread write the rest.
    fn push(&self, state: &mut WriterState, bytes: &[u8]) {
        if state.failure.is_some() {
            return;
        }
        let is_first = !state.is_busy();
        state.since.get_or_insert_with(Instant::now);
        state.waiting.extend(bytes);
        if is_first && !self.output.is_blocking() {
            while !state.waiting.is_empty() {
                let written = self.output.write(state.waiting.make_contiguous());
                if self.taken_of(state, written) == 0 {
                    break;
                }
            }
        }
        if state.is_busy() {
            self.changed.notify_all();
        }
    }

    fn write_all(&self) {
        let mut state = self.lock();
        loop {
            while state.waiting.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            self.output.wait();
            state = self.lock();
            if self.output.is_blocking() {
                let piece: Vec<u8> = state.waiting.iter().take(PIECE_MAX).copied().collect();
                state.is_writing = true;
                drop(state);
                let written = self.output.write(&piece);
                state = self.lock();
                state.is_writing = false;
                self.taken_of(&mut state, written);
            } else {
                let written = self.output.write(state.waiting.make_contiguous());
                self.taken_of(&mut state, written);
            }
        }
    }

    /// Removes what was written from what waits, and answers with the number of bytes.
    fn taken_of(&self, state: &mut WriterState, written: io::Result<usize>) -> usize {
        let count = written.unwrap_or_else(|error| {
            state.waiting.clear();
            state.failure = Some(error);
            0
        });
        // It may have been dropped meanwhile.
        let taken = count.min(state.waiting.len());
        state.waiting.drain(..taken);
        if state.waiting.is_empty() {
            self.all_written(state);
        }
        count
    }

    fn all_written(&self, state: &mut WriterState) {
        state.aside = 0;
        state.has_stalled |= state.since.take().is_some_and(|since| since.elapsed() >= self.stall);
        if std::mem::take(&mut state.is_owed) || state.has_stalled || state.failure.is_some() {
            self.taken.notify_one();
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, WriterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::{PipeReader, Read};

    const LONG: Duration = Duration::from_mins(1);
    /// Bytes that the system holds for the reader of a pipe.
    const HELD: usize = 64 * 1024;
    const LARGE: usize = 1024 * 1024;

    /// One whose output may block, and one whose output may not.
    fn writers(stall: Duration) -> [(Arc<TerminalWriter>, PipeReader); 2] {
        [true, false].map(|is_blocking| {
            let (reader, output) = io::pipe().unwrap();
            (TerminalWriter::start_with(Output::to(output.into(), is_blocking), stall).unwrap(), reader)
        })
    }

    fn read(reader: &mut PipeReader, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_frame_is_put_off_while_nothing_is_taken_and_whoever_is_owed_one_is_told_after() {
        for (writer, mut reader) in writers(LONG) {
            assert_eq!(writer.readiness().unwrap(), Readiness::Ready);
            writer.write(&vec![b'x'; LARGE]);
            assert_eq!(writer.readiness().unwrap(), Readiness::Busy);
            read(&mut reader, LARGE);
            writer.taken().await;
            assert_eq!(writer.readiness().unwrap(), Readiness::Ready);
        }
    }

    #[tokio::test]
    async fn after_a_stall_the_next_frame_is_to_be_whole_and_that_is_told_to_whoever_waits() {
        for (writer, mut reader) in writers(Duration::ZERO) {
            writer.write(b"frame");
            read(&mut reader, 5);
            writer.taken().await;
            assert_eq!(writer.readiness().unwrap(), Readiness::ReadyAfterStall);
            assert_eq!(writer.readiness().unwrap(), Readiness::Ready, "that is once");
        }
    }

    #[test]
    fn what_is_no_frame_comes_between_two_and_too_much_of_it_is_dropped() {
        for (writer, mut reader) in writers(LONG) {
            writer.write(&vec![b'x'; LARGE]);
            for byte in [b'a', b'b'] {
                writer.write_aside(&[byte; ASIDE_MAX]);
            }
            assert!(read(&mut reader, LARGE).ends_with(b"x"));
            assert_eq!(read(&mut reader, ASIDE_MAX), [b'a'; ASIDE_MAX]);
            assert!(writer.write_last(b"end", LONG));
            assert_eq!(read(&mut reader, 3), b"end");
        }
    }

    #[test]
    fn the_last_is_not_waited_for_without_end_and_comes_after_what_has_gone_out_already() {
        for (writer, mut reader) in writers(LONG) {
            writer.write(&vec![b'x'; LARGE]);
            assert!(!writer.write_last(b"end", Duration::from_millis(1)));
            if !writer.output.is_blocking() {
                read(&mut reader, HELD);
                assert_eq!(read(&mut reader, CANCEL.len() + 3), [CANCEL, b"end"].concat());
            }
        }
    }

    #[tokio::test]
    async fn that_the_terminal_went_away_is_told() {
        for (writer, reader) in writers(LONG) {
            drop(reader);
            writer.write(b"frame");
            writer.taken().await;
            assert_eq!(writer.readiness().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            assert!(!writer.write_last(b"end", LONG), "there is nobody to wait for");
        }
    }
}
