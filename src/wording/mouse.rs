//! Sentences about who has the mouse.

/// The dashboard took it again.
pub const TAKEN: &str = "the mouse clicks and scrolls here again";
/// The operator asked at the start that the terminal keep it.
pub const LEFT: &str = "the mouse is left to the terminal, by --no-mouse or the config";

/// The terminal has it; `key` has the dashboard take it again.
#[must_use]
pub fn given(key: Option<&str>) -> String {
    let back = key.map(|key| format!("; {key} takes it back")).unwrap_or_default();
    format!("the mouse selects text now{back}")
}
