//! Errors of terminals in words: why the dashboard can't be shown.

use crate::domain::terminal::TerminalError;
use crate::domain::text::{LENGTH_MAX, sanitise};

/// One plain sentence or two: what is wrong, and what to do.
#[must_use]
pub fn sentence(problem: &TerminalError) -> String {
    match problem {
        TerminalError::NoScreen => {
            "the dashboard needs a terminal: for a table or JSON, use `trackyard-tui status`".to_owned()
        }
        TerminalError::Dumb { term } => {
            let term = match term {
                Some(term) => format!("TERM={}", sanitise(term, LENGTH_MAX)),
                None => "TERM is not set".to_owned(),
            };
            format!(
                "the dashboard can't be drawn on this terminal ({term}): use `trackyard-tui status`, or set TERM to what \
                 the terminal is"
            )
        }
        TerminalError::NoKeyboard { screen } => {
            let terminal = screen.as_deref().map_or_else(|| "TERMINAL".into(), |screen| sanitise(screen, LENGTH_MAX));
            format!(
                "the dashboard has a screen and no keyboard: the standard input is not a terminal, and no terminal \
                 controls this process. Start it in a terminal, or with its input from one (`<{terminal}`); for a table, \
                 use `trackyard-tui status`"
            )
        }
        TerminalError::Gone => {
            "the terminal went away, or it is another session's: start the program in a terminal of its own".to_owned()
        }
        TerminalError::Failed { said } => format!("the terminal can't be used: {}", sanitise(said, LENGTH_MAX)),
    }
}
