//! Errors of a source whose file gives no key, for the user.

use std::path::Path;

use crate::domain::api_key::KeySource;
use crate::domain::error::{FileError, KeyError};
use crate::domain::text::{self, sanitise};
use crate::services::private_file::PrivateFileError;

/// A file of which no path is told: what a variable holds may be a key, put there by mistake.
pub(super) fn file(source: &KeySource, fault: FileError) -> KeyError {
    KeyError::File { source: source.clone(), path: None, fault }
}

/// A file that is there, or that the system does not let anybody see.
pub(super) fn unread_file(source: &KeySource, path: &Path, problem: PrivateFileError) -> KeyError {
    let path = match problem {
        PrivateFileError::Unreadable(_) => None,
        _ => Some(shown(path)),
    };
    KeyError::File { source: source.clone(), path, fault: problem.into() }
}

/// A path, fit to be shown.
pub(super) fn shown(path: &Path) -> String {
    sanitise(&path.to_string_lossy(), text::LENGTH_MAX)
}
