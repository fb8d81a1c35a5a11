//! A press of a chord, as the terminal tells it.

use std::fmt;

use super::chord::Chord;

/// A key press, with what it may be bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyPress {
    /// The key and its modifiers.
    pub chord: Chord,
    /// Whether it came in one burst with other characters, as a paste does where the terminal marks none.
    pub in_burst: bool,
}

/// Shows no character, for it may be one of a secret.
impl fmt::Debug for KeyPress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyPress")
    }
}
