//! Question to the operator before a key is replaced or removed.

use std::io::{IsTerminal, Write};

use crate::commands::error::CommandError;
use crate::domain::environment::EnvironmentName;
use crate::domain::text;

/// Has the operator type the environment's name.
///
/// # Errors
/// Another answer, after which nothing was `done`, or no terminal to ask on.
pub(super) fn confirm(
    environment: &EnvironmentName,
    what: &str,
    done: &str,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::Failed("there is no terminal to ask on: say --yes to remove the key".to_owned()));
    }
    write!(out, "Type {environment} to {what}: ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == environment.as_str() {
        Ok(())
    } else {
        let answer = text::sanitise(&answer, 40);
        Err(CommandError::Failed(format!("nothing was {done}: {answer:?} is not {environment}")))
    }
}
