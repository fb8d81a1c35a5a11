//! The place where a remedy is read.

/// Place of the user who reads a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemedyAudience {
    /// Before the dashboard, with the keys of the keyboard that add and rotate a key of the chosen environment; `None`
    /// where none does, as on one that is read-only.
    Dashboard {
        /// Adds or replaces a key.
        add: Option<String>,
        /// Opens the steps of a rotation.
        rotate: Option<String>,
    },
    /// In a dialog that takes a key.
    Dialog,
    /// On a command line.
    CommandLine,
    /// Elsewhere: in a log, or where a notification came.
    Sink,
}
