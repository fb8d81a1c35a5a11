//! Answers to requests of the dialogs. One that no dialog waits for any more is told at the foot.

use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, RemovalError};
use crate::domain::rotation::RotationError;
use crate::domain::status::Severity;
use crate::domain::web_page::KEYS_PAGE;
use crate::tui::action::Action;
use crate::tui::dialog::Dialog;
use crate::tui::message::KeyAccepted;
use crate::tui::refresh::Refresh;
use crate::tui::screen::{Overlay, Screen};
use crate::tui::view_context::ViewContext;
use crate::wording::sentences::{key_name, no_key_found};
use crate::wording::{key_errors, rotation_errors, web_pages};

/// Tells the operator who had a key looked for that there is none, or what the first poll with it brings.
pub(super) fn key_looked_for(
    screen: &mut Screen,
    context: &ViewContext<'_>,
    environment: &EnvironmentName,
    is_found: bool,
) {
    if screen.key_lookup.take_if(|name| name == environment).is_none() {
        return;
    }
    screen.notice = None;
    if is_found {
        screen.refresh = Refresh::of(context.snapshot, |one| one == environment);
    } else if let Some(one) = context.environment(environment) {
        screen.notify(Severity::Ok, &no_key_found(one));
    }
}

pub(super) fn key_tried(
    screen: &mut Screen,
    environment: &EnvironmentName,
    outcome: Result<KeyAccepted, EnrollmentError>,
) {
    let waiting = match dialog_of(screen, environment) {
        Some(Dialog::AddKey(dialog)) => Some(dialog).filter(|dialog| dialog.trying.is_some()),
        _ => None,
    };
    match (outcome, waiting) {
        (Ok(accepted), waiting) => {
            if waiting.is_some() {
                screen.overlay = None;
            }
            let text = format!("{environment}: key {} is accepted and stored", key_name(&accepted.identity));
            match accepted.overridden_by {
                None => screen.notify(Severity::Ok, &text),
                Some(source) => screen.notify(Severity::Warning, &format!("{text}, but {source} comes first")),
            }
        }
        (Err(error), Some(dialog)) => dialog.refused(error),
        (Err(error), None) => {
            let certainty = if error.may_be_stored() { "" } else { "nothing was stored: " };
            let why = key_errors::not_stored(&error, environment, &screen.audience());
            screen.notify(Severity::Warning, &format!("{environment}: {certainty}{why}"));
        }
    }
}

pub(super) fn key_removed(screen: &mut Screen, environment: &EnvironmentName, outcome: Result<bool, RemovalError>) {
    let waiting = match dialog_of(screen, environment) {
        Some(Dialog::RemoveKey(dialog)) => Some(dialog).filter(|dialog| dialog.erasing),
        _ => None,
    };
    match (outcome, waiting) {
        (Ok(was_there), waiting) => {
            if waiting.is_some() {
                screen.overlay = None;
            }
            let text = if was_there {
                "the key is erased here; the service accepts it until it is revoked"
            } else {
                "there was no key to erase"
            };
            screen.notify(Severity::Ok, &format!("{environment}: {text}"));
        }
        (Err(error), Some(dialog)) => dialog.failed(error),
        (Err(error), None) => {
            let why = key_errors::not_erased(&error, environment, &screen.audience());
            screen.notify(Severity::Warning, &format!("{environment}: {why}"));
        }
    }
}

/// Shows the address, where no browser could be opened.
pub(super) fn web_page_opened(screen: &mut Screen, is_open: bool) {
    if is_open {
        screen.notify(Severity::Ok, &web_pages::opened(KEYS_PAGE));
    } else if screen.overlay.is_none() {
        screen.overlay = Some(Overlay::WebPages);
    } else {
        screen.notify(Severity::Ok, &web_pages::not_opened(KEYS_PAGE));
    }
}

/// A failed check that no open dialog can override any more gives the key up.
pub(super) fn rotation_answered(
    screen: &mut Screen,
    environment: &EnvironmentName,
    outcome: Result<(), RotationError>,
) -> Option<Action> {
    if let Some(Dialog::Rotate(dialog)) = dialog_of(screen, environment)
        && dialog.pending.is_some()
    {
        dialog.answered(outcome);
        return None;
    }
    let error = outcome.err()?;
    let why = rotation_errors::rotation_failed(&error, environment, &screen.audience());
    screen.notify(Severity::Warning, &format!("{environment}: {why}"));
    (error.can_override() && !screen.read_only).then(|| Action::CancelKeyTrial(environment.clone()))
}

/// The open dialog, if it is one of this environment.
fn dialog_of<'a>(screen: &'a mut Screen, environment: &EnvironmentName) -> Option<&'a mut Dialog> {
    match &mut screen.overlay {
        Some(Overlay::Dialog(dialog)) if dialog.environment() == environment => Some(dialog.as_mut()),
        _ => None,
    }
}
