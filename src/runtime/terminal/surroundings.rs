//! Bytes for what a terminal has beside its picture: the mouse and the title of its window.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::queue;

use crate::tui::surroundings::Surroundings;

/// Has the terminal keep its title and its icon's name, of which it has a stack.
const SAVE_TITLE: &[u8] = b"\x1b[22;0t";
/// No title, for a terminal without the stack, and then what was kept.
const RESTORE_TITLE: &[u8] = b"\x1b]2;\x07\x1b[23;0t";

/// True while the terminal keeps the title that it had before.
static TITLE_KEPT: AtomicBool = AtomicBool::new(false);

/// Writes what leads from one state, `None` for that of a terminal just taken, to another.
pub(super) fn change(
    bytes: &mut Vec<u8>,
    from: Option<&Surroundings>,
    to: &Surroundings,
    has_title: bool,
) -> io::Result<()> {
    match (from.is_some_and(|from| from.captures_mouse), to.captures_mouse) {
        (false, true) => queue!(bytes, EnableMouseCapture)?,
        (true, false) => queue!(bytes, DisableMouseCapture)?,
        _ => {}
    }
    if has_title && from.map_or("", |from| &from.title) != to.title {
        if !TITLE_KEPT.swap(true, Ordering::SeqCst) {
            bytes.extend_from_slice(SAVE_TITLE);
        }
        write!(bytes, "\x1b]2;{}\x07", to.title)?;
    }
    Ok(())
}

/// Writes what restores the terminal as it was taken.
pub(super) fn restore(bytes: &mut Vec<u8>) -> io::Result<()> {
    queue!(bytes, DisableMouseCapture)?;
    if TITLE_KEPT.swap(false, Ordering::SeqCst) {
        bytes.extend_from_slice(RESTORE_TITLE);
    }
    Ok(())
}
