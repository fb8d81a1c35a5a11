//! What the screen wants done. Plain data: the runtime does it, and reports back with messages.

use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;

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
        /// For which environment.
        environment: EnvironmentName,
        /// The key.
        key: ApiKey,
    },
    /// Give up trying a key: if it is not stored yet, don't.
    CancelTry(EnvironmentName),
}

/// Keys are compared by their fingerprints.
impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Quit, Self::Quit)
            | (Self::Suspend, Self::Suspend)
            | (Self::Redraw, Self::Redraw)
            | (Self::RefreshAll, Self::RefreshAll)
            | (Self::TogglePause, Self::TogglePause) => true,
            (Self::Refresh(one), Self::Refresh(two)) | (Self::CancelTry(one), Self::CancelTry(two)) => one == two,
            (Self::TryKey { environment: one, key: first }, Self::TryKey { environment: two, key: second }) => {
                one == two && first.fingerprint() == second.fingerprint()
            }
            _ => false,
        }
    }
}
