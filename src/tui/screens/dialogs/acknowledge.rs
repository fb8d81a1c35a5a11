//! The dialog that acknowledges alerts, or takes that back.

use super::dialog_text::DialogText;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::Acknowledge;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::wording::dialogs::acknowledging;
use crate::wording::sentences::{StatusSymbol, alert_sentence};

/// Lines of the alerts that Enter changes, of its effect, and of the note.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &Acknowledge,
    environment: Option<&EnvironmentSnapshot>,
    context: &ViewContext<'_>,
) {
    let alerts = environment.into_iter().flat_map(|environment| context.snapshot.alerts_of(environment));
    let alerts: Vec<_> = alerts.filter(|alert| dialog.is_about(alert)).collect();
    text.blank();
    for alert in &alerts {
        let mark: StatusSymbol = alert.severity.into();
        text.marked(3, 0, mark, &alert_sentence(alert, context.now, context.zone));
    }
    text.blank();
    text.say(4, 0, acknowledging::effect(dialog.note.is_none(), alerts.is_empty()), Role::Muted);
    if let Some(note) = dialog.note.as_ref().filter(|_| !alerts.is_empty()) {
        text.blank();
        text.text_field("note", note, acknowledging::NOTE_PURPOSE);
    }
}
