//! Acknowledgement of alerts: the dialog of it, and why there is none.

use crate::domain::alert::AcknowledgementRequest;
use crate::domain::status::Severity;
use crate::tui::action::Action;
use crate::tui::dialog::{Acknowledge, Dialog};
use crate::tui::screen::{Overlay, Screen};
use crate::tui::view_context::ViewContext;
use crate::wording::sentences::{acknowledgement_changed, nothing_to_acknowledge};

pub(super) fn open(screen: &mut Screen, context: &ViewContext<'_>) {
    let Some(environment) = screen.chosen(context.snapshot) else { return };
    match Acknowledge::new(context.snapshot, environment) {
        Some(dialog) => screen.overlay = Some(Overlay::Dialog(Box::new(Dialog::Acknowledge(dialog)))),
        None => screen.notify(Severity::Ok, &nothing_to_acknowledge(environment)),
    }
}

/// Closes the dialog once it has asked for something, and tells what.
pub(super) fn close(screen: &mut Screen, actions: &[Action]) {
    if let [Action::Acknowledge(name, request)] = actions {
        screen.overlay = None;
        let is_given = matches!(request, AcknowledgementRequest::Acknowledge(_));
        screen.notify(Severity::Ok, &acknowledgement_changed(name, is_given));
    }
}
