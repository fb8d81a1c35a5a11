//! The dialog that erases a key.

use super::dialog_text::DialogText;
use super::remedy_text::key_failure_remedy;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{RemoveKey, StoredKeyError};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::wording::dialogs::removing;
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;

/// Lines of the key and its store, of what stays, and the name that confirms.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &RemoveKey,
    environment: Option<&EnvironmentSnapshot>,
    screen: &Screen,
) {
    if dialog.erasing {
        text.blank();
        text.under_way(removing::ERASING);
        return;
    }
    match RemoveKey::key(environment) {
        Ok(key) => {
            text.say(2, 0, &removing::effect(&key.identity, &key.source), Role::Text);
            text.say(4, 0, &removing::lasting(), Role::Muted);
            text.blank();
            text.say(3, 0, &removing::confirmation(&dialog.environment), Role::Text);
            text.name_field(&dialog.name);
        }
        Err(error) => {
            text.blank();
            let (why, advice) = explanation(error, dialog, screen);
            text.impossible(0, &why, advice.as_deref());
        }
    }
    if let Some(error) = &dialog.error {
        text.blank();
        text.error(&key_errors::not_erased(error, &dialog.environment, &RemedyAudience::Dialog));
    }
}

/// Reason why no key can be erased, and the way out.
fn explanation(error: StoredKeyError<'_>, dialog: &RemoveKey, screen: &Screen) -> (String, Option<String>) {
    match error {
        StoredKeyError::NoKey => (removing::no_key(&dialog.environment), None),
        StoredKeyError::Unreadable(failure) => {
            (failure.to_string(), Some(key_failure_remedy(failure, &dialog.environment, screen)))
        }
        StoredKeyError::Elsewhere(source) => {
            let [why, advice] = removing::elsewhere(source);
            (why, Some(advice))
        }
        StoredKeyError::Rotating => {
            let (why, advice) = removing::rotating(screen.key_of(UiCommand::Rotate).as_deref());
            (why.to_owned(), advice)
        }
    }
}
