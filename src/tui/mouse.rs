//! The mouse: who has it, the dashboard or the terminal, which marks text with it.

/// Owner of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MouseOwner {
    /// The dashboard: clicks and the wheel mean something.
    Dashboard,
    /// The terminal, until the operator has the dashboard take the mouse again.
    Terminal,
    /// The terminal, as the operator asked for at the start.
    TerminalAlways,
}
