//! The word for the kind of failure that brought no key.

use serde::Serialize;
use strum::IntoStaticStr;

/// Kind of failure that brought no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum KeyErrorKind {
    /// No source has one.
    Missing,
    /// The key store is locked.
    Locked,
    /// The key store is locked, and its question for the password was dismissed or could not be asked.
    Dismissed,
    /// The key store, or the way to it, does not let this program in.
    Denied,
    /// There is no session in which a key store could run.
    NoSession,
    /// There is a session, and no key store runs in it.
    NoService,
    /// The key store has no place that takes new keys.
    NoCollection,
    /// The key store can't be reached, or does not work, for another reason.
    Unavailable,
    /// The key store gave no answer, in time or at all: a change may have been made, or be made later.
    Slow,
    /// The key store gave no answer in time, and the change was not begun: it will never be made.
    Withdrawn,
    /// The key store has another key than the one that was to be changed: nothing was changed.
    Changed,
    /// The key store holds two entries of the same name.
    Ambiguous,
    /// A source has something that can be no key.
    Invalid,
    /// The key store has something that can be no key.
    #[strum(serialize = "invalid")]
    Entry,
    /// A key file that others may read, or that can't be read.
    File,
    /// The key command failed, took too long, or printed what can be no key.
    Command,
    /// The encrypted key file was made with another passphrase.
    WrongPassphrase,
    /// The encrypted key file is no such file, or no longer whole.
    Damaged,
    /// The encrypted key file is one that this version does not open.
    Unsupported,
}

impl KeyErrorKind {
    /// The word that stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
