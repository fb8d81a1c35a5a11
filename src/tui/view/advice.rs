//! How to follow an advice on the dashboard.

use crate::domain::environment::EnvironmentName;
use crate::domain::failure::KeyFailure;
use crate::tui::screen::Screen;
use crate::wording::remedies::{Fact, Remedy};

/// What to press or to do.
pub(super) fn advise(advice: &Remedy, screen: &Screen) -> String {
    advice.at(&screen.place())
}

/// What to do about a key that could not be had, in a dialog that takes none: the keys of the dashboard work once it is
/// closed.
pub(super) fn failed(failure: &KeyFailure, environment: &EnvironmentName, screen: &Screen) -> String {
    let (fact, environment) = (Fact::KeyFailed(failure.clone()), environment.clone());
    let advice = Remedy { fact, source: None, environment };
    let told = advise(&advice, screen);
    if advice.is_pressed() { format!("close this, then {told}") } else { told }
}
