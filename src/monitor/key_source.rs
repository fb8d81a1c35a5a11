//! Times at which the sources of a key are asked again.

use jiff::SignedDuration;

use crate::domain::backoff::doubled;
use crate::domain::error::{KeyError, KeyErrorKind};

/// Wait before a source without a key is asked again.
pub const RELOAD: SignedDuration = SignedDuration::from_secs(60);
/// Wait before a key command is run again while its key is refused, and once it has failed.
pub const RELOAD_COMMAND: SignedDuration = SignedDuration::from_mins(5);
/// Longest wait before a key command that fails is run again.
const RELOAD_COMMAND_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Wait before a locked key store is asked again: each time may put a prompt before the user.
pub const RELOAD_LOCKED: SignedDuration = SignedDuration::from_mins(5);
/// Least time between two looks at the sources of a key, which are asked again with each poll.
pub const RELOAD_GAP: SignedDuration = SignedDuration::from_secs(5);

/// Wait after an error; a command that failed `failures` times (from 1) in a row waits 5 min, doubled up to 1 h.
#[must_use]
pub fn reload_after(error: &KeyError, failures: u32) -> SignedDuration {
    match error.kind() {
        KeyErrorKind::Command => doubled(RELOAD_COMMAND, failures.saturating_sub(1)).min(RELOAD_COMMAND_MAX),
        KeyErrorKind::Locked | KeyErrorKind::Dismissed => RELOAD_LOCKED,
        _ => RELOAD,
    }
}
