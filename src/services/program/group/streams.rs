//! The standard streams of a program.

use std::process::{ChildStderr, ChildStdin, ChildStdout};

/// The ends of a program's standard streams that are held here.
pub(super) struct Streams {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}
