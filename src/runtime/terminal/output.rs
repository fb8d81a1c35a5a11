//! Where the bytes for the terminal go.

#[cfg(not(unix))]
pub(super) use console::{Output, PIECE_MAX};
#[cfg(unix)]
pub(super) use tty::{Output, PIECE_MAX};

#[cfg(unix)]
mod tty {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::termios::{QueueSelector, tcflush};

    /// The most that is written in one piece, in bytes. A terminal that has room takes so much at once; a writer that
    /// is blocked in a larger one would keep all others, the end of the program among them, from writing.
    pub(in super::super) const PIECE_MAX: usize = 1_024;

    /// The terminal behind the standard output, apart from the lock and the buffer of the standard library.
    pub(in super::super) struct Output(File);

    impl Output {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
        }

        #[cfg(test)]
        pub(in super::super) fn to(file: std::os::fd::OwnedFd) -> Self {
            Self(File::from(file))
        }

        /// Waits until the terminal takes something, or went away.
        pub(in super::super) fn wait(&self) {
            while let Err(Errno::INTR) = poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {}
        }

        pub(in super::super) fn write(&self, mut piece: &[u8]) -> io::Result<()> {
            while !piece.is_empty() {
                match (&self.0).write(piece) {
                    Ok(count) => piece = &piece[count..],
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // Whoever shares the terminal may have made it so.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(),
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        }

        /// Drops what the system holds for the terminal.
        pub(in super::super) fn discard(&self) {
            if let Err(error) = tcflush(&self.0, QueueSelector::OFlush) {
                tracing::debug!(%error, "what waits for the terminal can't be dropped");
            }
        }

        /// Writes as long as there is room, and tells whether that was enough.
        pub(in super::super) fn write_at_once(&self, bytes: &[u8]) -> bool {
            let has_room = || poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], Some(&Timespec::default())) == Ok(1);
            bytes.chunks(PIECE_MAX).all(|piece| has_room() && (&self.0).write_all(piece).is_ok())
        }
    }
}

#[cfg(not(unix))]
mod console {
    use std::io::{self, Write};

    /// A console takes characters, so that nothing may be cut.
    pub(in super::super) const PIECE_MAX: usize = usize::MAX;

    /// The console behind the standard output, which alone makes its characters of bytes.
    pub(in super::super) struct Output;

    impl Output {
        #[expect(clippy::unnecessary_wraps, reason = "as for terminals")]
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) fn wait(&self) {}

        pub(in super::super) fn write(&self, piece: &[u8]) -> io::Result<()> {
            let mut output = io::stdout().lock();
            output.write_all(piece)?;
            output.flush()
        }

        pub(in super::super) fn discard(&self) {}

        /// Nothing can be written to a console that takes nothing.
        pub(in super::super) fn write_at_once(&self, _: &[u8]) -> bool {
            false
        }
    }
}
