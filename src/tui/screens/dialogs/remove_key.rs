//! The dialog that erases a key.

use super::dialog_text::DialogText;
use super::remedy_text::key_failure_remedy;
use crate::domain::web_page::KEYS_PAGE;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{RemoveKey, StoredKeyError};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;
use crate::wording::sentences::{self, StatusSymbol, key_name};

/// Lines of the key and its store, of what stays, and the name that confirms.
pub(super) fn write(
    text: &mut DialogText,
    dialog: &RemoveKey,
    environment: Option<&EnvironmentSnapshot>,
    screen: &Screen,
) {
    let plain = text.style(Role::Text);
    if dialog.erasing {
        text.blank();
        text.under_way("erasing the key …");
        return;
    }
    match RemoveKey::key(environment) {
        Ok(key) => {
            let what = format!(
                "This will erase key {} (fingerprint {}) from the {}.",
                key_name(&key.identity),
                key.identity.fingerprint,
                sentences::store_name(&key.source)
            );
            text.say(2, 0, &what, plain);
            let lasting = format!("the service accepts it until you revoke it at {KEYS_PAGE}");
            text.say(5, 0, &lasting, text.style(Role::Muted));
            text.blank();
            text.say(3, 0, &format!("type {} to erase it", dialog.environment), plain);
            text.name_field(&dialog.name);
        }
        Err(error) => {
            text.blank();
            for (number, sentence) in explanation(error, dialog, screen).into_iter().enumerate() {
                if number == 0 {
                    text.marked(0, 0, StatusSymbol::Unknown, &sentence, plain);
                } else {
                    text.say(2, 2, &sentence, text.style(Role::Muted));
                }
            }
        }
    }
    if let Some(error) = &dialog.error {
        text.blank();
        text.error(&key_errors::not_erased(error, &dialog.environment, &RemedyAudience::Dialog));
    }
}

/// Reason why no key can be erased, and the way out.
fn explanation(error: StoredKeyError<'_>, dialog: &RemoveKey, screen: &Screen) -> Vec<String> {
    match error {
        StoredKeyError::NoKey => vec![format!("{} has no key, so there is none to remove", dialog.environment)],
        StoredKeyError::Unreadable(failure) => {
            vec![failure.to_string(), key_failure_remedy(failure, &dialog.environment, screen)]
        }
        StoredKeyError::Elsewhere(source) => vec![
            format!("the key comes from {source}, which is only read here"),
            format!("take it away there; then revoke it at {KEYS_PAGE}"),
        ],
        StoredKeyError::Rotating => {
            let rotate = screen.key_of(UiCommand::Rotate);
            let advice = rotate.map(|key| format!("complete it or give it up first: press {key} after closing this"));
            std::iter::once("a rotation of this key is under way".to_owned()).chain(advice).collect()
        }
    }
}
