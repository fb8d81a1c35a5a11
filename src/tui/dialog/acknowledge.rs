//! The dialog that acknowledges the alerts of an environment and those of the machine, or takes that back.

use super::binding::{DialogBinding, ENTER};
use crate::domain::alert::{AcknowledgementNote, AcknowledgementRequest};
use crate::domain::environment::EnvironmentName;
use crate::monitor::snapshot::{AlertSnapshot, EnvironmentSnapshot, Snapshot};
use crate::tui::action::Action;
use crate::tui::keymap::{Chord, KeyPress};
use crate::tui::text_input::TextInput;

/// The dialog. Its purpose is that of the moment it opened: what another operator does meanwhile turns no Enter round.
#[derive(Debug)]
pub struct Acknowledge {
    /// Environment whose alerts these are.
    pub environment: EnvironmentName,
    /// The note, as far as it was typed; `None` where an acknowledgement is to be taken back.
    pub(in crate::tui) note: Option<TextInput>,
    /// True while there is an alert to acknowledge, or an acknowledgement to take back.
    has_alerts: bool,
}

impl Acknowledge {
    /// The dialog for the alerts of an environment; `None` where nothing is alerted.
    pub(in crate::tui) fn new(snapshot: &Snapshot, environment: &EnvironmentSnapshot) -> Option<Self> {
        snapshot.alerts_of(environment).next()?;
        let note = snapshot.can_acknowledge(environment).then(|| TextInput::new(AcknowledgementNote::LENGTH_MAX));
        Some(Self { environment: environment.environment.name.clone(), note, has_alerts: true })
    }

    /// True for an alert that Enter changes.
    pub(in crate::tui) fn is_about(&self, alert: &AlertSnapshot) -> bool {
        alert.acknowledged.is_some() != self.note.is_some()
    }

    pub(in crate::tui) fn observe(&mut self, snapshot: &Snapshot, environment: Option<&EnvironmentSnapshot>) {
        let mut alerts = environment.into_iter().flat_map(|environment| snapshot.alerts_of(environment));
        self.has_alerts = alerts.any(|alert| self.is_about(alert));
    }

    /// Bindings that work in this state.
    pub fn bindings(&self) -> Vec<DialogBinding> {
        let label = if self.note.is_some() { "acknowledge" } else { "take back" };
        let change = DialogBinding { chord: ENTER, label, rank: 1 };
        let clear = DialogBinding { chord: Chord::control('u'), label: "clear", rank: 2 };
        let is_typed = self.note.as_ref().is_some_and(|note| !note.text().is_empty());
        let change = Some(change).filter(|_| self.has_alerts);
        change.into_iter().chain(Some(clear).filter(|_| is_typed)).collect()
    }

    pub(super) fn pressed(&mut self, press: KeyPress) -> Option<Action> {
        if press.chord == ENTER {
            let request = match &self.note {
                Some(note) => AcknowledgementRequest::Acknowledge(AcknowledgementNote::unless_blank(note.text())),
                None => AcknowledgementRequest::TakeBack,
            };
            return self.has_alerts.then(|| Action::Acknowledge(self.environment.clone(), request));
        }
        if let Some(note) = &mut self.note {
            note.edit(press.chord);
        }
        None
    }

    pub(super) fn pasted(&mut self, text: &str) -> bool {
        self.note.as_mut().is_some_and(|note| {
            note.paste(text);
            true
        })
    }
}
