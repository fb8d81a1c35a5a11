//! What users are told when a source brings no key. Nothing here is ever given any part of a key.

use std::path::Path;
use std::time::Duration;

use super::variables;
use crate::domain::api_key::{InvalidApiKey, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, KeyFailureKind};
use crate::domain::key_entry::KeyEntry;
use crate::domain::text::{self, sanitise};
use crate::domain::user_path::InvalidPath;
use crate::services::private_file::FileProblem;
use crate::services::program::ProgramError;
use crate::services::worker::NoAnswer;

pub(super) fn missing(environment: &EnvironmentName) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::Missing,
        message: format!("no key for {environment}"),
        remedy: format!("Store one with `trackyard-tui key set {environment}`."),
    }
}

pub(super) fn invalid(source: &KeySource, reason: InvalidApiKey) -> KeyFailure {
    // A command is run again as seldom as one that fails.
    let is_command = *source == KeySource::Command;
    KeyFailure {
        kind: if is_command { KeyFailureKind::Command } else { KeyFailureKind::Invalid },
        message: format!("{source} gives no usable key: {reason}"),
        remedy: format!("Correct what {source} gives: the key alone."),
    }
}

pub(super) fn changed(entry: &KeyEntry) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::Changed,
        message: format!("the key store has another key for {entry} by now, so nothing was changed in it"),
        remedy: "Try again.".to_owned(),
    }
}

pub(super) fn store_unanswered(
    environment: &EnvironmentName,
    keeper: &str,
    no_answer: NoAnswer,
    limit: Duration,
) -> KeyFailure {
    let variable = variables::own_variable(environment);
    match no_answer {
        NoAnswer::Slow => KeyFailure {
            kind: KeyFailureKind::Slow,
            message: format!("the key store ({keeper}) gave no answer within {} s", limit.as_secs_f64()),
            remedy: format!("Unlock it if it asks for a password, or set {variable}."),
        },
        NoAnswer::Withdrawn => KeyFailure {
            kind: KeyFailureKind::Withdrawn,
            message: format!("the key store ({keeper}) gave no answer in time, and nothing was changed in it"),
            remedy: format!("Unlock it if it asks for a password, then try again; or set {variable}."),
        },
        NoAnswer::Stuck => KeyFailure {
            kind: KeyFailureKind::Unavailable,
            message: format!("the key store ({keeper}) has left too many calls without an answer"),
            remedy: format!("See that it answers, then start this program again; or set {variable}."),
        },
        NoAnswer::Broken => KeyFailure {
            kind: KeyFailureKind::Unavailable,
            message: format!("the key store ({keeper}) failed unexpectedly"),
            remedy: format!("Try again, or set {variable}."),
        },
    }
}

/// The file that a variable names does not exist. What the variable holds is not told: it may be a key, put there
/// by mistake.
pub(super) fn no_file(source: &KeySource) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::File,
        message: format!("{source} names a file that does not exist"),
        remedy: format!("Correct the path in {source}, or unset it."),
    }
}

/// What a variable holds can be no path. It is not told: it may be a key, put there by mistake.
pub(super) fn no_path(source: &KeySource, reason: InvalidPath) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::File,
        message: format!("the path in {source} {reason}"),
        remedy: format!("Correct the path in {source}, or unset it."),
    }
}

pub(super) fn file(source: &KeySource, path: &Path, problem: &FileProblem) -> KeyFailure {
    let path = sanitise(&path.to_string_lossy(), text::LENGTH_MAX);
    let remedy = problem.remedy(&path);
    let message = match problem {
        FileProblem::Unreadable(_) => format!("the file of {source} {problem}"),
        _ => format!("the file {path} of {source} {problem}"),
    };
    KeyFailure { kind: KeyFailureKind::File, message, remedy }
}

pub(super) fn file_unanswered(source: &KeySource, no_answer: NoAnswer, limit: Duration) -> KeyFailure {
    let answers = "Check that the file system it stands on answers";
    let (message, remedy) = match no_answer {
        NoAnswer::Slow | NoAnswer::Withdrawn => {
            (format!("the file of {source} could not be read within {} s", limit.as_secs_f64()), format!("{answers}."))
        }
        NoAnswer::Stuck => (
            format!("the file of {source} is not read: too many key files gave no answer"),
            format!("{answers}, then start this program again."),
        ),
        NoAnswer::Broken => (format!("reading the file of {source} failed unexpectedly"), format!("{answers}.")),
    };
    KeyFailure { kind: KeyFailureKind::File, message, remedy }
}

pub(super) fn command(environment: &EnvironmentName, problem: &ProgramError) -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::Command,
        message: format!("key_command of {environment} {problem}"),
        remedy: "Correct it in the configuration, or run it by hand first: it must print the key alone, and has no \
                 terminal to ask on."
            .to_owned(),
    }
}
