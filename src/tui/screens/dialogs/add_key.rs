//! The dialog that takes a key.

use super::dialog_text::DialogText;
use crate::domain::api_key::KeySource;
use crate::domain::web_page::KEYS_PAGE;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{AddKey, AddKeyError};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;
use crate::wording::sentences::key_name;

pub(super) fn title(name: &str, environment: Option<&EnvironmentSnapshot>) -> String {
    let held = environment.is_some_and(|environment| environment.key.is_some());
    if held { format!("replace the key of {name}") } else { format!("add a key to {name}") }
}

/// Instead of which key, what to mind, the key, and what became of it.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &AddKey,
    environment: Option<&EnvironmentSnapshot>,
    context: &ViewContext<'_>,
) {
    if let Some(key) = environment.and_then(|environment| environment.key.as_ref()) {
        if matches!(key.source, KeySource::Store(_)) {
            let replaced = format!("the new key takes the place of {}", key_name(&key.identity));
            text.say(5, 0, &replaced, text.style(Role::Text));
        } else if key.source.precedes_store() {
            let warning = format!("{} comes first: a stored key is used only once that is gone", key.source);
            text.say(3, 0, &warning, text.style(Role::Warning));
        }
    }
    text.say(7, 0, &format!("make one at {KEYS_PAGE}"), text.style(Role::Muted));
    text.blank();
    match &dialog.trying {
        Some(identity) => text.key_given(0, &key_name(identity)),
        None => text.key_field(0, &dialog.input),
    }
    text.blank();
    if dialog.trying.is_some() {
        text.under_way(context.wait_hint.unwrap_or("trying the key against /me …"));
    } else if let Some(error) = &dialog.error {
        let (error_text, is_perhaps_stored) = match error {
            AddKeyError::Unusable(reason) => (reason.to_string(), false),
            AddKeyError::NotStored(error) => {
                (key_errors::not_stored(error, &dialog.environment, &RemedyAudience::Dialog), error.may_be_stored())
            }
        };
        text.error(&error_text);
        if !is_perhaps_stored {
            text.say(4, 0, "nothing was stored", text.style(Role::Muted));
        }
    }
}
