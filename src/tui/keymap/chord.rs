//! A key with its modifiers, and its name in the configuration and on the screen.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A key of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChordKey {
    /// A character as typed: Shift is part of it.
    Character(char),
    /// Return.
    Enter,
    /// Esc.
    Escape,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Del.
    Delete,
    /// ←
    Left,
    /// →
    Right,
    /// ↑
    Up,
    /// ↓
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// F1 to F24.
    Function(u8),
}

/// The named keys: in the configuration, and on the screen.
const NAMES: [(ChordKey, &str, &str); 15] = [
    (ChordKey::Enter, "enter", "Enter"),
    (ChordKey::Escape, "esc", "Esc"),
    (ChordKey::Tab, "tab", "Tab"),
    (ChordKey::BackTab, "backtab", "Shift-Tab"),
    (ChordKey::Backspace, "backspace", "Backspace"),
    (ChordKey::Delete, "delete", "Del"),
    (ChordKey::Left, "left", "←"),
    (ChordKey::Right, "right", "→"),
    (ChordKey::Up, "up", "↑"),
    (ChordKey::Down, "down", "↓"),
    (ChordKey::Home, "home", "Home"),
    (ChordKey::End, "end", "End"),
    (ChordKey::PageUp, "pageup", "PgUp"),
    (ChordKey::PageDown, "pagedown", "PgDn"),
    (ChordKey::Character(' '), "space", "Space"),
];

/// A key with its modifiers, as commands are bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: ChordKey,
    /// True while Ctrl is held.
    pub control: bool,
    /// True while Alt is held.
    pub alt: bool,
}

impl Chord {
    /// A key alone.
    #[must_use]
    pub const fn plain(key: ChordKey) -> Self {
        Self { key, control: false, alt: false }
    }

    /// A character with Ctrl.
    #[must_use]
    pub const fn control(character: char) -> Self {
        Self { key: ChordKey::Character(character), control: true, alt: false }
    }

    /// The character that this types into a field, if any.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.key {
            ChordKey::Character(character) if !self.control && !self.alt => Some(character),
            _ => None,
        }
    }
}

/// The name on the screen: `Ctrl-C`, `Tab`, `←`, `r`.
impl fmt::Display for Chord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modifiers = [(self.control, "Ctrl-"), (self.alt, "Alt-")];
        for (_, modifier) in modifiers.iter().filter(|(held, _)| *held) {
            formatter.write_str(modifier)?;
        }
        if let Some((_, _, name)) = NAMES.iter().find(|(key, _, _)| *key == self.key) {
            return formatter.write_str(name);
        }
        match self.key {
            ChordKey::Function(number) => write!(formatter, "F{number}"),
            ChordKey::Character(character) if self.control => write!(formatter, "{}", character.to_ascii_uppercase()),
            ChordKey::Character(character) => write!(formatter, "{character}"),
            _ => Ok(()),
        }
    }
}

/// Error of a text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no key: use a character, a name such as tab, left, pageup, space or f5, and ctrl- or alt- before it")]
pub struct UnknownKey(String);

/// Reads the name in the configuration: `ctrl-r`, `tab`, `R`, `?`, `f5`.
impl FromStr for Chord {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownKey(text.chars().take(32).collect());
        let mut chord = Self::plain(ChordKey::Escape);
        let mut rest = text;
        loop {
            let modified = |prefix: &str| rest.strip_prefix(prefix).filter(|after| !after.is_empty());
            if let Some(after) = modified("ctrl-").filter(|_| !chord.control) {
                (chord.control, rest) = (true, after);
            } else if let Some(after) = modified("alt-").filter(|_| !chord.alt) {
                (chord.alt, rest) = (true, after);
            } else {
                break;
            }
        }
        chord.key = key(rest).ok_or_else(unknown)?;
        if let (true, ChordKey::Character(character)) = (chord.control, chord.key) {
            chord.key = ChordKey::Character(character.to_ascii_lowercase());
        }
        Ok(chord)
    }
}

fn key(name: &str) -> Option<ChordKey> {
    if let Some((key, _, _)) = NAMES.iter().find(|(_, known, _)| *known == name) {
        return Some(*key);
    }
    let mut characters = name.chars();
    match (characters.next()?, characters.as_str()) {
        (character, "") if !character.is_control() && !character.is_whitespace() => {
            Some(ChordKey::Character(character))
        }
        ('f', number) => number.parse().ok().filter(|number| (1..=24).contains(number)).map(ChordKey::Function),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_shown() {
        let cases = [
            ("r", "r"),
            ("R", "R"),
            ("?", "?"),
            ("-", "-"),
            ("ctrl-r", "Ctrl-R"),
            ("ctrl-R", "Ctrl-R"),
            ("ctrl--", "Ctrl--"),
            ("alt-left", "Alt-←"),
            ("ctrl-alt-x", "Ctrl-Alt-X"),
            ("tab", "Tab"),
            ("backtab", "Shift-Tab"),
            ("space", "Space"),
            ("f", "f"),
            ("f5", "F5"),
            ("f24", "F24"),
        ];
        for (name, shown) in cases {
            assert_eq!(name.parse::<Chord>().unwrap().to_string(), shown, "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_told() {
        for name in ["", "ctrl-", "hyper-x", "rr", "f0", "f25", "Tab", " ", "\n", "ctrl-ctrl-x", "ctrl-\u{7}"] {
            assert!(name.parse::<Chord>().is_err(), "{name:?}");
        }
        let error = "hyper-x".parse::<Chord>().unwrap_err().to_string();
        assert!(error.starts_with("\"hyper-x\" is no key: use a character"), "{error}");
    }

    #[test]
    fn only_plain_characters_are_typed() {
        assert_eq!("a".parse::<Chord>().unwrap().typed(), Some('a'));
        for name in ["ctrl-a", "alt-a", "enter"] {
            assert_eq!(name.parse::<Chord>().unwrap().typed(), None, "{name}");
        }
    }
}
