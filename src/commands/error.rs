//! Failure of a command, and the exit status that it gives.

use std::io;

use thiserror::Error;

use crate::config::error::ConfigError;
use crate::services::history::HistoryError;
use crate::wording::history_errors;

/// Failure of a command.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something failed; the text says what, and what to do.
    #[error("{0}")]
    Failed(String),
    /// The output could not be written.
    #[error("the output can't be written: {0}")]
    Output(#[from] io::Error),
}

impl From<HistoryError> for CommandError {
    fn from(error: HistoryError) -> Self {
        Self::Failed(history_errors::sentence_and_remedy(error.failure()))
    }
}

impl CommandError {
    /// Exit status: 1 failed, 2 usage or configuration. A reader that closed its end of the pipe has seen enough, which
    /// is no failure: 0.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Config(_) => 2,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Failed(_) | Self::Output(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_tells_usage_from_failure_and_a_closed_pipe_from_both() {
        assert_eq!(CommandError::from(ConfigError::NoHome).exit_status(), 2);
        assert_eq!(CommandError::Failed(String::new()).exit_status(), 1);
        assert_eq!(CommandError::from(io::Error::from(io::ErrorKind::StorageFull)).exit_status(), 1);
        assert_eq!(CommandError::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit_status(), 0);
    }
}
