//! Keymap as data: key bar, help and the README's table are made from it.

mod bindings;
mod chord;
mod key_group;
mod key_press;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use thiserror::Error;

pub use bindings::{BINDINGS, Binding, BindingScope, UiCommand};
pub use chord::{Chord, ChordKey, UnknownKey};
pub use key_group::KeyGroup;
pub use key_press::KeyPress;

/// Error in the bindings of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeymapError {
    /// No command has that name.
    #[error("{name:?} is no command that a key can be bound to; there are {known}")]
    UnknownCommand {
        /// As written.
        name: String,
        /// All names.
        known: String,
    },
    /// A text names no key.
    #[error("{source}")]
    UnknownKey {
        /// The command's name.
        command: &'static str,
        /// Error in the key.
        source: UnknownKey,
    },
    /// A key is bound to two commands that apply in the same place.
    #[error("the key {key} is bound to both {first} and {second}")]
    Conflict {
        /// As shown on the screen.
        key: String,
        /// A command's name.
        first: &'static str,
        /// The other's.
        second: &'static str,
    },
    /// There would be no way to quit.
    #[error("quit needs at least one key")]
    NoQuit,
}

impl KeymapError {
    /// The commands that it is about; a name that is none may be cut.
    #[must_use]
    pub fn commands(&self) -> [&str; 2] {
        match self {
            Self::UnknownCommand { name, .. } => [name, name],
            Self::UnknownKey { command, .. } => [command, command],
            Self::Conflict { first, second, .. } => [first, second],
            Self::NoQuit => ["quit", "quit"],
        }
    }
}

/// Names that commands had before, which configurations may still have.
const FORMER_NAMES: [(&str, UiCommand); 1] = [("console", UiCommand::WebPage)];

/// Keys of each command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// Chords of each binding, in the order of [`BINDINGS`].
    chords: Vec<Vec<Chord>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let read = |binding: &Binding| binding.keys.iter().filter_map(|name| name.parse().ok()).collect();
        Self { chords: BINDINGS.iter().map(read).collect() }
    }
}

impl Keymap {
    /// The default keymap, but with other keys for some commands: names of commands with names of keys.
    /// An empty list leaves a command without a key.
    ///
    /// # Errors
    /// [`KeymapError`] for an unknown command or key, a key that would do two things, or no key that quits.
    pub fn with_overrides(overrides: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        let mut keymap = Self::default();
        for (name, keys) in overrides {
            let former = FORMER_NAMES.iter().find(|(former, _)| former == name).map(|(_, command)| *command);
            let is_named = |binding: &Binding| binding.command.name() == name || Some(binding.command) == former;
            let Some(index) = BINDINGS.iter().position(is_named) else {
                let known = BINDINGS.each_ref().map(|binding| binding.command.name()).join(", ");
                return Err(KeymapError::UnknownCommand { name: name.chars().take(64).collect(), known });
            };
            let command = BINDINGS[index].command.name();
            let read = |key: &String| key.parse().map_err(|source| KeymapError::UnknownKey { command, source });
            keymap.chords[index] = keys.iter().map(read).collect::<Result<_, _>>()?;
        }
        keymap.check()?;
        Ok(keymap)
    }

    fn check(&self) -> Result<(), KeymapError> {
        let bound: Vec<_> =
            self.bindings().flat_map(|(binding, chords)| chords.iter().map(move |c| (binding, *c))).collect();
        for (index, (first, chord)) in bound.iter().enumerate() {
            let clash = bound[index + 1..].iter().find(|(second, other)| {
                chord == other && first.command != second.command && first.scope.overlaps(second.scope)
            });
            if let Some((second, _)) = clash {
                return Err(KeymapError::Conflict {
                    key: chord.to_string(),
                    first: first.command.name(),
                    second: second.command.name(),
                });
            }
        }
        if self.chords_of(UiCommand::Quit).is_empty() { Err(KeymapError::NoQuit) } else { Ok(()) }
    }

    /// Every command with its keys, in the order of the help.
    pub fn bindings(&self) -> impl Iterator<Item = (&'static Binding, &[Chord])> {
        BINDINGS.iter().zip(self.chords.iter().map(Vec::as_slice))
    }

    /// The keys of a command.
    #[must_use]
    pub fn chords_of(&self, command: UiCommand) -> &[Chord] {
        self.bindings().find(|(binding, _)| binding.command == command).map_or(&[], |(_, chords)| chords)
    }

    /// The first key of a command, as it is shown; `None` if it has none.
    #[must_use]
    pub fn key_of(&self, command: UiCommand) -> Option<String> {
        self.chords_of(command).first().map(ToString::to_string)
    }

    /// Command of a key, and the number of the key among the command's keys.
    #[must_use]
    pub fn command(&self, chord: Chord, in_overlay: bool) -> Option<(&'static Binding, usize)> {
        let elsewhere = if in_overlay { BindingScope::Dashboard } else { BindingScope::Overlay };
        self.bindings()
            .filter(|(binding, _)| binding.scope != elsewhere)
            .find_map(|(binding, chords)| Some((binding, chords.iter().position(|bound| *bound == chord)?)))
    }

    /// All keys as a table in Markdown.
    #[must_use]
    pub fn markdown_table(&self) -> String {
        let mut table = "| Keys | What they do |\n| --- | --- |\n".to_owned();
        for (binding, chords) in self.bindings().filter(|(_, chords)| !chords.is_empty()) {
            let keys: Vec<_> = key_names(chords).iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            let _ = writeln!(table, "| {} | {} |", keys.join(" "), binding.help);
        }
        table
    }
}

/// The names of keys as they are shown; a row of digits is told as a range.
#[must_use]
pub fn key_names(chords: &[Chord]) -> Vec<String> {
    let digits: String = chords.iter().filter_map(|chord| chord.typed()).collect();
    match (chords, digits.as_str()) {
        ([first, .., last], "123456789") => vec![format!("{first}–{last}")],
        _ => chords.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(pairs: &[(&str, &[&str])]) -> Result<Keymap, KeymapError> {
        let read =
            |(name, keys): &(&str, &[&str])| ((*name).to_owned(), keys.iter().map(ToString::to_string).collect());
        Keymap::with_overrides(&pairs.iter().map(read).collect())
    }

    fn command(keymap: &Keymap, key: &str, in_overlay: bool) -> Option<UiCommand> {
        keymap.command(key.parse().unwrap(), in_overlay).map(|(binding, _)| binding.command)
    }

    #[test]
    fn every_default_key_is_read_and_none_does_two_things() {
        let keymap = overrides(&[]).unwrap();
        for (binding, chords) in keymap.bindings() {
            assert_eq!(chords.len(), binding.keys.len(), "{}", binding.command.name());
        }
    }

    #[test]
    fn a_key_may_do_one_thing_on_the_dashboard_and_another_over_it() {
        let keymap = Keymap::default();
        assert_eq!(command(&keymap, "j", false), Some(UiCommand::Next));
        assert_eq!(command(&keymap, "j", true), Some(UiCommand::ScrollDown));
        assert_eq!(command(&keymap, "r", true), None);
        assert_eq!(command(&keymap, "ctrl-c", true), Some(UiCommand::Quit));
    }

    #[test]
    fn the_number_of_a_key_is_that_of_the_environment() {
        let keymap = Keymap::default();
        assert_eq!(keymap.command("3".parse().unwrap(), false).map(|(_, number)| number), Some(2));
    }

    #[test]
    fn keys_can_be_moved_and_taken_away() {
        let keymap = overrides(&[("refresh", &["f5", "ctrl-r"]), ("pause", &[])]).unwrap();
        assert_eq!(command(&keymap, "f5", false), Some(UiCommand::Refresh));
        assert_eq!(command(&keymap, "ctrl-r", false), Some(UiCommand::Refresh));
        assert_eq!((command(&keymap, "r", false), command(&keymap, "p", false)), (None, None));
        assert_eq!(keymap.key_of(UiCommand::Pause), None);
    }

    #[test]
    fn a_command_has_its_former_name_too() {
        for name in ["console", "web-page"] {
            assert_eq!(
                command(&overrides(&[(name, &["f9"])]).unwrap(), "f9", false),
                Some(UiCommand::WebPage),
                "{name}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_reason() {
        let error = |pairs: &[(&str, &[&str])]| overrides(pairs).unwrap_err().to_string();
        assert!(error(&[("explode", &["x"])]).starts_with("\"explode\" is no command that a key can be bound to"));
        assert!(error(&[("refresh", &["rr"])]).starts_with("\"rr\" is no key"));
        assert_eq!(error(&[("refresh", &["p"])]), "the key p is bound to both refresh and pause");
        assert_eq!(error(&[("close", &["q"])]), "the key q is bound to both close and quit");
        assert_eq!(error(&[("quit", &[])]), "quit needs at least one key");
    }

    #[test]
    fn the_table_tells_every_command() {
        let table = Keymap::default().markdown_table();
        assert_eq!(table.lines().count(), 2 + BINDINGS.len());
        assert!(table.contains("| `1–9` | choose an environment by its number |\n"));
        assert!(table.contains("| `Shift-Tab` `←` `h` `↑` `k` | previous environment |\n"));
    }
}
