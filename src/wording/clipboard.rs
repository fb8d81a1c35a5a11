//! Sentences about the clipboard of the terminal.

use crate::domain::clipboard::ClipboardContent;
use crate::domain::environment::EnvironmentName;
use crate::wording::sentences::environment_name;

/// What was handed to the terminal, which never says whether it took it.
#[must_use]
pub fn copied(content: &ClipboardContent) -> String {
    format!("copied {}, if your terminal allows it", named(content))
}

/// What a terminal without a clipboard can't take, to be marked by hand.
#[must_use]
pub fn not_copied(content: &ClipboardContent) -> String {
    format!("this terminal has no clipboard: {}", named(content))
}

/// An environment without a key has no fingerprint.
#[must_use]
pub fn nothing_to_copy(environment: &EnvironmentName) -> String {
    format!("{} has no key, so there is no fingerprint to copy", environment_name(environment))
}

fn named(content: &ClipboardContent) -> String {
    match content {
        ClipboardContent::Fingerprint(fingerprint) => format!("fingerprint {fingerprint}"),
        ClipboardContent::Address(address) => (*address).to_owned(),
    }
}
