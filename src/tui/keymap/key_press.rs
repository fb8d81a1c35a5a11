//! A press of a chord, as the terminal tells it.

use std::fmt;

use super::chord::Chord;

/// A key press, with what it may be bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyPress {
    /// The key and its modifiers.
    pub chord: Chord,
    /// True for one of a burst of characters, as a paste sends them where the terminal marks none.
    pub in_burst: bool,
}

/// Shows no character, for it may be one of a secret.
impl fmt::Debug for KeyPress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyPress")
    }
}
