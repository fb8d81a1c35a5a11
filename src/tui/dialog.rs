//! Dialogs: what is typed and decided over the dashboard. Keys of the keyboard can't be rebound in them, for letters
//! must stay letters.

mod acknowledge;
mod add_key;
mod binding;
mod key_input;
mod name_input;
mod remove_key;
mod rotate;
mod stored_key;

pub(super) use acknowledge::Acknowledge;
pub(super) use add_key::{AddKey, AddKeyError};
pub(super) use binding::DialogBinding;
pub(super) use key_input::KeyInput;
pub(super) use name_input::NameInput;
pub(super) use remove_key::RemoveKey;
pub(super) use rotate::{Confirmation, PendingRequest, Rotate, RotateDialogError, RotateDialogState};
pub(super) use stored_key::StoredKeyError;

use super::action::Action;
use super::keymap::KeyPress;
use crate::domain::environment::EnvironmentName;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use binding::CLOSE;

/// A dialog of one environment.
#[derive(Debug)]
pub(super) enum Dialog {
    /// Acknowledges alerts.
    Acknowledge(Acknowledge),
    /// Takes a key.
    AddKey(AddKey),
    /// Erases a key.
    RemoveKey(RemoveKey),
    /// Guides through a rotation.
    Rotate(Rotate),
}

impl Dialog {
    pub(super) fn environment(&self) -> &EnvironmentName {
        match self {
            Self::Acknowledge(dialog) => &dialog.environment,
            Self::AddKey(dialog) => &dialog.environment,
            Self::RemoveKey(dialog) => &dialog.environment,
            Self::Rotate(dialog) => &dialog.environment,
        }
    }

    /// Bindings that work in this state. `environment` is that of the dialog, here and everywhere.
    pub(super) fn bindings(&self, environment: Option<&EnvironmentSnapshot>) -> Vec<DialogBinding> {
        let (offers, close) = match self {
            Self::Acknowledge(dialog) => (dialog.bindings(), CLOSE),
            Self::AddKey(dialog) => (dialog.bindings(), DialogBinding { label: "cancel", ..CLOSE }),
            Self::RemoveKey(dialog) => (dialog.bindings(environment), CLOSE),
            Self::Rotate(dialog) if dialog.confirmation.is_some() => {
                (dialog.bindings(environment), DialogBinding { label: "back", ..CLOSE })
            }
            Self::Rotate(dialog) => (dialog.bindings(environment), CLOSE),
        };
        offers.into_iter().chain([close]).collect()
    }

    /// True while text can be typed.
    pub(super) fn takes_text(&self, environment: Option<&EnvironmentSnapshot>) -> bool {
        match self {
            Self::Acknowledge(dialog) => dialog.note.is_some(),
            Self::AddKey(dialog) => dialog.trying.is_none(),
            Self::RemoveKey(dialog) => dialog.takes_name(environment),
            Self::Rotate(dialog) => dialog.takes_key(environment) || dialog.takes_name(),
        }
    }

    /// Takes a key of the keyboard.
    pub(super) fn pressed(&mut self, press: KeyPress, environment: Option<&EnvironmentSnapshot>) -> Option<Action> {
        match self {
            Self::Acknowledge(dialog) => dialog.pressed(press),
            Self::AddKey(dialog) => dialog.pressed(press),
            Self::RemoveKey(dialog) => dialog.pressed(press, environment),
            Self::Rotate(dialog) => dialog.pressed(press, environment),
        }
    }

    /// Takes a pasted text, where a key or a note is typed and nowhere else; answers whether it did.
    pub(super) fn pasted(&mut self, text: &str, environment: Option<&EnvironmentSnapshot>) -> bool {
        match self {
            Self::Acknowledge(dialog) => dialog.pasted(text),
            Self::AddKey(dialog) => dialog.pasted(text),
            Self::RemoveKey(_) => false,
            Self::Rotate(dialog) => dialog.pasted(text, environment),
        }
    }

    /// Takes note of how the environment stands now.
    pub(super) fn observe(&mut self, snapshot: &Snapshot, environment: Option<&EnvironmentSnapshot>) {
        match self {
            Self::Acknowledge(dialog) => dialog.observe(snapshot, environment),
            Self::AddKey(dialog) => dialog.observe(environment),
            Self::RemoveKey(_) => {}
            Self::Rotate(dialog) => dialog.observe(environment),
        }
    }

    /// Goes a step back within the dialog; answers whether there was one.
    pub(super) fn back(&mut self) -> bool {
        match self {
            Self::Rotate(dialog) => dialog.back(),
            Self::Acknowledge(_) | Self::AddKey(_) | Self::RemoveKey(_) => false,
        }
    }

    /// Drops the dialog, which wipes its input; a key that was handed over is taken back.
    pub(super) fn close(self) -> Option<Action> {
        match self {
            Self::AddKey(dialog) => dialog.close(),
            Self::Acknowledge(_) | Self::RemoveKey(_) => None,
            Self::Rotate(dialog) => dialog.close(),
        }
    }
}
