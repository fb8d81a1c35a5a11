//! The field in which an environment's name is typed to confirm what is done to it.

use crate::domain::environment::EnvironmentName;
use crate::tui::keymap::{Chord, ChordKey};

/// Name as far as it was typed. Of what is not the name it keeps the number of characters alone: it may be part of a
/// secret that came to the wrong place.
#[derive(Debug)]
pub struct NameInput {
    name: EnvironmentName,
    /// The characters of the name that were typed.
    right: usize,
    /// The characters after them that are not the name's.
    wrong: usize,
}

impl NameInput {
    pub(super) fn new(name: EnvironmentName) -> Self {
        Self { name, right: 0, wrong: 0 }
    }

    /// Takes a key of the keyboard that edits. Capitals count as small letters, for production's name is shown in them.
    pub(super) fn edit(&mut self, chord: Chord) {
        if let Some(character) = chord.typed() {
            let next = self.name.as_str()[self.right..].chars().next();
            if self.wrong == 0 && next == Some(character.to_ascii_lowercase()) {
                self.right += 1;
            } else {
                self.wrong = self.wrong.saturating_add(1);
            }
        } else if chord == Chord::plain(ChordKey::Backspace) {
            if self.wrong > 0 {
                self.wrong -= 1;
            } else {
                self.right = self.right.saturating_sub(1);
            }
        } else if chord == Chord::control('u') {
            (self.right, self.wrong) = (0, 0);
        }
    }

    /// True once the name was typed whole, and nothing else.
    pub fn is_right(&self) -> bool {
        self.wrong == 0 && self.right == self.name.as_str().len()
    }

    /// The part of the name that was typed.
    pub fn typed(&self) -> &str {
        &self.name.as_str()[..self.right]
    }

    /// Number of typed characters that are not the name's.
    pub fn wrong(&self) -> usize {
        self.wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> NameInput {
        let mut input = NameInput::new("prod".parse().unwrap());
        for key in keys {
            input.edit(key.parse().unwrap());
        }
        input
    }

    #[test]
    fn only_the_whole_name_is_right() {
        assert!(typed(&["p", "r", "o", "d"]).is_right());
        assert!(typed(&["P", "R", "O", "D"]).is_right());
        for keys in [&["p", "r", "o"][..], &["p", "r", "o", "d", "d"], &["d"], &["d", "p", "r", "o", "d"], &[]] {
            assert!(!typed(keys).is_right(), "{keys:?}");
        }
    }

    #[test]
    fn what_is_wrong_can_be_taken_back() {
        assert!(typed(&["p", "r", "x", "y", "backspace", "backspace", "o", "d"]).is_right());
        assert!(typed(&["x", "y", "ctrl-u", "p", "r", "o", "d"]).is_right());
        assert!(!typed(&["p", "x", "r", "o", "d", "backspace"]).is_right());
        assert!(typed(&["backspace", "p", "p", "backspace", "r", "o", "d"]).is_right());
    }

    #[test]
    fn nothing_but_the_name_is_kept() {
        let input = typed(&["p", "s", "e", "c"]);
        assert_eq!((input.typed(), input.wrong()), ("p", 3));
    }
}
