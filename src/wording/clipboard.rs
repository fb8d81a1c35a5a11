//! Sentences about the clipboard of the terminal.

use crate::domain::clipboard::ClipboardContent;
use crate::domain::environment::EnvironmentName;
use crate::wording::sentences::environment_name;

/// What was handed to the terminal, which never says whether it took it; or what it can't take, where it has no
/// clipboard.
#[must_use]
pub fn copied(content: ClipboardContent, is_handed_over: bool) -> String {
    let named = match content {
        ClipboardContent::Fingerprint(fingerprint) => format!("fingerprint {fingerprint}"),
        ClipboardContent::Address(address) => address.to_owned(),
    };
    if is_handed_over {
        format!("copied {named}, if your terminal allows it")
    } else {
        format!("this terminal has no clipboard: {named}")
    }
}

/// An environment without a key has no fingerprint.
#[must_use]
pub fn nothing_to_copy(environment: &EnvironmentName) -> String {
    format!("{} has no key, so there is no fingerprint to copy", environment_name(environment))
}
