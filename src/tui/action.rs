//! Actions that the screen asks for. Plain data: the runtime does them, and reports back with messages.

use crate::domain::alert::AcknowledgementRequest;
use crate::domain::api_key::ApiKey;
use crate::domain::clipboard::ClipboardContent;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{KeyCheckOverrides, RotationId, RotationRequest};

/// Something to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// End the program.
    Quit,
    /// Give the terminal back and stop, until the shell brings the program to the front again.
    Suspend,
    /// Clear the terminal and paint everything anew.
    Redraw,
    /// Poll one environment at once.
    Refresh(EnvironmentName),
    /// Poll every environment at once.
    RefreshAll,
    /// Stop or resume timed polls.
    TogglePause,
    /// Try a key against the service and store it only if it is accepted; answered with
    /// [`Message::KeyTried`](super::message::Message::KeyTried).
    TryKey {
        /// Environment of the key.
        environment: EnvironmentName,
        /// The key.
        key: ApiKey,
        /// Checks that the operator overrides.
        overrides: KeyCheckOverrides,
    },
    /// Try the key again that was tried last and failed a check; answered like [`Action::TryKey`].
    ForceKey {
        /// Environment of the key.
        environment: EnvironmentName,
        /// Checks that the operator overrides.
        overrides: KeyCheckOverrides,
    },
    /// Give up trying a key: if it is not stored yet, don't; and wipe the one that was offered last.
    CancelKeyTrial(EnvironmentName),
    /// Erase the key of an environment from the key store; answered with
    /// [`Message::KeyRemoved`](super::message::Message::KeyRemoved).
    RemoveKey(EnvironmentName),
    /// Start the rotation of a key; answered with
    /// [`Message::RotationAnswered`](super::message::Message::RotationAnswered).
    StartRotation(EnvironmentName),
    /// Try the new key of a rotation, and put it in use if it passes the checks; answered with
    /// [`Message::RotationAnswered`](super::message::Message::RotationAnswered).
    TryNewKey {
        /// Environment of the key.
        environment: EnvironmentName,
        /// The new key.
        key: ApiKey,
    },
    /// Put the key in use that was offered last, though it answers for another account; answered like
    /// [`Action::TryNewKey`].
    ForceNewKey(EnvironmentName),
    /// Retry, roll back or abandon the rotation that the operator has seen; answered with
    /// [`Message::RotationAnswered`](super::message::Message::RotationAnswered).
    Rotation(Box<RotationId>, RotationRequest),
    /// Put off the reminder that rotation is due soon, by a week.
    SnoozeRotation(EnvironmentName),
    /// Open the web page of the keys in the operator's browser; answered with
    /// [`Message::WebPageOpened`](super::message::Message::WebPageOpened).
    OpenWebPage,
    /// Put something on the clipboard of the terminal, and tell so.
    Copy(ClipboardContent),
    /// Note that the operator has seen the alerts of an environment, and those of the machine, or takes that back.
    Acknowledge(EnvironmentName, AcknowledgementRequest),
}
