//! The dialog that takes a key.

use super::binding::{DialogBinding, ENTER};
use super::key_input::KeyInput;
use super::stored_key::stored_key;
use crate::domain::api_key::{KeyIdentity, ParseApiKeyError};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::EnrollmentError;
use crate::domain::rotation::{KeyCheckError, KeyCheckOverrides, Replace};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::action::Action;
use crate::tui::keymap::{Chord, KeyPress};

/// The dialog.
#[derive(Debug)]
pub struct AddKey {
    /// Environment of the key.
    pub environment: EnvironmentName,
    /// Input of the key.
    pub input: KeyInput,
    /// The key that is being tried; nothing can be typed meanwhile.
    pub trying: Option<KeyIdentity>,
    /// Error of the last key.
    pub error: Option<AddKeyError>,
    /// The key that was tried last and the check that it failed; the operator may override it.
    pub check_error: Option<(KeyIdentity, KeyCheckError)>,
    /// Checks that the operator overrides; the key that the dialog says it replaces may be replaced.
    overrides: KeyCheckOverrides,
}

/// Reason why a key was not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum AddKeyError {
    /// It can be none.
    Unusable(ParseApiKeyError),
    /// It was tried and not stored, or not for certain.
    NotStored(EnrollmentError),
}

/// Chord that stores a key though a check failed.
const OVERRIDE: Chord = Chord::control('y');

impl AddKey {
    pub fn new(environment: EnvironmentName) -> Self {
        Self {
            environment,
            input: KeyInput::default(),
            trying: None,
            error: None,
            check_error: None,
            overrides: KeyCheckOverrides::default(),
        }
    }

    /// Takes note of the key that is told to be replaced.
    pub(super) fn observe(&mut self, environment: Option<&EnvironmentSnapshot>) {
        if self.trying.is_none() && self.check_error.is_none() {
            self.overrides.replace = match stored_key(environment) {
                Ok(key) => Replace::Only(key.identity.fingerprint),
                Err(_) => Replace::Nothing,
            };
        }
    }

    /// Bindings that work in this state.
    pub(super) fn bindings(&self) -> Vec<DialogBinding> {
        if self.trying.is_some() {
            return Vec::new();
        }
        let submit = DialogBinding { chord: ENTER, label: "try and store", rank: 1 };
        let force = DialogBinding { chord: OVERRIDE, label: "store it all the same", rank: 2 };
        let clear = DialogBinding { chord: Chord::control('u'), label: "clear", rank: 3 };
        [Some(submit), self.check_error.as_ref().map(|_| force), Some(clear)].into_iter().flatten().collect()
    }

    pub(super) fn pressed(&mut self, press: KeyPress) -> Option<Action> {
        if self.trying.is_some() {
            return None;
        }
        if press.chord == OVERRIDE {
            return self.override_check();
        }
        if self.input.edit(press.chord) {
            self.edited();
        } else if press.chord == ENTER {
            return self.submit();
        }
        None
    }

    pub(super) fn pasted(&mut self, text: &str) -> bool {
        let takes_key = self.trying.is_none();
        if takes_key {
            self.input.paste(text);
            self.edited();
        }
        takes_key
    }

    /// Another key is being typed: the one before can't be insisted on any more.
    fn edited(&mut self) {
        (self.error, self.check_error) = (None, None);
        self.overrides.shared = false;
    }

    /// Tries the key again without the check that it failed.
    fn override_check(&mut self) -> Option<Action> {
        let (identity, check_error) = self.check_error.take()?;
        match check_error {
            KeyCheckError::Replaces(key) => self.overrides.replace = Replace::Only(key.fingerprint),
            _ => self.overrides.shared = true,
        }
        self.input.clear();
        (self.trying, self.error) = (Some(identity), None);
        let overrides = self.overrides.clone();
        Some(Action::ForceKey { environment: self.environment.clone(), overrides })
    }

    /// Takes what was typed, if it can be a key; the input is empty afterwards.
    fn submit(&mut self) -> Option<Action> {
        match self.input.take() {
            Ok(key) => {
                (self.trying, self.error) = (Some(key.identity()), None);
                let overrides = self.overrides.clone();
                Some(Action::TryKey { environment: self.environment.clone(), key, overrides })
            }
            Err(reason) => {
                self.error = Some(AddKeyError::Unusable(reason));
                None
            }
        }
    }

    /// The key that was tried was not taken.
    pub fn refused(&mut self, error: EnrollmentError) {
        let tried = self.trying.take();
        self.check_error = tried.zip(error.check_error().cloned());
        self.error = Some(AddKeyError::NotStored(error));
    }

    /// A key that is being tried is given up, and one that failed a check is wiped.
    pub(super) fn close(self) -> Option<Action> {
        (self.trying.is_some() || self.check_error.is_some()).then_some(Action::CancelKeyTrial(self.environment))
    }
}
