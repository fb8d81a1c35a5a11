//! The dialog that erases a key.

use super::text::Text;
use crate::monitor::report::Report;
use crate::tui::dialog::{Obstacle, RemoveKey};
use crate::tui::keymap::Command;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view::KEYS_PAGE;
use crate::tui::view::advice::failed;
use crate::wording::keys;
use crate::wording::remedies::Place;
use crate::wording::sentences::{self, Mark, key_name};

/// Which key goes from where, what stays, and the name that confirms it.
pub(super) fn write(text: &mut Text, dialog: &RemoveKey, report: Option<&Report>, screen: &Screen) {
    let plain = text.style(Role::Text);
    if dialog.erasing {
        text.blank();
        text.under_way("erasing the key …");
        return;
    }
    match RemoveKey::key(report) {
        Ok(key) => {
            let what = format!(
                "This will erase key {} (fingerprint {}) from the {}.",
                key_name(&key.identity),
                key.identity.fingerprint,
                sentences::store_name(&key.source)
            );
            text.say(2, 0, &what, plain);
            let lasting = format!("the service accepts it until you revoke it at {KEYS_PAGE}");
            text.say(4, 0, &lasting, text.style(Role::Muted));
            text.blank();
            text.say(3, 0, &format!("type {} to erase it", dialog.environment), plain);
            text.name_field(&dialog.name);
        }
        Err(obstacle) => {
            text.blank();
            for (number, sentence) in told(obstacle, dialog, screen).into_iter().enumerate() {
                if number == 0 {
                    text.marked(0, 0, Mark::Unknown, &sentence, plain);
                } else {
                    text.say(2, 2, &sentence, text.style(Role::Muted));
                }
            }
        }
    }
    if let Some(problem) = &dialog.problem {
        text.blank();
        text.problem(&keys::not_erased(problem, &dialog.environment, &Place::Dialog));
    }
}

/// Why no key can be erased, and what to do instead.
fn told(obstacle: Obstacle<'_>, dialog: &RemoveKey, screen: &Screen) -> Vec<String> {
    match obstacle {
        Obstacle::NoKey => vec![format!("{} has no key, so there is none to remove", dialog.environment)],
        Obstacle::Unreadable(failure) => vec![failure.to_string(), failed(failure, &dialog.environment, screen)],
        Obstacle::Elsewhere(source) => vec![
            format!("the key comes from {source}, which is only read here"),
            format!("take it away there; then revoke it at {KEYS_PAGE}"),
        ],
        Obstacle::Rotating => {
            let rotate = screen.key_of(Command::Rotate);
            let advice = rotate.map(|key| format!("complete it or give it up first: press {key} after closing this"));
            std::iter::once("a rotation of this key is under way".to_owned()).chain(advice).collect()
        }
    }
}
