//! Guard of the terminal: taken at the start, restored whatever happens.
//!
//! All that is written goes to a thread of its own. While the terminal takes nothing, frames are put off.

mod hyperlinks;
mod output;
mod raw_mode;
mod size;
mod surroundings;
mod writer;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, queue, style};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

#[cfg(unix)]
pub(super) use raw_mode::device;
use writer::{Readiness, TerminalWriter};

use crate::domain::terminal::{TerminalCapabilities, TerminalError, is_old};
use crate::tui::surroundings::Surroundings;

/// Question for the background of the terminal.
const BACKGROUND_QUERY: &str = "\x1b]11;?\x1b\\";
/// Time limit for the terminal to take the bytes that restore it.
const LAST_LIMIT: Duration = Duration::from_millis(300);

/// True while the terminal is taken.
static TAKEN: AtomicBool = AtomicBool::new(false);
static WRITER: OnceLock<Arc<TerminalWriter>> = OnceLock::new();

/// The terminal while it is taken; dropping the guard restores it.
pub struct TerminalGuard {
    terminal: Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    writer: Arc<TerminalWriter>,
    size: Size,
    /// True where the terminal is asked for its background.
    asks_background: bool,
    /// Picture that the terminal shows now; `None` while that is not known.
    shown: Option<Buffer>,
    /// What the terminal is to have beside the picture, and what it has; `None` while that is not known.
    wanted: Surroundings,
    surroundings: Option<Surroundings>,
    /// True where the terminal takes commands to an operating system (OSC).
    takes_commands: bool,
    has_hyperlinks: bool,
}

impl TerminalGuard {
    /// Takes the terminal over: raw mode, alternate screen and bracketed paste.
    ///
    /// # Errors
    /// Where the standard output is no terminal, or it went away.
    pub fn take() -> io::Result<Self> {
        let writer = if let Some(writer) = WRITER.get() {
            writer
        } else {
            let writer = TerminalWriter::start()?;
            WRITER.get_or_init(|| writer)
        };
        let (pending, size) = (Pending::default(), size());
        let asks_background = facts().tells_background();
        let terminal = blank(&pending, size)?;
        let takes_commands = !std::env::var("TERM").is_ok_and(|term| is_old(&term));
        let mut guard = Self {
            terminal,
            pending,
            writer: Arc::clone(writer),
            size,
            asks_background,
            shown: None,
            wanted: Surroundings::default(),
            surroundings: None,
            takes_commands,
            has_hyperlinks: takes_commands && supports_hyperlinks::supports_hyperlinks(),
        };
        guard.repair()?;
        Ok(guard)
    }

    /// Takes the terminal over, again after [`TerminalGuard::release`] or because somebody else may have changed it:
    /// sets raw mode, and has the next frame set all other modes and paint everything.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn repair(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        raw_mode::make_raw()?;
        self.forget()
    }

    /// Has the next frame set all modes and paint everything. The terminal may be another by now, so that it is asked for
    /// its background too; nothing waits for the answer, which comes with the input.
    fn forget(&mut self) -> io::Result<()> {
        (self.shown, self.surroundings) = (None, None);
        self.terminal = blank(&self.pending, self.size)?;
        drop(self.pending.take());
        queue!(
            self.pending,
            EnterAlternateScreen,
            cursor::Hide,
            EnableBracketedPaste,
            style::SetAttribute(style::Attribute::Reset),
            Clear(ClearType::All)
        )?;
        if self.asks_background {
            queue!(self.pending, style::Print(BACKGROUND_QUERY))?;
        }
        Ok(())
    }

    /// Draws a frame, in one piece; `false` where it was put off until [`TerminalGuard::taken`], for the terminal takes
    /// nothing. Where nothing has changed, nothing is written.
    ///
    /// # Errors
    /// Where the terminal went away.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<bool> {
        let readiness = self.writer.readiness()?;
        if readiness == Readiness::Busy {
            return Ok(false);
        }
        let size = size();
        if readiness == Readiness::ReadyAfterStall || size != self.size {
            self.size = size;
            self.forget()?;
        }
        let frame = self.terminal.draw(render)?;
        let is_repainted = self.shown.as_ref() != Some(frame.buffer);
        if is_repainted {
            self.shown = Some(frame.buffer.clone());
        }
        let painted = self.pending.take();
        let is_changed = is_repainted || self.surroundings.as_ref() != Some(&self.wanted);
        if is_changed {
            let mut whole = Vec::with_capacity(painted.len() + 32);
            queue!(whole, BeginSynchronizedUpdate)?;
            whole.extend_from_slice(&painted);
            if let Some(picture) = self.shown.as_ref().filter(|_| is_repainted && self.has_hyperlinks) {
                hyperlinks::paint(picture, &mut whole)?;
            }
            surroundings::change(&mut whole, self.surroundings.as_ref(), &self.wanted, self.takes_commands)?;
            self.surroundings = Some(self.wanted.clone());
            queue!(whole, EndSynchronizedUpdate)?;
            self.writer.write(&whole);
        }
        Ok(true)
    }

    /// Comes back when a frame that was put off may be drawn, or the terminal took nothing for a while and does again.
    pub async fn taken(&self) {
        self.writer.taken().await;
    }

    /// Writes what changes nothing of the picture, such as the bell, between two frames. While the terminal takes
    /// nothing, most of it is dropped.
    pub fn announce(&self, bytes: &[u8]) {
        self.writer.write_aside(bytes);
    }

    /// Has the next frame give the terminal what it is to have beside the picture.
    pub fn surround(&mut self, wanted: Surroundings) {
        self.wanted = wanted;
    }

    /// Puts a text on the clipboard of the terminal, which never says whether it allows that; `false` where it has none.
    #[must_use]
    pub fn copy(&self, text: &str) -> bool {
        let mut bytes = Vec::new();
        let is_known = self.takes_commands && queue!(bytes, CopyToClipboard::to_clipboard_from(text)).is_ok();
        if is_known {
            self.announce(&bytes);
        }
        is_known
    }

    /// Restores the terminal.
    pub fn release(&mut self) {
        restore();
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        self.release();
    }
}

/// Capabilities of the terminal, before it is taken.
#[must_use]
pub fn facts() -> TerminalCapabilities {
    TerminalCapabilities {
        has_screen: io::stdout().is_terminal(),
        screen: raw_mode::screen_name(),
        has_keyboard: raw_mode::has_keyboard(),
        term: std::env::var("TERM").ok().filter(|term| !term.is_empty()),
        uses_term: cfg!(unix),
    }
}

/// Reason of an I/O error of the terminal.
#[must_use]
pub fn problem(error: &io::Error) -> TerminalError {
    if raw_mode::is_gone(error) {
        return TerminalError::Gone;
    }
    let said = error.to_string();
    // The system's number means nothing to people.
    let said = said.split_once(" (os error ").map_or(said.as_str(), |(said, _)| said);
    TerminalError::Failed { said: said.to_owned() }
}

/// Size to draw at.
#[must_use]
pub fn size() -> Size {
    size::usable(raw_mode::size(), &|name| std::env::var(name).ok())
}

/// A terminal of which nothing is known. It never asks for a size or a cursor, which would open a file and could wait.
fn blank(pending: &Pending, size: Size) -> io::Result<Terminal<CrosstermBackend<Pending>>> {
    let area = Rect::from((Position::ORIGIN, size));
    Terminal::with_options(CrosstermBackend::new(pending.clone()), TerminalOptions { viewport: Viewport::Fixed(area) })
}

/// Bytes to write with the next frame.
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

/// Restores the terminal if it is taken; `false` where it takes no output. One that went away needs no restoring, and
/// one that takes no output is not waited for.
pub fn restore() -> bool {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return true;
    }
    let mut modes = Vec::new();
    let queued = queue!(modes, EndSynchronizedUpdate)
        .and_then(|()| surroundings::restore(&mut modes))
        .and_then(|()| queue!(modes, DisableBracketedPaste, style::ResetColor, LeaveAlternateScreen, cursor::Show));
    let taken = WRITER.get().is_none_or(|writer| writer.write_last(&modes, LAST_LIMIT));
    if let Err(error) = queued.and(raw_mode::restore()) {
        tracing::debug!(%error, "the terminal could not be given back");
    }
    taken
}
