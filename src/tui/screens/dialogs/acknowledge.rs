//! The dialog that acknowledges alerts, or takes that back.

use super::dialog_text::DialogText;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::Acknowledge;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::wording::sentences::{StatusSymbol, alert_sentence};

pub(super) fn title(dialog: &Acknowledge, name: &str) -> String {
    let what = if dialog.note.is_some() { "acknowledge alerts" } else { "take back the acknowledgement" };
    format!("{what} of {name}")
}

/// Lines of the alerts that Enter changes, of its effect, and of the note.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &Acknowledge,
    environment: Option<&EnvironmentSnapshot>,
    context: &ViewContext<'_>,
) {
    let (plain, muted) = (text.style(Role::Text), text.style(Role::Muted));
    let alerts = environment.into_iter().flat_map(|environment| context.snapshot.alerts_of(environment));
    let alerts: Vec<_> = alerts.filter(|alert| dialog.is_about(alert)).collect();
    text.blank();
    for alert in &alerts {
        let mark: StatusSymbol = alert.severity.into();
        text.marked(3, 0, mark, &alert_sentence(alert, context.now, context.zone), plain);
    }
    let effect = match (alerts.is_empty(), &dialog.note) {
        (true, Some(_)) => "nothing is left to acknowledge",
        (true, None) => "no acknowledgement is left to take back",
        (false, Some(_)) => "No reminders follow. It is told again if it gets worse.",
        (false, None) => "Taken back, these count as unseen again, and reminders follow.",
    };
    text.blank();
    text.say(4, 0, effect, muted);
    if let Some(note) = dialog.note.as_ref().filter(|_| !alerts.is_empty()) {
        text.blank();
        text.text_field("note", note, "what you do about it, if you like");
    }
}
