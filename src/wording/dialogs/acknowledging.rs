//! The dialog that acknowledges alerts, or takes that back.

use crate::domain::environment::EnvironmentName;
use crate::wording::sentences::environment_name;

/// What the note is for.
pub const NOTE_PURPOSE: &str = "what you do about it, if you like";

/// Title; `takes_back` is true where an acknowledgement is taken back.
#[must_use]
pub fn title(name: &EnvironmentName, takes_back: bool) -> String {
    let what = if takes_back { "take back the acknowledgement" } else { "acknowledge alerts" };
    format!("{what} of {}", environment_name(name))
}

/// Effect of Enter; `is_moot` is true where no alert is left that it changes.
#[must_use]
pub fn effect(takes_back: bool, is_moot: bool) -> &'static str {
    match (is_moot, takes_back) {
        (true, false) => "nothing is left to acknowledge",
        (true, true) => "no acknowledgement is left to take back",
        (false, false) => "No reminders follow. It is told again if it gets worse.",
        (false, true) => "Taken back, these count as unseen again, and reminders follow.",
    }
}
