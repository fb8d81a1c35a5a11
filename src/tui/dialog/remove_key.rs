//! The dialog that erases a key from the key store, once the environment's name was typed.

use super::binding::{DialogBinding, ENTER};
use super::name_input::NameInput;
use super::stored_key::{StoredKeyError, stored_key};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::RemovalError;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot};
use crate::tui::action::Action;
use crate::tui::keymap::{Chord, KeyPress};

/// The dialog.
#[derive(Debug)]
pub struct RemoveKey {
    /// Environment of the key.
    pub environment: EnvironmentName,
    /// Its name, as far as it was typed.
    pub name: NameInput,
    /// True while the key is being erased.
    pub erasing: bool,
    /// Error of the last try to erase the key.
    pub error: Option<RemovalError>,
}

impl RemoveKey {
    pub fn new(environment: EnvironmentName) -> Self {
        Self { name: NameInput::new(environment.clone()), environment, erasing: false, error: None }
    }

    /// The key that can be erased.
    pub fn key(environment: Option<&EnvironmentSnapshot>) -> Result<&KeySnapshot, StoredKeyError<'_>> {
        if environment.is_some_and(|environment| environment.rotation.is_some()) {
            return Err(StoredKeyError::Rotating);
        }
        stored_key(environment)
    }

    /// Bindings that work in this state.
    pub fn bindings(&self, environment: Option<&EnvironmentSnapshot>) -> Vec<DialogBinding> {
        if !self.takes_name(environment) {
            return Vec::new();
        }
        let erase = DialogBinding { chord: ENTER, label: "erase the key", rank: 1 };
        let clear = DialogBinding { chord: Chord::control('u'), label: "clear", rank: 2 };
        std::iter::once(erase).filter(|_| self.name.is_right()).chain([clear]).collect()
    }

    /// True while the environment's name can be typed.
    pub(super) fn takes_name(&self, environment: Option<&EnvironmentSnapshot>) -> bool {
        !self.erasing && Self::key(environment).is_ok()
    }

    pub(super) fn pressed(&mut self, press: KeyPress, environment: Option<&EnvironmentSnapshot>) -> Option<Action> {
        if !self.takes_name(environment) {
            return None;
        }
        if press.chord == ENTER && self.name.is_right() {
            (self.erasing, self.error) = (true, None);
            return Some(Action::RemoveKey(self.environment.clone()));
        }
        self.name.edit(press.chord);
        None
    }

    /// The key is not known to be erased.
    pub fn failed(&mut self, error: RemovalError) {
        self.erasing = false;
        self.name = NameInput::new(self.environment.clone());
        self.error = Some(error);
    }
}
