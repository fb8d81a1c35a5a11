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
    /// For which environment.
    pub environment: EnvironmentName,
    /// Input of the key.
    pub input: KeyInput,
    /// The key that is being tried; nothing can be typed meanwhile.
    pub trying: Option<KeyIdentity>,
    /// Error of the last key.
    pub error: Option<AddKeyError>,
    /// The key that was tried last, and what speaks against it: the operator may insist.
    pub objection: Option<(KeyIdentity, KeyCheckError)>,
    /// Findings that the operator overrides; the key that is said to be replaced may be.
    insistence: KeyCheckOverrides,
}

/// Reason why a key was not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum AddKeyError {
    /// It can be none.
    Unusable(ParseApiKeyError),
    /// It was tried and not stored, or not for certain.
    NotStored(EnrollmentError),
}

/// Stores a key though something speaks against it.
const INSIST: Chord = Chord::control('y');

impl AddKey {
    pub fn new(environment: EnvironmentName) -> Self {
        Self {
            environment,
            input: KeyInput::default(),
            trying: None,
            error: None,
            objection: None,
            insistence: KeyCheckOverrides::default(),
        }
    }

    /// Takes note of the key that is told to be replaced.
    pub(super) fn observe(&mut self, report: Option<&EnvironmentSnapshot>) {
        if self.trying.is_none() && self.objection.is_none() {
            self.insistence.replace = match stored_key(report) {
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
        let insist = DialogBinding { chord: INSIST, label: "store it all the same", rank: 2 };
        let clear = DialogBinding { chord: Chord::control('u'), label: "clear", rank: 3 };
        [Some(submit), self.objection.as_ref().map(|_| insist), Some(clear)].into_iter().flatten().collect()
    }

    pub(super) fn pressed(&mut self, press: KeyPress) -> Option<Action> {
        if self.trying.is_some() {
            return None;
        }
        if press.chord == INSIST {
            return self.insist();
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
        (self.error, self.objection) = (None, None);
        self.insistence.shared = false;
    }

    /// Tries the key again that something speaks against, which need not hold any more.
    fn insist(&mut self) -> Option<Action> {
        let (identity, objection) = self.objection.take()?;
        match objection {
            KeyCheckError::Replaces(key) => self.insistence.replace = Replace::Only(key.fingerprint),
            _ => self.insistence.shared = true,
        }
        self.input.clear();
        (self.trying, self.error) = (Some(identity), None);
        let insistence = self.insistence.clone();
        Some(Action::ForceKey { environment: self.environment.clone(), insistence })
    }

    /// Takes what was typed, if it can be a key; the input is empty afterwards.
    fn submit(&mut self) -> Option<Action> {
        match self.input.take() {
            Ok(key) => {
                (self.trying, self.error) = (Some(key.identity()), None);
                let insistence = self.insistence.clone();
                Some(Action::TryKey { environment: self.environment.clone(), key, insistence })
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
        self.objection = tried.zip(error.check_error().cloned());
        self.error = Some(AddKeyError::NotStored(error));
    }

    /// A key that is being tried is given up, and one that something speaks against is wiped.
    pub(super) fn close(self) -> Option<Action> {
        (self.trying.is_some() || self.objection.is_some()).then_some(Action::CancelKeyTrial(self.environment))
    }
}
