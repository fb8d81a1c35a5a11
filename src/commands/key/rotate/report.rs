//! Texts about a rotation, for the command line.

use jiff::Timestamp;

use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::domain::status::Status;
use crate::domain::web_page::KEYS_PAGE;
use crate::monitor::snapshot::{NewKeyState, OldKeySnapshot, RecoveryAdvice, RotationSnapshot};
use crate::wording::clauses;
use crate::wording::{remedies, request_errors, rotation_errors, sentences};

/// First steps of a rotation of the key of that name.
pub(super) fn first_steps(environment: &EnvironmentName, old: &str) -> String {
    format!(
        "{environment}: replacing {old}\n\
         1. Make the new key at {KEYS_PAGE}\n\
         2. Paste it here: it is tried first, and the old one is kept aside"
    )
}

/// Places of both keys, once the new one is in use.
pub(super) fn places(environment: &EnvironmentName, rotation: &Rotation) -> Option<String> {
    let Rotation { old, new, stage, .. } = *rotation;
    let new = new.filter(|_| stage == RotationStage::Watching)?;
    Some(format!("{environment}: the new key ({new}) is in use; the old one ({old}) is kept aside"))
}

/// Stage of a rotation, and the next step.
pub(super) fn stage(environment: &EnvironmentName, rotation: &Rotation) -> String {
    let old = rotation.old;
    let again = format!("`trackyard-tui key rotate {environment}`");
    match rotation.stage {
        RotationStage::Started => format!(
            "{environment}: rotation of key {old} under way. Make the new key at {KEYS_PAGE}, then run {again}, or give \
             it up with --abandon."
        ),
        RotationStage::Watching => format!(
            "3. Move your applications over to the new key; --roll-back puts the old one back\n\
             4. Revoke the old key ({old}) at {KEYS_PAGE}\n\
             Then run {again} once more, or leave the dashboard open: the old key is erased here"
        ),
        RotationStage::RolledBack => format!(
            "{environment}: the old key ({old}) is in use again, and the new one is kept aside. Put it in use with \
             {again}, or give it up with --abandon."
        ),
        RotationStage::Completed => format!(
            "{environment}: the rotation is completed: the service refuses the old key ({old}), which is erased here"
        ),
        RotationStage::Abandoned => format!("{environment}: the rotation is given up"),
        RotationStage::Promoting | RotationStage::RollingBack | RotationStage::Abandoning | RotationStage::Erasing => {
            format!("{environment}: a step of the rotation is not done yet. Run {again} to go on.")
        }
    }
}

/// Next steps of a rotation whose keys were not asked, so that nobody is told to revoke one.
pub(super) fn unchecked_steps(environment: &EnvironmentName) -> String {
    format!(
        "Move your applications over to the new key; --roll-back puts the old one back\n\
         `trackyard-tui key rotate {environment}` checks both keys, and tells what is next"
    )
}

/// Clause about a new key that does not answer; `None` while it does.
pub(super) fn new_key_error(snapshot: &RotationSnapshot) -> Option<String> {
    let new = snapshot.rotation.new.map(|new| format!(" ({new})")).unwrap_or_default();
    match &snapshot.new_key {
        NewKeyState::Answers => None,
        NewKeyState::Fails(failure) => {
            let (silent, why) = (rotation_errors::silent(failure), request_errors::clause(&failure.cause));
            Some(format!("the new key{new} {silent}: {why}"))
        }
        NewKeyState::Unknown => Some(format!("the new key{new} could not be checked")),
    }
}

/// Remedy for a new key that does not answer.
pub(super) fn way_out(environment: &EnvironmentName, snapshot: &RotationSnapshot) -> String {
    match snapshot.new_key_failure() {
        Some((_, RecoveryAdvice::NeitherWorks)) => {
            "The service may refuse every key for a while: try again.".to_owned()
        }
        Some((_, RecoveryAdvice::RollBack)) => format!(
            "Put the old key back in use with `trackyard-tui key rotate {environment} --roll-back`, or try again."
        ),
        Some((failure, RecoveryAdvice::Wait)) => {
            let cause = remedies::cause(&failure.cause, remedies::BASE_URL);
            clauses::sentence(&format!("keep both and try again later; {cause}"))
        }
        None => "Keep both, and try again.".to_owned(),
    }
}

/// Clause about the old key: its state, and its use by others since the new one is in use.
pub(super) fn old_key(old: &OldKeySnapshot, rotation: &Rotation, now: Timestamp) -> String {
    let name = rotation.old;
    let used_since = old.others_use.filter(|used| rotation.promoted_at.is_none_or(|promoted| used.at > promoted));
    match (old.status, used_since) {
        (Status::Active, Some(used)) => {
            let used = sentences::used_ago(used, now);
            format!("the old key ({name}) is still in use: last used by others {used}")
        }
        (Status::Active, None) => format!("the old key ({name}) works, and no use by others is known since"),
        (Status::Revoked | Status::Invalid, _) => format!("the service refuses the old key ({name}), which is kept"),
        (status, _) => format!("the old key ({name}) could not be checked: {}", status.as_str()),
    }
}
