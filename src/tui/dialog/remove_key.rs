//! The dialog that erases a key from the key store, once the environment's name was typed.

use super::name_input::NameInput;
use super::obstacle::{Obstacle, stored_key};
use super::{ENTER, Offer};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::RemovalError;
use crate::monitor::report::{KeyReport, Report};
use crate::tui::action::Action;
use crate::tui::keymap::Chord;
use crate::tui::message::KeyPress;

/// The dialog.
#[derive(Debug)]
pub(in crate::tui) struct RemoveKey {
    /// Of which environment.
    pub environment: EnvironmentName,
    /// Its name, as far as it was typed.
    pub name: NameInput,
    /// Whether the key is being erased.
    pub erasing: bool,
    /// Why the key is not known to be erased.
    pub problem: Option<RemovalError>,
}

impl RemoveKey {
    pub(in crate::tui) fn new(environment: EnvironmentName) -> Self {
        Self { name: NameInput::new(environment.clone()), environment, erasing: false, problem: None }
    }

    /// The key that can be erased.
    pub(in crate::tui) fn key(report: Option<&Report>) -> Result<&KeyReport, Obstacle<'_>> {
        if report.is_some_and(|report| report.rotation.is_some()) {
            return Err(Obstacle::Rotating);
        }
        stored_key(report)
    }

    /// What can be done.
    pub(in crate::tui) fn offers(&self, report: Option<&Report>) -> Vec<Offer> {
        if !self.takes_name(report) {
            return Vec::new();
        }
        let erase = Offer { chord: ENTER, word: "erase the key", rank: 1 };
        let clear = Offer { chord: Chord::control('u'), word: "clear", rank: 2 };
        std::iter::once(erase).filter(|_| self.name.is_right()).chain([clear]).collect()
    }

    /// Whether the environment's name can be typed.
    pub(super) fn takes_name(&self, report: Option<&Report>) -> bool {
        !self.erasing && Self::key(report).is_ok()
    }

    pub(super) fn pressed(&mut self, press: KeyPress, report: Option<&Report>) -> Option<Action> {
        if !self.takes_name(report) {
            return None;
        }
        if press.chord == ENTER && self.name.is_right() {
            (self.erasing, self.problem) = (true, None);
            return Some(Action::RemoveKey(self.environment.clone()));
        }
        self.name.edit(press.chord);
        None
    }

    /// The key is not known to be erased.
    pub(in crate::tui) fn failed(&mut self, problem: RemovalError) {
        self.erasing = false;
        self.name = NameInput::new(self.environment.clone());
        self.problem = Some(problem);
    }
}
