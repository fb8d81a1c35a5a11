//! Output to the terminal.

#[cfg(not(unix))]
pub(super) use console::{ConsoleOutput as Output, PIECE_MAX};
#[cfg(unix)]
pub(super) use tty::{PIECE_MAX, TtyOutput as Output};

#[cfg(unix)]
mod tty {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;
    use rustix::termios::{QueueSelector, tcflush, ttyname};

    /// Largest piece of output, in bytes. A terminal that has room takes so much at once; a writer blocked in a larger
    /// one would keep all others, the end of the program among them, from writing.
    pub(in super::super) const PIECE_MAX: usize = 1_024;

    /// The terminal behind the standard output, apart from the lock and the buffer of the standard library.
    pub(in super::super) struct TtyOutput {
        file: File,
        /// True when a write may wait for the terminal.
        is_blocking: bool,
    }

    impl TtyOutput {
        /// Opens the terminal once more, for what is written there must not block, and nobody else who has it open is
        /// to find it changed. Where it can't be opened, as after `su`, writes may block.
        pub(in super::super) fn new() -> io::Result<Self> {
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let opened = ttyname(io::stdout(), Vec::new())
                .and_then(|name| rustix::fs::open(name.as_c_str(), flags, Mode::empty()));
            let is_blocking = opened.is_err();
            let file = opened.or_else(|_| io::stdout().as_fd().try_clone_to_owned())?;
            Ok(Self { file: File::from(file), is_blocking })
        }

        #[cfg(test)]
        pub(in super::super) fn to(output: std::os::fd::OwnedFd, is_blocking: bool) -> Self {
            if !is_blocking {
                rustix::fs::fcntl_setfl(&output, OFlags::NONBLOCK).unwrap();
            }
            Self { file: File::from(output), is_blocking }
        }

        /// True when a write may wait for the terminal, so that only the thread may write.
        pub(in super::super) fn is_blocking(&self) -> bool {
            self.is_blocking
        }

        /// Waits until the terminal takes something, or went away.
        pub(in super::super) fn wait(&self) {
            while let Err(Errno::INTR) = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None) {}
        }

        /// Writes as much as the terminal takes, and answers with the number of bytes.
        pub(in super::super) fn write(&self, piece: &[u8]) -> io::Result<usize> {
            match (&self.file).write(piece) {
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => Ok(0),
                written => written,
            }
        }

        /// Drops what the system holds for the terminal.
        pub(in super::super) fn discard(&self) {
            if let Err(error) = tcflush(&self.file, QueueSelector::OFlush) {
                tracing::debug!(%error, "what waits for the terminal can't be dropped");
            }
        }
    }
}

#[cfg(not(unix))]
mod console {
    use std::io::{self, Write};

    /// A console takes characters, so that nothing may be cut.
    pub(in super::super) const PIECE_MAX: usize = usize::MAX;

    /// The console behind the standard output, which alone makes its characters of bytes.
    pub(in super::super) struct ConsoleOutput;

    impl ConsoleOutput {
        #[expect(clippy::unnecessary_wraps, reason = "as for terminals")]
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// While text is marked, a console takes nothing.
        pub(in super::super) fn is_blocking(&self) -> bool {
            true
        }

        pub(in super::super) fn wait(&self) {}

        pub(in super::super) fn write(&self, piece: &[u8]) -> io::Result<usize> {
            let mut output = io::stdout().lock();
            output.write_all(piece)?;
            output.flush()?;
            Ok(piece.len())
        }

        pub(in super::super) fn discard(&self) {}
    }
}
