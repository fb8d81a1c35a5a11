//! The field that takes a key: hidden, and wiped on each way out.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::domain::api_key::{ApiKey, LENGTH_MAX, ParseApiKeyError};
use crate::tui::keymap::{Chord, ChordKey};

/// Inputs shorter than this show none of their characters.
const LENGTH_TO_SHOW_ENDING: usize = 20;

/// A hidden input. Its memory is set aside once, never moves, and is wiped when it is cleared or dropped.
pub struct KeyInput {
    text: Zeroizing<String>,
    /// True once more was typed than any key has; what is here is then not the whole.
    overflowed: bool,
}

impl Default for KeyInput {
    fn default() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(LENGTH_MAX)), overflowed: false }
    }
}

impl KeyInput {
    /// Takes a key of the keyboard that edits, and answers whether it is one.
    pub(super) fn edit(&mut self, chord: Chord) -> bool {
        if let Some(character) = chord.typed() {
            self.push(character);
        } else if chord == Chord::plain(ChordKey::Backspace) {
            self.backspace();
        } else if chord == Chord::control('u') {
            self.clear();
        } else {
            return false;
        }
        true
    }

    /// Adds a character, unless the input is full.
    fn push(&mut self, character: char) {
        if self.overflowed || self.text.len() + character.len_utf8() > LENGTH_MAX {
            self.overflowed = true;
        } else {
            self.text.push(character);
        }
    }

    /// Adds a pasted text without the blanks and line ends around it.
    pub(super) fn paste(&mut self, text: &str) {
        text.trim().chars().for_each(|character| self.push(character));
    }

    /// Takes the last character away. `String::pop` leaves its bytes behind, which the next character or
    /// the wipe, which covers all the memory set aside, overwrites.
    fn backspace(&mut self) {
        if !self.overflowed {
            self.text.pop();
        }
    }

    /// Wipes everything.
    pub(super) fn clear(&mut self) {
        self.text.zeroize();
        self.overflowed = false;
    }

    /// Number of characters.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// True once more was typed than any key has.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The last 4 characters, of 20 or more printable ones.
    pub fn ending(&self) -> Option<&str> {
        let shown = self.text.len() >= LENGTH_TO_SHOW_ENDING && self.text.bytes().all(|byte| byte.is_ascii_graphic());
        shown.then(|| &self.text[self.text.len() - 4..])
    }

    /// Takes what was typed, if it can be a key; nothing is left here.
    pub(super) fn take(&mut self) -> Result<ApiKey, ParseApiKeyError> {
        let key = if self.overflowed { Err(ParseApiKeyError::TooLong) } else { ApiKey::parse(&self.text) };
        self.clear();
        key
    }
}

/// Shows nothing of what was typed.
impl fmt::Debug for KeyInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyInput")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> KeyInput {
        let mut input = KeyInput::default();
        text.chars().for_each(|character| input.push(character));
        input
    }

    #[test]
    fn the_memory_never_moves_and_stays_bounded() {
        let mut input = KeyInput::default();
        let (place, capacity) = (input.text.as_ptr(), input.text.capacity());
        (0..LENGTH_MAX * 2).for_each(|_| input.push('é'));
        assert_eq!((input.text.as_ptr(), input.text.capacity()), (place, capacity));
        assert_eq!((input.text.len(), input.overflowed()), (LENGTH_MAX, true));
        input.clear();
        input.paste(&"x".repeat(LENGTH_MAX));
        assert_eq!((input.text.as_ptr(), input.length(), input.overflowed()), (place, LENGTH_MAX, false));
    }

    #[test]
    fn nothing_is_added_behind_a_gap() {
        let mut input = typed(&"x".repeat(LENGTH_MAX - 1));
        input.push('é');
        input.push('y');
        assert_eq!((input.length(), input.overflowed()), (LENGTH_MAX - 1, true));
    }

    #[test]
    fn a_text_that_was_cut_is_never_taken_for_a_key() {
        let mut input = typed(&"x".repeat(LENGTH_MAX + 1));
        input.backspace();
        assert_eq!(input.take().unwrap_err(), ParseApiKeyError::TooLong);
        assert_eq!(input.length(), 0);
    }

    #[test]
    fn the_ending_shows_from_20_characters_on() {
        assert_eq!(typed(&"x".repeat(19)).ending(), None);
        assert_eq!(typed(&format!("{}wxyz", "x".repeat(16))).ending(), Some("wxyz"));
        assert_eq!(typed(&format!("{}wxy\u{1b}", "x".repeat(16))).ending(), None);
    }

    #[test]
    fn pastes_are_trimmed_and_debug_shows_nothing() {
        let mut input = KeyInput::default();
        input.paste(" canary one\r\n");
        assert_eq!(input.length(), "canary one".len());
        assert!(!format!("{input:?}").contains("canary"));
        assert_eq!(input.take().unwrap_err(), ParseApiKeyError::InnerBlank);
        assert_eq!(input.length(), 0);
        input.paste("trackyard_live_canary\n");
        assert_eq!(input.take().unwrap().expose(), "trackyard_live_canary");
        assert_eq!(input.length(), 0);
    }
}
