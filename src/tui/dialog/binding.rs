//! Bindings of the dialogs. They can't be changed by the configuration, for letters must stay letters.

use crate::tui::keymap::{Chord, ChordKey};

/// Enter: what a dialog is about.
pub(super) const ENTER: Chord = Chord::plain(ChordKey::Enter);

/// A key of the keyboard that does something in a dialog, as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialogBinding {
    pub chord: Chord,
    /// Its effect, in a word or two.
    pub label: &'static str,
    /// Rank in the key bar: where there is no room the highest go first.
    pub rank: u8,
}

/// Binding of Esc in every dialog.
pub(super) const CLOSE: DialogBinding =
    DialogBinding { chord: Chord::plain(ChordKey::Escape), label: "close", rank: 0 };
