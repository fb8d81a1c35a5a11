//! Line settings of the terminal: raw while the screen is taken.

#[cfg(not(unix))]
pub(super) use console::{has_keyboard, is_gone, make_raw, restore, screen_name, size};
#[cfg(unix)]
pub use tty::device;
#[cfg(unix)]
pub(super) use tty::{has_keyboard, is_gone, make_raw, restore, screen_name, size};

#[cfg(unix)]
mod tty {
    use std::fs::File;
    use std::io::{self, IsTerminal};
    use std::os::fd::AsFd;
    use std::sync::{Mutex, PoisonError};

    use ratatui::layout::Size;
    use rustix::io::Errno;
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, ttyname};

    /// The terminal that was made raw, and its settings before.
    static MADE_RAW: Mutex<Option<(File, Termios)>> = Mutex::new(None);

    /// The terminal that is typed at: the standard input, or else the controlling one.
    ///
    /// # Errors
    /// Where there is none.
    pub fn device() -> io::Result<File> {
        let input = io::stdin();
        if input.is_terminal() {
            return Ok(File::from(input.as_fd().try_clone_to_owned()?));
        }
        File::options().read(true).write(true).open("/dev/tty")
    }

    /// True when there is a terminal to type at.
    pub(in super::super) fn has_keyboard() -> bool {
        device().is_ok()
    }

    /// The name of the terminal that is written to.
    pub(in super::super) fn screen_name() -> Option<String> {
        ttyname(io::stdout(), Vec::new()).ok()?.into_string().ok()
    }

    /// True when the terminal went away, or never was there for this process.
    pub(in super::super) fn is_gone(error: &io::Error) -> bool {
        let gone = [Errno::IO, Errno::NXIO, Errno::NOTTY, Errno::BADF, Errno::PIPE];
        gone.iter().any(|gone| error.raw_os_error() == Some(gone.raw_os_error()))
    }

    /// Makes the terminal raw; again, where somebody else changed it meanwhile.
    pub(in super::super) fn make_raw() -> io::Result<()> {
        let mut made = MADE_RAW.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_none() {
            let device = device()?;
            let before = tcgetattr(&device)?;
            *made = Some((device, before));
        }
        let Some((device, _)) = &*made else { return Ok(()) };
        let mut settings = tcgetattr(device)?;
        settings.make_raw();
        Ok(tcsetattr(device, OptionalActions::Now, &settings)?)
    }

    /// Restores the settings of before. Input that was not read is dropped: the shell would take it for commands.
    pub(in super::super) fn restore() -> io::Result<()> {
        let mut made = MADE_RAW.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((device, before)) = made.take() else { return Ok(()) };
        Ok(tcsetattr(device, OptionalActions::Flush, &before)?)
    }

    /// Size that the terminal reports, in columns and rows; zero where it reports none.
    pub(in super::super) fn size() -> Size {
        tcgetwinsize(io::stdout()).map_or(Size::ZERO, |size| Size::new(size.ws_col, size.ws_row))
    }
}

#[cfg(not(unix))]
mod console {
    use std::io::{self, IsTerminal};

    use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
    use ratatui::layout::Size;

    pub(in super::super) fn make_raw() -> io::Result<()> {
        restore()?;
        enable_raw_mode()
    }

    pub(in super::super) fn restore() -> io::Result<()> {
        disable_raw_mode()
    }

    pub(in super::super) fn has_keyboard() -> bool {
        io::stdin().is_terminal()
    }

    pub(in super::super) fn screen_name() -> Option<String> {
        None
    }

    pub(in super::super) fn is_gone(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::BrokenPipe
    }

    pub(in super::super) fn size() -> Size {
        crossterm::terminal::size().map_or(Size::ZERO, Size::from)
    }
}
