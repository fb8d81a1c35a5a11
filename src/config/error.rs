//! Errors of a configuration. No message quotes a value: it may be a secret in the wrong place.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Place in a text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Position {
    /// Position of a byte of `text`; an offset behind its end counts as the end.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |line_end| line_end + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// Error at one place of the config file, with its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFileError {
    /// Place in the file.
    pub position: Position,
    /// A sentence for people, without line ends.
    pub message: String,
}

/// Error of the configuration. As an error of usage it ends the program with status 2.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// A value in the file that is not as it must be.
    #[error("{}:{}: {}", file.display(), error.position, error.message)]
    Invalid {
        /// The config file.
        file: PathBuf,
        /// The error, with its place.
        error: ConfigFileError,
    },
    /// A file that was named and does not exist.
    #[error("{origin} names a config file that does not exist: {}", file.display())]
    Missing {
        /// The config file.
        file: PathBuf,
        /// The option or variable that names it.
        origin: &'static str,
    },
    /// A file that the system refuses to read.
    #[error("the config file {} can't be read: {reason}", file.display())]
    Unreadable {
        /// The config file.
        file: PathBuf,
        /// Answer of the system.
        reason: String,
    },
    /// A file that is longer than any configuration.
    #[error("the config file {} is larger than 1 MiB: this is no configuration", file.display())]
    TooLarge {
        /// The config file.
        file: PathBuf,
    },
    /// A theme that is neither built in nor in a file.
    #[error("there is no theme {}: {advice}", file.display())]
    NoTheme {
        /// The file that it would be in.
        file: PathBuf,
        /// What may have been meant.
        advice: String,
    },
    /// A value of an option or a variable that is not as it must be.
    #[error("{name}: {reason}")]
    Value {
        /// The option or variable.
        name: &'static str,
        /// Reason that its value is refused.
        reason: String,
    },
    /// An environment that `--env` names and that is not configured.
    #[error("there is no environment {name:?}: the configured ones are {known}")]
    UnknownEnvironment {
        /// The name asked for.
        name: String,
        /// The names configured, separated by commas.
        known: String,
    },
    /// A user without a home folder, and so without a place for files of their own.
    #[error("no home folder is known for this user: set HOME")]
    NoHome,
}

impl ConfigError {
    /// Error of an option or a variable whose value is refused for `reason`.
    pub(crate) fn value(name: &'static str, reason: &impl ToString) -> Self {
        Self::Value { name, reason: reason.to_string() }
    }
}
