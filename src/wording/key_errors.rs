//! Failures to get, store or erase a key, in words: what happened, as clauses without a full stop.
//!
//! The remedy is told by [`remedies`](super::remedies), for the place where the user is.

mod keyring;

use std::fmt;
use std::time::Duration;

use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{
    BlockingCallError, EnrollmentError, FileError, KeyCommandError, KeyError, KeyErrorKind, KeyringError, PollError,
    PollErrorKind, ProgramExit, RemovalError, VaultFileError,
};
use crate::domain::passphrase::NEW_LENGTH_MIN;
use crate::wording::remedies::{Remedy, RemedyAudience, RemedyReason};
use crate::wording::request_errors;

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("no source has a key"),
            Self::Unusable { source, reason } => write!(formatter, "{source} gives no usable key: {reason}"),
            Self::File { source, path, fault } => file(formatter, source, path.as_deref(), fault),
            Self::Command(fault) => write!(formatter, "key_command {fault}"),
            Self::Passphrase { source, reason } => write!(formatter, "{source} gives no usable passphrase: {reason}"),
            Self::Vault { path, fault } => write!(formatter, "the encrypted key file {path} {fault}"),
            Self::Keyring { keeper, entry, fault } => keyring::write(formatter, keeper, entry, fault),
            Self::Unanswered { keeper, reason, limit } => {
                let what = match reason {
                    BlockingCallError::Slow => {
                        return write!(formatter, "the key store ({keeper}) gave no answer within {}", seconds(*limit));
                    }
                    BlockingCallError::Withdrawn => "gave no answer in time, and nothing was changed in it",
                    BlockingCallError::Stuck => "has left too many calls without an answer",
                    BlockingCallError::Broken => "failed unexpectedly",
                };
                write!(formatter, "the key store ({keeper}) {what}")
            }
            Self::Changed(entry) => {
                write!(formatter, "the key store has another key for {entry} by now, so nothing was changed in it")
            }
            Self::Interrupted => formatter.write_str("asking for the key was interrupted by a fault of this program"),
        }
    }
}

impl std::error::Error for KeyError {}

/// `the file /run/key of TRACKYARD_API_KEY_PROD_FILE may be used by others (its mode is 0644)`
fn file(formatter: &mut fmt::Formatter<'_>, source: &KeySource, path: Option<&str>, fault: &FileError) -> fmt::Result {
    match (fault, path) {
        (FileError::Missing, _) => write!(formatter, "{source} names a file that does not exist"),
        (FileError::NoPath(reason), _) => write!(formatter, "the path in {source} {reason}"),
        (fault, Some(path)) => write!(formatter, "the file {path} of {source} {fault}"),
        (fault, None) => write!(formatter, "the file of {source} {fault}"),
    }
}

/// Goes on from the name of the file.
impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("does not exist"),
            Self::NoPath(reason) => write!(formatter, "can have no such path: it {reason}"),
            Self::NotRegular => formatter.write_str("is no regular file"),
            Self::TooOpen { mode, .. } => write!(formatter, "may be used by others (its mode is {mode:04o})"),
            Self::TooLarge(size_max) => write!(formatter, "is larger than {} KiB", size_max / 1_024),
            Self::Unreadable { said } => write!(formatter, "can't be read: {said}"),
            Self::Unanswered { reason: BlockingCallError::Slow | BlockingCallError::Withdrawn, limit } => {
                write!(formatter, "could not be read within {}", seconds(*limit))
            }
            Self::Unanswered { reason: BlockingCallError::Stuck, .. } => {
                formatter.write_str("is not read: too many key files gave no answer")
            }
            Self::Unanswered { reason: BlockingCallError::Broken, .. } => {
                formatter.write_str("could not be read: it failed unexpectedly")
            }
        }
    }
}

/// Goes on from the name of the program.
impl fmt::Display for KeyCommandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("is empty"),
            Self::NotStarted { program, said } => write!(formatter, "can't run {program}: {said}"),
            Self::Failed { exit, said } => {
                match exit {
                    ProgramExit::Code(code) => write!(formatter, "failed with exit status {code}"),
                    ProgramExit::Signal(signal) => write!(formatter, "was ended by signal {signal}"),
                    ProgramExit::Unknown => formatter.write_str("failed"),
                }?;
                said.as_ref().map_or(Ok(()), |said| write!(formatter, ": \"{said}\""))
            }
            Self::TooMuchOutput => formatter.write_str("printed more than 64 KiB"),
            Self::TooSlow(limit) => write!(formatter, "took longer than {}", seconds(*limit)),
            Self::Broken { said } => write!(formatter, "broke off: {said}"),
        }
    }
}

/// Goes on from the name of the file.
impl fmt::Display for VaultFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => formatter.write_str("is locked: no passphrase was given"),
            Self::WrongPassphrase => formatter.write_str("is not opened by this passphrase"),
            Self::ShortPassphrase => {
                write!(formatter, "is to be made, and the passphrase has fewer than {NEW_LENGTH_MIN} characters")
            }
            Self::File(fault) => fault.fmt(formatter),
            Self::Foreign => formatter.write_str("is no file that this program has encrypted"),
            Self::Damaged => formatter.write_str("is damaged or not whole"),
            Self::OtherRecipient => {
                formatter.write_str("is encrypted for the holder of a private key, not with a passphrase")
            }
            Self::NewerFormat => formatter.write_str("is of a newer format of age"),
            Self::ExcessiveWork { factor, factor_max } => {
                write!(
                    formatter,
                    "asks for the work factor {factor}, above the highest that is accepted ({factor_max})"
                )
            }
            Self::NewerVersion(version) => {
                write!(formatter, "was written by a newer version of this program, in version {version}")
            }
            Self::StrangeContent => formatter.write_str("opens, but what it holds is no list of keys"),
            Self::Full(size_max) => write!(formatter, "would become larger than {} KiB", size_max / 1_024),
            Self::Busy => formatter.write_str("is being changed by another process, which does not come to an end"),
            Self::NotEncrypted => formatter.write_str("can't be encrypted"),
            Self::Unwritable { said } => write!(formatter, "can't be written: {said}"),
        }
    }
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

/// Source that fails, and how, in two to four words: `key file too open`.
#[must_use]
pub fn brief(failure: &KeyError) -> &'static str {
    match failure {
        KeyError::Missing => "no key",
        KeyError::Unusable { source, .. } => match source {
            KeySource::Variable(_) => "variable unusable",
            KeySource::VariableFile(_) => "key file unusable",
            KeySource::Credential(_) => "credential unusable",
            KeySource::Command => "key_command unusable",
            KeySource::Store(_) | KeySource::OtherProcess => "stored key unusable",
        },
        KeyError::File { source: KeySource::Credential(_), fault, .. } => match fault {
            FileError::TooOpen { .. } => "credential too open",
            _ => "credential unreadable",
        },
        KeyError::File { fault, .. } => match fault {
            FileError::Missing | FileError::NoPath(_) => "no key file",
            FileError::TooOpen { .. } => "key file too open",
            _ => "key file unreadable",
        },
        KeyError::Command(KeyCommandError::TooSlow(_)) => "key_command too slow",
        KeyError::Command(_) => "key_command failed",
        KeyError::Passphrase { .. } => "passphrase unusable",
        KeyError::Vault { fault, .. } => match fault {
            VaultFileError::Locked => "key file locked",
            VaultFileError::WrongPassphrase => "wrong passphrase",
            VaultFileError::ShortPassphrase => "passphrase too short",
            VaultFileError::File(FileError::TooOpen { .. }) => "key file too open",
            _ => "key file unusable",
        },
        KeyError::Keyring { fault, .. } => match fault {
            KeyringError::Locked | KeyringError::Dismissed => "keyring locked",
            KeyringError::SessionDenied | KeyringError::Denied => "keyring denies access",
            KeyringError::Ambiguous => "two keyring entries",
            KeyringError::NoText | KeyringError::TooLong(_) | KeyringError::Unusable(_) => "keyring entry unusable",
            KeyringError::Deaf | KeyringError::Lost => "keyring gives no answer",
            _ => "keyring unavailable",
        },
        KeyError::Unanswered { .. } => "key store silent",
        KeyError::Changed(_) | KeyError::Interrupted => "key unavailable",
    }
}

/// Failure and remedy: `the keyring is locked. Unlock it …`
#[must_use]
pub fn explained(failure: &KeyError, environment: &EnvironmentName, audience: &RemedyAudience) -> String {
    let remedy =
        Remedy { reason: RemedyReason::KeyFailed(failure.clone()), source: None, environment: environment.clone() };
    format!("{failure}. {}", remedy.sentence(audience))
}

impl fmt::Display for EnrollmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trial(failure) => formatter.write_str(&request_errors::clause(&failure.cause)),
            Self::Untried(_) => formatter.write_str(
                "the key could not be tried: the service asked to wait, or as many requests as this program may make \
                 with it are made",
            ),
            Self::CheckFailed(error) => error.fmt(formatter),
            Self::Unwritten(failure) if failure.kind() == KeyErrorKind::Slow => {
                write!(formatter, "it is not known whether the key was stored: {failure}")
            }
            Self::Unread(failure) | Self::Unwritten(failure) => failure.fmt(formatter),
            Self::Rotating => formatter.write_str("a rotation of the key is under way"),
            Self::Busy => formatter.write_str("another process is changing keys just now"),
            Self::Interrupted => formatter.write_str(
                "it is not known whether the key was stored: trying it was interrupted by a fault of this program",
            ),
        }
    }
}

impl std::error::Error for EnrollmentError {}

/// The service does not accept the key that was just pasted.
pub(super) const NOT_ACCEPTED: &str = "the service doesn't accept this key (401)";

/// Reason for which a key was not stored, and the remedy.
#[must_use]
pub fn not_stored(error: &EnrollmentError, environment: &EnvironmentName, audience: &RemedyAudience) -> String {
    let reason = RemedyReason::NotStored(error.clone());
    let remedy = Remedy { reason, source: None, environment: environment.clone() }.sentence(audience);
    match error {
        EnrollmentError::Trial(failure) if is_refused(failure) && *audience == RemedyAudience::Dialog => {
            format!("{NOT_ACCEPTED}. {remedy}")
        }
        error => format!("{error}. {remedy}"),
    }
}

pub(super) fn is_refused(failure: &PollError) -> bool {
    failure.kind() == PollErrorKind::Unauthorized
}

impl fmt::Display for RemovalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyStore(failure) => failure.fmt(formatter),
            Self::Rotating => EnrollmentError::Rotating.fmt(formatter),
            Self::Busy => EnrollmentError::Busy.fmt(formatter),
            Self::Interrupted => {
                formatter.write_str("it is not known whether the key was erased: a fault of this program came between")
            }
        }
    }
}

impl std::error::Error for RemovalError {}

/// Reason for which a key was not erased, and the remedy.
#[must_use]
pub fn not_erased(error: &RemovalError, environment: &EnvironmentName, audience: &RemedyAudience) -> String {
    let remedy =
        Remedy { reason: RemedyReason::NotErased(error.clone()), source: None, environment: environment.clone() };
    format!("{error}. {}", remedy.sentence(audience))
}

#[cfg(test)]
mod tests;
