//! The dialog that takes a key.

use super::dialog_text::DialogText;
use crate::domain::api_key::KeySource;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{AddKey, AddKeyError};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::wording::dialogs::adding;
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;
use crate::wording::sentences::key_name;

/// Instead of which key, what to mind, the key, and what became of it.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &AddKey,
    environment: Option<&EnvironmentSnapshot>,
    context: &ViewContext<'_>,
) {
    if let Some(key) = environment.and_then(|environment| environment.key.as_ref()) {
        if matches!(key.source, KeySource::Store(_)) {
            text.say(5, 0, &adding::replaced(&key.identity), Role::Text);
        } else if key.source.precedes_store() {
            text.say(3, 0, &adding::preceded_by(&key.source), Role::Warning);
        }
    }
    text.say(7, 0, &adding::where_to_make(), Role::Muted);
    text.blank();
    match &dialog.trying {
        Some(identity) => text.key_given(0, &key_name(identity)),
        None => text.key_field(0, &dialog.input),
    }
    text.blank();
    if dialog.trying.is_some() {
        text.under_way(context.wait_hint.unwrap_or(adding::TRYING));
    } else if let Some(error) = &dialog.error {
        let (error_text, is_perhaps_stored) = match error {
            AddKeyError::Unusable(reason) => (reason.to_string(), false),
            AddKeyError::NotStored(error) => {
                (key_errors::not_stored(error, &dialog.environment, &RemedyAudience::Dialog), error.may_be_stored())
            }
        };
        text.error(&error_text);
        if !is_perhaps_stored {
            text.say(4, 0, adding::NOTHING_STORED, Role::Muted);
        }
    }
}
