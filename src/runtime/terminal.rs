//! The terminal: taken over at the start, given back whatever happens.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, style};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Large enough for a whole frame, so that none is torn.
const BUFFER: usize = 32 * 1024;

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A frame at a time, to the standard output.
pub type Screen = Terminal<CrosstermBackend<BufWriter<File>>>;

/// The terminal as long as it is ours; dropping it gives it back.
pub struct TerminalGuard {
    /// What is drawn on.
    pub screen: Screen,
}

impl TerminalGuard {
    /// Takes the terminal over: raw mode, alternate screen, mouse and bracketed paste.
    ///
    /// # Errors
    /// Where the standard output is no terminal, or it went away.
    pub fn take() -> io::Result<Self> {
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let screen = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(BUFFER, output)))?;
        let mut guard = Self { screen };
        guard.resume()?;
        Ok(guard)
    }

    /// Takes the terminal over again after [`TerminalGuard::release`].
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn resume(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let output = self.screen.backend_mut();
        execute!(output, EnterAlternateScreen, cursor::Hide, EnableBracketedPaste, EnableMouseCapture)?;
        self.screen.clear()
    }

    /// Gives the terminal back, as it was.
    pub fn release(&mut self) {
        give_back();
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        self.release();
    }
}

/// Gives the terminal back if it is ours. Where it went away, there is nothing to give back.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut output = io::stdout();
    let screen = execute!(
        output,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        style::ResetColor,
        LeaveAlternateScreen,
        cursor::Show
    );
    let flushed = output.flush();
    let raw = disable_raw_mode();
    if let Err(error) = screen.and(flushed).and(raw) {
        tracing::debug!(%error, "the terminal could not be given back");
    }
}
