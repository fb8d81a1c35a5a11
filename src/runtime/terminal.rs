//! The terminal: taken over at the start, given back whatever happens.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue, style};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal as long as it is ours; dropping it gives it back.
pub struct TerminalGuard {
    terminal: Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    output: File,
    /// What the terminal shows now; nothing while that is not known.
    shown: Option<Buffer>,
}

impl TerminalGuard {
    /// Takes the terminal over: raw mode, alternate screen, mouse and bracketed paste.
    ///
    /// # Errors
    /// Where the standard output is no terminal, or it went away.
    pub fn take() -> io::Result<Self> {
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let pending = Pending::default();
        let terminal = Terminal::new(CrosstermBackend::new(pending.clone()))?;
        let mut guard = Self { terminal, pending, output, shown: None };
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
        queue!(self.pending, EnterAlternateScreen, cursor::Hide, EnableBracketedPaste, EnableMouseCapture)?;
        self.forget()
    }

    /// Has the next frame paint everything anew, and sets raw mode again: both may have been lost while the program
    /// was stopped by somebody else.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn repair(&mut self) -> io::Result<()> {
        disable_raw_mode()?;
        enable_raw_mode()?;
        self.forget()
    }

    /// Has the next frame paint everything anew.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn forget(&mut self) -> io::Result<()> {
        self.shown = None;
        // Clears without asking the terminal where its cursor is, which could take long and would take its input.
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, self.size()?)))
    }

    /// Draws a frame, in one piece. Where nothing has changed, nothing is written.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let frame = self.terminal.draw(render)?;
        let changed = self.shown.as_ref() != Some(frame.buffer);
        if changed {
            self.shown = Some(frame.buffer.clone());
        }
        let painted = self.pending.take();
        if !changed {
            return Ok(());
        }
        let mut whole = Vec::with_capacity(painted.len() + 32);
        queue!(whole, BeginSynchronizedUpdate)?;
        whole.extend_from_slice(&painted);
        queue!(whole, EndSynchronizedUpdate)?;
        self.output.write_all(&whole)
    }

    /// Writes what changes nothing of the picture, such as the bell, between two frames.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn announce(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)
    }

    /// How large the terminal is.
    ///
    /// # Errors
    /// Where the terminal can't tell.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
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

/// What is to be written with the next frame.
#[derive(Clone, Default)]
struct Pending(Rc<RefCell<Vec<u8>>>);

impl Pending {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    if let Err(error) = screen.and(disable_raw_mode()) {
        tracing::debug!(%error, "the terminal could not be given back");
    }
}

/// Gives back as much of the terminal as can be without writing to it, for one that takes no output any more.
pub(super) fn abandon() {
    if TAKEN.swap(false, Ordering::SeqCst)
        && let Err(error) = disable_raw_mode()
    {
        tracing::debug!(%error, "the terminal could not be given back");
    }
}
