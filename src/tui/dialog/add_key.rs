//! The dialog that takes a key.

use super::key_input::KeyInput;
use super::{ENTER, Offer, explain};
use crate::domain::api_key::KeyIdentity;
use crate::domain::environment::EnvironmentName;
use crate::tui::action::Action;
use crate::tui::keymap::Chord;
use crate::tui::message::{KeyPress, KeyRefused};

/// The dialog.
#[derive(Debug)]
pub(in crate::tui) struct AddKey {
    /// For which environment.
    pub environment: EnvironmentName,
    /// What was typed.
    pub input: KeyInput,
    /// The key that is being tried; nothing can be typed meanwhile.
    pub trying: Option<KeyIdentity>,
    /// Why the last key was not taken, and what to do.
    pub problem: Option<String>,
    /// Whether that key may have been stored all the same.
    pub perhaps_stored: bool,
}

impl AddKey {
    pub(in crate::tui) fn new(environment: EnvironmentName) -> Self {
        Self { environment, input: KeyInput::default(), trying: None, problem: None, perhaps_stored: false }
    }

    /// What can be done.
    pub(super) fn offers(&self) -> Vec<Offer> {
        if self.trying.is_some() {
            return Vec::new();
        }
        let submit = Offer { chord: ENTER, word: "try and store", rank: 1 };
        vec![submit, Offer { chord: Chord::control('u'), word: "clear", rank: 2 }]
    }

    pub(super) fn pressed(&mut self, press: KeyPress) -> Option<Action> {
        if self.trying.is_some() {
            return None;
        }
        if self.input.edit(press.chord) {
            self.problem = None;
        } else if press.chord == ENTER && !press.in_burst {
            return self.submit();
        }
        None
    }

    pub(super) fn pasted(&mut self, text: &str) {
        if self.trying.is_none() {
            self.input.paste(text);
            self.problem = None;
        }
    }

    /// Takes what was typed, if it can be a key; the input is empty afterwards.
    fn submit(&mut self) -> Option<Action> {
        self.perhaps_stored = false;
        match self.input.take() {
            Ok(key) => {
                (self.trying, self.problem) = (Some(key.identity()), None);
                Some(Action::TryKey { environment: self.environment.clone(), key })
            }
            Err(reason) => {
                self.problem = Some(reason.to_string());
                None
            }
        }
    }

    /// The key that was tried was not taken.
    pub(in crate::tui) fn refused(&mut self, refused: &KeyRefused) {
        self.trying = None;
        self.perhaps_stored = refused.perhaps_stored;
        self.problem = Some(explain(&refused.message, refused.remedy.as_deref()));
    }

    /// A key that is being tried is given up.
    pub(super) fn close(self) -> Option<Action> {
        self.trying.is_some().then_some(Action::CancelTry(self.environment))
    }
}
