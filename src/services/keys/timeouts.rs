//! Time limits of the key sources.

use std::time::Duration;

use crate::domain::key_read_timeout::KeyReadTimeout;

/// A question is taken back so long before the call that put it is given up.
const QUESTION_SLACK: Duration = Duration::from_millis(500);
/// The time limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimeouts {
    /// For a key store or key file while polling.
    pub poll: Duration,
    /// For a key command while polling.
    pub command: Duration,
    /// For whatever a user has asked for.
    pub user: Duration,
    /// For a question of the key store's to the user, which is then taken off the screen.
    pub question: Duration,
}

impl Default for KeyTimeouts {
    fn default() -> Self {
        let question = Duration::from_mins(4);
        Self { poll: Duration::from_secs(3), command: Duration::from_secs(10), user: Duration::from_mins(1), question }
    }
}

impl KeyTimeouts {
    /// Those of a command that a person waits for: as long as a person needs.
    #[must_use]
    pub fn for_person() -> Self {
        let Self { user, .. } = Self::default();
        Self { poll: user, command: user, user, question: user.saturating_sub(QUESTION_SLACK) }
    }

    /// Those of a command that nobody may be waiting for. No question outlives it.
    #[must_use]
    pub fn for_program() -> Self {
        let limits = Self::default();
        Self { question: limits.poll.saturating_sub(QUESTION_SLACK), ..limits }
    }

    pub(super) fn of_store(&self, timeout: KeyReadTimeout) -> Duration {
        match timeout {
            KeyReadTimeout::Poll => self.poll,
            KeyReadTimeout::User => self.user,
        }
    }

    pub(super) fn of_command(&self, timeout: KeyReadTimeout) -> Duration {
        match timeout {
            KeyReadTimeout::Poll => self.command,
            KeyReadTimeout::User => self.user,
        }
    }
}
