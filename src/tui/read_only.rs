//! Read-only: under `--read-only` no command that changes a key, an alert or the polling works or is offered.

use super::keymap::UiCommand;

/// The notice that answers the key of a command that does not work.
pub(super) const REFUSAL: &str = "read-only: nothing can be changed here";

/// True for a command that works under `--read-only`: it changes what the screen shows, or polls as anybody may.
pub(super) fn is_permitted(command: UiCommand) -> bool {
    !matches!(
        command,
        UiCommand::Pause | UiCommand::AddKey | UiCommand::Rotate | UiCommand::RemoveKey | UiCommand::Acknowledge
    )
}
