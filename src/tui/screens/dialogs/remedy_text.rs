//! Remedies as a dialog tells them.

use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::tui::screen::Screen;
use crate::wording::remedies::{Remedy, RemedyReason};

/// Remedy of a key that could not be had, in a dialog that takes none: the keys of the dashboard work once it is
/// closed.
pub(super) fn key_failure_remedy(failure: &KeyError, environment: &EnvironmentName, screen: &Screen) -> String {
    let (reason, environment) = (RemedyReason::KeyFailed(failure.clone()), environment.clone());
    let advice = Remedy { reason, source: None, environment };
    let remedy = advice.at(&screen.audience());
    if advice.is_pressed() { format!("close this, then {remedy}") } else { remedy }
}
