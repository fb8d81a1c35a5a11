//! The dialog that guides through a rotation.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{RotationRequest, RotationStage};
use crate::domain::web_page::KEYS_PAGE;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot, NewKeyState, RotationSnapshot};
use crate::wording::request_errors;
use crate::wording::rotation_errors;
use crate::wording::sentences::{self, OldKeyUse, environment_name, key_name};
use crate::wording::times;

/// The steps.
pub const STEPS: usize = 4;
/// The rotation is being started.
pub const STARTING: &str = "starting the rotation …";
/// The new key is being tried.
pub const TRYING: &str = "trying the new key against /me …";
/// Effect of Enter before a rotation.
pub const START: &str = "Enter starts it: no key changes before the new one is accepted.";
/// What closing the dialog does not do.
pub const CLOSABLE: &str = "You may close this at any time: the rotation is kept, and goes on.";
/// The choice after a roll back.
pub const ROLLED_BACK: &str = "Ctrl-P uses the new key again; Ctrl-X gives up and erases it here.";
/// The rotation is being given up.
pub const GIVING_UP: &str = "giving up: what is kept of the new key is being erased here";
/// After a new key that was not taken.
pub const OLD_KEY_STAYS: &str = "the old key stays in use";
/// There is no reminder to put off.
pub const NO_REMINDER: &str = "there is no reminder to put off";
/// The reminder can't be put off.
pub const OVERDUE: &str = "the key is overdue, so this reminder can't be put off";

/// Title.
#[must_use]
pub fn title(name: &EnvironmentName) -> String {
    format!("rotate the key of {}", environment_name(name))
}

/// A step, from 0, and the same where there is no room.
#[must_use]
pub fn step(index: usize) -> (String, &'static str) {
    match index {
        0 => (format!("make the new key at {KEYS_PAGE}"), "make the new key"),
        1 => ("paste it: it is tried first, the old one is kept aside".to_owned(), "paste the new key"),
        2 => ("move your applications over to the new key".to_owned(), "move applications over"),
        _ => ("revoke the old key on the web page; this is detected here".to_owned(), "revoke the old key"),
    }
}

/// `key …c2b7 from keyring: rotate by 1 Dec, in 10 days`
#[must_use]
pub fn ready(key: &KeySnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let due = key.age.map(|age| format!(": {}", sentences::rotate_by(&age, now, zone)));
    format!("key {} from {}{}", key_name(&key.identity), key.source, due.unwrap_or_default())
}

/// `rotation of key …c2b7 since 18 Nov`
#[must_use]
pub fn under_way(old: &str, started_at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("rotation of key {old} since {}", times::date(started_at, now, zone))
}

/// State of a step that takes its time, with the names of both keys; `None` where there is more to say, or nothing.
#[must_use]
pub fn progress(stage: RotationStage, old: &str, new: &str) -> Option<String> {
    Some(match stage {
        RotationStage::Promoting => format!("new key {new} is being put in place"),
        RotationStage::RollingBack => format!("old key {old} is being put back in use"),
        RotationStage::RolledBack => format!("old key {old} is in use again; the new one is kept aside"),
        RotationStage::Erasing => format!("the service refuses {old}: it is being erased here"),
        RotationStage::Started
        | RotationStage::Watching
        | RotationStage::Abandoning
        | RotationStage::Completed
        | RotationStage::Abandoned => return None,
    })
}

/// Reason not to revoke the old key yet: the new one does not answer, or is not known to.
#[must_use]
pub fn new_key_error(state: &NewKeyState, new: &str) -> Option<String> {
    match state {
        NewKeyState::Answers => None,
        NewKeyState::Fails(failure) => {
            let (silent, why) = (rotation_errors::silent(failure), request_errors::clause(&failure.cause));
            Some(format!("new key {new} {silent}: {why}"))
        }
        NewKeyState::Unknown => Some(format!("can't tell yet whether the new key {new} works")),
    }
}

/// Way out where the new key does not answer.
#[must_use]
pub fn way_out(usage: OldKeyUse) -> &'static str {
    match usage {
        OldKeyUse::Refused => "neither key works now: wait, the service may refuse all for a while",
        _ => "don't revoke the old key; Ctrl-B puts it back in use",
    }
}

/// `old key …c2b7: used by others 4 min ago, 12 requests today`
#[must_use]
pub fn old_key(snapshot: &RotationSnapshot, name: &str, now: Timestamp, zone: &TimeZone) -> String {
    let fares = snapshot.old_key.as_ref().map(|old| sentences::old_key(snapshot, old, now, zone));
    let fares = fares.unwrap_or_else(|| "can't tell yet whether others still use it".to_owned());
    format!("old key {name}: {fares}")
}

/// `new key …71c2 in use since Thu 14:32`
#[must_use]
pub fn in_use_since(new: &str, promoted_at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("new key {new} in use since {}", times::moment(promoted_at, now, zone))
}

/// What becomes of the old key; `None` where it is merely watched.
#[must_use]
pub fn end_of_old_key(usage: OldKeyUse, new_key_answers: bool) -> Option<String> {
    match (usage, new_key_answers) {
        (OldKeyUse::Unused(_), true) => Some(format!("revoke it at {KEYS_PAGE}")),
        (OldKeyUse::Refused, true) => Some("it is erased here once that is certain".to_owned()),
        (OldKeyUse::Refused, false) => Some("it is kept until the new one answers".to_owned()),
        _ => None,
    }
}

/// `checked again at 14:37`
#[must_use]
pub fn checked_again(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("checked again at {}", times::moment(at, now, zone))
}

/// A change of the rotation's course that is being made.
#[must_use]
pub fn changing(request: RotationRequest) -> &'static str {
    match request {
        RotationRequest::PromoteAgain => "putting the new key in use …",
        RotationRequest::RollBack => "putting the old key back in use …",
        RotationRequest::Abandon => "giving up …",
    }
}

/// A change that is to be confirmed, and the press that does so.
#[must_use]
pub fn to_confirm(request: RotationRequest) -> (&'static str, &'static str) {
    match request {
        RotationRequest::RollBack => {
            ("roll back: the old key is used again, the new one kept aside", "press Ctrl-B once more")
        }
        _ => ("give up: the new key is erased here, the old one stays in use", "press Ctrl-X once more"),
    }
}

/// What confirms a change for production.
#[must_use]
pub fn name_to_type(name: &EnvironmentName) -> String {
    format!("type {name} and press Enter")
}

/// End of the rotation; `is_completed` is false where the old key stayed in use.
#[must_use]
pub fn ended(environment: Option<&EnvironmentSnapshot>, is_completed: bool) -> String {
    let key = environment.and_then(|environment| environment.key.as_ref());
    let key = key.map_or_else(|| "none".to_owned(), |key| key_name(&key.identity));
    if is_completed {
        format!("the rotation is completed: key {key} is in use, the old one erased")
    } else {
        format!("the rotation was given up: key {key} stays in use")
    }
}

/// There is no key, and the key of the keyboard that adds one.
#[must_use]
pub fn no_key(name: &EnvironmentName, add: Option<&str>) -> (String, Option<String>) {
    let advice = add.map(|key| format!("close this, and press {key} to add one"));
    (format!("{name} has no key yet, so there is nothing to rotate"), advice)
}

/// The key comes from a source that is only read, and what to do there.
#[must_use]
pub fn elsewhere(source: &KeySource) -> [String; 2] {
    [
        format!("the key comes from {source}, which is only read here"),
        format!("rotate it there: put the new key in {source}, and revoke the old one when it is unused"),
    ]
}
