//! A field of one line for plain text. Nothing that acts on a terminal enters it, and no key of the service.

use std::fmt;

use super::keymap::{Chord, ChordKey};
use crate::domain::text::{begins_key, sanitise};

/// Text that is being typed.
pub(super) struct TextInput {
    text: String,
    length_max: usize,
}

impl TextInput {
    /// An empty field for so many characters.
    pub(super) fn new(length_max: usize) -> Self {
        Self { text: String::new(), length_max }
    }

    /// The text as far as it was typed, safe to show.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes a key of the keyboard that edits; answers whether the text is another now.
    pub(super) fn edit(&mut self, chord: Chord) -> bool {
        if let Some(character) = chord.typed() {
            self.push(character)
        } else if chord == Chord::plain(ChordKey::Backspace) {
            self.text.pop().is_some()
        } else if chord == Chord::control('u') {
            !std::mem::take(&mut self.text).is_empty()
        } else {
            false
        }
    }

    /// Takes the first line of a pasted text that is not blank; answers whether the text is another now.
    pub(super) fn paste(&mut self, pasted: &str) -> bool {
        let line = pasted.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let length_before = self.text.len();
        for character in line.chars() {
            self.push(character);
        }
        self.text.len() > length_before
    }

    /// What would have to be cleaned does not enter, and nothing does behind the beginning of a key.
    fn push(&mut self, character: char) -> bool {
        let character = if character.is_whitespace() { ' ' } else { character };
        let is_needless = character == ' ' && (self.text.is_empty() || self.text.ends_with(' '));
        if is_needless || begins_key(&self.text) {
            return false;
        }
        let longer = format!("{}{character}", self.text);
        let is_clean = sanitise(&longer, self.length_max) == longer.trim_end();
        let is_taken = longer.chars().count() <= self.length_max && (is_clean || begins_key(&longer));
        if is_taken {
            self.text = longer;
        }
        is_taken
    }
}

/// Shows nothing that was typed.
impl fmt::Debug for TextInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TextInput")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &[&str]) -> TextInput {
        let mut input = TextInput::new(20);
        for key in keys {
            input.edit(key.parse().unwrap());
        }
        input
    }

    #[test]
    fn letters_and_single_blanks_are_taken_and_taken_back() {
        assert_eq!(typed(&["space", "a", "space", "space", "B", "x", "backspace"]).text(), "a B");
        assert_eq!(typed(&["a", "b", "ctrl-u", "c", "ctrl-a", "tab"]).text(), "c");
    }

    #[test]
    fn a_paste_is_its_first_line_without_what_acts_on_a_terminal() {
        let mut input = TextInput::new(20);
        assert!(input.paste("\n a\u{1b}[31mb\u{202e}\tc\nsecond"));
        assert_eq!(input.text(), "a[31mb c");
        assert!(!input.paste("\n\n"));
    }

    #[test]
    fn of_a_key_the_public_beginning_is_taken_alone() {
        let mut input = TextInput::new(99);
        input.paste("trackyard_live_canary_0123wxyz");
        assert_eq!(input.text(), "trackyard_live_");
        input.paste("canary");
        assert_eq!(input.text(), "trackyard_live_", "nor by a second paste");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_short_and_clean(pastes in proptest::collection::vec("\\PC{0,9}|.{0,9}", 0..5)) {
            let mut input = TextInput::new(20);
            for paste in pastes {
                input.paste(&paste);
            }
            prop_assert!(input.text().chars().count() <= 20);
            prop_assert_eq!(sanitise(input.text(), 20), input.text().trim_end());
        }
    }
}
