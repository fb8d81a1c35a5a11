//! How to follow an advice on the dashboard.

use crate::domain::environment::EnvironmentName;
use crate::domain::failure::KeyFailure;
use crate::tui::keymap::Command;
use crate::tui::screen::Screen;
use crate::wording::remedies::{Fact, Place, Remedy};

/// What to press or to do.
pub(super) fn advise(advice: &Remedy, screen: &Screen) -> String {
    advice.at(&Place::Dashboard { add: screen.key_of(Command::AddKey), rotate: screen.key_of(Command::Rotate) })
}

/// What to do about a key that could not be had.
pub(super) fn failed(failure: &KeyFailure, environment: &EnvironmentName, screen: &Screen) -> String {
    let (fact, environment) = (Fact::KeyFailed(failure.clone()), environment.clone());
    advise(&Remedy { fact, source: None, environment }, screen)
}
