//! Errors of a program that was run.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

use crate::domain::error::{KeyCommandError, ProgramExit};

/// Reason why a program did not do what it was run for. No variant carries any of its output.
#[derive(Debug, Error)]
pub enum ProgramError {
    #[error("is empty")]
    Empty,
    #[error("can't run {0}: {1}")]
    NotStarted(String, io::Error),
    #[error("failed ({status}){}", .said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
    Failed {
        status: ExitStatus,
        /// The last line of what it complained, safe to show.
        said: Option<String>,
    },
    #[error("printed more than 64 KiB")]
    TooMuchOutput,
    #[error("took longer than {} s", .0.as_secs_f64())]
    TooSlow(Duration),
    #[error("broke off: {0}")]
    Broken(#[from] io::Error),
}

impl From<ProgramError> for KeyCommandError {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Empty => Self::Empty,
            ProgramError::NotStarted(program, error) => Self::NotStarted { program, said: error.to_string() },
            ProgramError::Failed { status, said } => Self::Failed { exit: exit_of(status), said },
            ProgramError::TooMuchOutput => Self::TooMuchOutput,
            ProgramError::TooSlow(limit) => Self::TooSlow(limit),
            ProgramError::Broken(error) => Self::Broken { said: error.to_string() },
        }
    }
}

fn exit_of(status: ExitStatus) -> ProgramExit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ProgramExit::Signal(signal);
    }
    status.code().map_or(ProgramExit::Unknown, ProgramExit::Code)
}
