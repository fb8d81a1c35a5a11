//! Messages to the screen: keys, the mouse, the terminal's size, and the outcomes of actions.

use std::fmt;

use zeroize::Zeroizing;

pub use super::keymap::KeyPress;
use super::notice::ScreenNotice;
use super::theme::{Ground, OwnTheme};
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, RemovalError};
use crate::domain::rotation::RotationError;

/// Something for the screen to act on.
pub enum Message {
    /// A key was pressed.
    KeyPressed(KeyPress),
    /// A text was pasted.
    Pasted(Zeroizing<String>),
    /// The left button of the mouse was pressed over a cell, counted from 0.
    Clicked {
        /// From the left.
        column: u16,
        /// From the top.
        row: u16,
    },
    /// The wheel of the mouse was turned by a notch.
    WheelTurned(WheelTurn),
    /// The terminal has this size now; also sent once at the start.
    Resized {
        /// Cells in a row.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// The sources of an environment's key were asked.
    KeyLookupFinished {
        /// Environment of the key.
        environment: EnvironmentName,
        /// True where they have a key.
        is_found: bool,
    },
    /// A key was tried, as [`Action::TryKey`](super::action::Action::TryKey) asked.
    KeyTried {
        /// Environment of the key.
        environment: EnvironmentName,
        /// The key that was stored, or the error.
        outcome: Result<KeyAccepted, EnrollmentError>,
    },
    /// A key was to be erased from the key store.
    KeyRemoved {
        /// Environment of the key.
        environment: EnvironmentName,
        /// True where there was a key; or the reason why it is not known to be erased.
        outcome: Result<bool, RemovalError>,
    },
    /// A step of a rotation was taken, as the operator asked; the state of the rotation is in the snapshot of the
    /// environment.
    RotationAnswered {
        /// Environment of the key.
        environment: EnvironmentName,
        /// The error, if there was one.
        outcome: Result<(), RotationError>,
    },
    /// The web page was to be opened; true where a browser took it.
    WebPageOpened(bool),
    /// The terminal told the ground that it draws on.
    TerminalGround(Ground),
    /// The file of the user's theme has changed and was read again.
    OwnThemeRead(
        /// The theme, or the sentence that tells what is wrong with the file.
        Result<OwnTheme, String>,
    ),
    /// Something to tell once.
    Noticed(ScreenNotice),
}

/// Direction in which the wheel of the mouse was turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WheelTurn {
    /// Away from the hand.
    Up,
    /// Towards it.
    Down,
}

impl Message {
    /// True for what comes from the operator's hand.
    pub(super) fn is_by_hand(&self) -> bool {
        matches!(self, Self::KeyPressed(_) | Self::Pasted(_) | Self::Clicked { .. } | Self::WheelTurned { .. })
    }
}

/// A key that the service accepted, stored by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAccepted {
    /// Fingerprint and ending of the key.
    pub identity: KeyIdentity,
    /// The source that comes before the key store, so that the key is not used.
    pub overridden_by: Option<KeySource>,
}

/// Shows nothing that was typed or pasted.
impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPressed(press) => press.fmt(formatter),
            Self::Pasted(_) => formatter.write_str("Pasted"),
            Self::Clicked { column, row } => write!(formatter, "Clicked({column}, {row})"),
            Self::WheelTurned(turn) => write!(formatter, "WheelTurned({turn:?})"),
            Self::Resized { columns, rows } => write!(formatter, "Resized({columns}, {rows})"),
            Self::KeyLookupFinished { environment, is_found } => {
                write!(formatter, "KeyLookupFinished({environment}, {is_found})")
            }
            Self::KeyTried { environment, outcome } => write!(formatter, "KeyTried({environment}, {outcome:?})"),
            Self::KeyRemoved { environment, outcome } => write!(formatter, "KeyRemoved({environment}, {outcome:?})"),
            Self::RotationAnswered { environment, outcome } => {
                write!(formatter, "RotationAnswered({environment}, {outcome:?})")
            }
            Self::WebPageOpened(is_open) => write!(formatter, "WebPageOpened({is_open})"),
            Self::TerminalGround(ground) => write!(formatter, "TerminalGround({ground:?})"),
            Self::OwnThemeRead(outcome) => write!(formatter, "OwnThemeRead({outcome:?})"),
            Self::Noticed(notice) => write!(formatter, "Noticed({notice:?})"),
        }
    }
}
