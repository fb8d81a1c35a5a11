//! Lines on their way to the disk.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines that may wait for the disk.
pub(super) const LENGTH_MAX: usize = 1_024;

/// The queue that whoever tells something only adds to, and a thread of its own empties.
#[derive(Default)]
pub(super) struct LogQueue {
    lines: Mutex<QueuedLines>,
    changed: Condvar,
}

#[derive(Default)]
struct QueuedLines {
    waiting: VecDeque<Vec<u8>>,
    /// Number of lines dropped since the last line that told of some.
    dropped: u64,
    is_writing: bool,
}

impl LogQueue {
    /// Starts the thread, which ends with the process.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub(super) fn start(self: &Arc<Self>, output: impl Write + Send + 'static) -> io::Result<()> {
        let queue = Arc::clone(self);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || queue.write_all(output)).map(drop)
    }

    /// The way into the queue, for one line.
    pub(super) fn writer(self: &Arc<Self>) -> LogWriter {
        LogWriter(Arc::clone(self))
    }

    /// Waits until all lines are written, no longer than `limit`; tells whether that was enough.
    pub(super) fn wait_until_written(&self, limit: Duration) -> bool {
        let is_busy = |lines: &mut QueuedLines| lines.is_writing || !lines.waiting.is_empty();
        let waited = self.changed.wait_timeout_while(self.lock(), limit, is_busy);
        let (_lines, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    fn push(&self, line: &[u8]) {
        let mut lines = self.lock();
        if lines.waiting.len() == LENGTH_MAX {
            lines.dropped += 1;
        } else {
            lines.waiting.push_back(line.to_owned());
            self.changed.notify_all();
        }
    }

    fn write_all(&self, mut output: impl Write) {
        let mut lines = self.lock();
        loop {
            while let Some(line) = lines.waiting.pop_front() {
                lines.is_writing = true;
                drop(lines);
                // A log that can't be written harms nothing: the line is lost.
                drop(output.write_all(&line));
                lines = self.lock();
                lines.is_writing = false;
            }
            let dropped = std::mem::take(&mut lines.dropped);
            if dropped > 0 {
                drop(lines);
                tracing::error!(dropped, "lines of the log were dropped: the disk took none");
                lines = self.lock();
                continue;
            }
            self.changed.notify_all();
            lines = self.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueuedLines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one line at a time, and never waits for the disk.
pub(super) struct LogWriter(Arc<LogQueue>);

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_mins(1);

    /// Takes a line when it is told to, and tells which.
    struct Disk {
        free: mpsc::Receiver<()>,
        written: mpsc::Sender<String>,
    }

    impl Write for Disk {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            // At once, when nobody tells any more.
            _ = self.free.recv();
            self.written.send(String::from_utf8(line.to_owned()).unwrap()).unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_hangs_holds_up_nobody_and_what_was_dropped_is_told_later() {
        let queue = Arc::new(LogQueue::default());
        let ((frees, free), (written, lines)) = (mpsc::channel(), mpsc::channel());
        queue.start(Disk { free, written }).unwrap();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer({
            let queue = Arc::clone(&queue);
            move || queue.writer()
        });
        tracing::subscriber::with_default(subscriber.finish(), || tracing::error!("first"));
        while !queue.lock().is_writing {
            std::thread::yield_now();
        }
        for number in 0..LENGTH_MAX + 7 {
            queue.writer().write_all(format!("line {number}").as_bytes()).unwrap();
        }
        assert!(!queue.wait_until_written(Duration::ZERO));
        assert_eq!(queue.lock().dropped, 7);
        drop(frees);
        assert!(queue.wait_until_written(LONG));
        let lines: Vec<_> = lines.try_iter().collect();
        assert!(lines[0].contains("first"));
        assert_eq!(lines[1], "line 0");
        assert_eq!(lines.last().unwrap(), &format!("line {}", LENGTH_MAX - 1));
        assert_eq!(lines.len(), LENGTH_MAX + 1);
        assert_eq!(queue.lock().dropped, 0);
    }
}
