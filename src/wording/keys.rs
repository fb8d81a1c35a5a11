//! Why no key could be had, and why one was not stored or erased: what happened, as clauses without a full stop.
//!
//! What to do about it is told by [`remedies`](super::remedies), for the place where the user is.

mod keyring;

use std::fmt;
use std::time::Duration;

use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{
    CommandFault, Exit, FileFault, KeyFailure, KeyFailureKind, KeyringFault, NoAnswer, PollFailure, PollFailureKind,
    RemovalError, StoringError, VaultFault,
};
use crate::domain::passphrase::NEW_LENGTH_MIN;
use crate::wording::failures;
use crate::wording::remedies::{Fact, Place, Remedy};

impl fmt::Display for KeyFailure {
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
                    NoAnswer::Slow => {
                        return write!(formatter, "the key store ({keeper}) gave no answer within {}", seconds(*limit));
                    }
                    NoAnswer::Withdrawn => "gave no answer in time, and nothing was changed in it",
                    NoAnswer::Stuck => "has left too many calls without an answer",
                    NoAnswer::Broken => "failed unexpectedly",
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

impl std::error::Error for KeyFailure {}

/// `the file /run/key of TRACKYARD_API_KEY_PROD_FILE may be used by others (its mode is 0644)`
fn file(formatter: &mut fmt::Formatter<'_>, source: &KeySource, path: Option<&str>, fault: &FileFault) -> fmt::Result {
    match (fault, path) {
        (FileFault::Missing, _) => write!(formatter, "{source} names a file that does not exist"),
        (FileFault::NoPath(reason), _) => write!(formatter, "the path in {source} {reason}"),
        (fault, Some(path)) => write!(formatter, "the file {path} of {source} {fault}"),
        (fault, None) => write!(formatter, "the file of {source} {fault}"),
    }
}

/// Goes on from the name of the file.
impl fmt::Display for FileFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("does not exist"),
            Self::NoPath(reason) => write!(formatter, "can have no such path: it {reason}"),
            Self::NotRegular => formatter.write_str("is no regular file"),
            Self::TooOpen { mode, .. } => write!(formatter, "may be used by others (its mode is {mode:04o})"),
            Self::TooLarge(size_max) => write!(formatter, "is larger than {} KiB", size_max / 1_024),
            Self::Unreadable { said } => write!(formatter, "can't be read: {said}"),
            Self::Unanswered { reason: NoAnswer::Slow | NoAnswer::Withdrawn, limit } => {
                write!(formatter, "could not be read within {}", seconds(*limit))
            }
            Self::Unanswered { reason: NoAnswer::Stuck, .. } => {
                formatter.write_str("is not read: too many key files gave no answer")
            }
            Self::Unanswered { reason: NoAnswer::Broken, .. } => {
                formatter.write_str("could not be read: it failed unexpectedly")
            }
        }
    }
}

/// Goes on from the name of the program.
impl fmt::Display for CommandFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("is empty"),
            Self::NotStarted { program, said } => write!(formatter, "can't run {program}: {said}"),
            Self::Failed { exit, said } => {
                match exit {
                    Exit::Code(code) => write!(formatter, "failed with exit status {code}"),
                    Exit::Signal(signal) => write!(formatter, "was ended by signal {signal}"),
                    Exit::Unknown => formatter.write_str("failed"),
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
impl fmt::Display for VaultFault {
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

/// Which source fails, and how, in two to four words: `key file too open`.
#[must_use]
pub fn brief(failure: &KeyFailure) -> &'static str {
    match failure {
        KeyFailure::Missing => "no key",
        KeyFailure::Unusable { source, .. } => match source {
            KeySource::Variable(_) => "variable unusable",
            KeySource::VariableFile(_) => "key file unusable",
            KeySource::Credential(_) => "credential unusable",
            KeySource::Command => "key_command unusable",
            KeySource::Store(_) => "stored key unusable",
        },
        KeyFailure::File { source: KeySource::Credential(_), fault, .. } => match fault {
            FileFault::TooOpen { .. } => "credential too open",
            _ => "credential unreadable",
        },
        KeyFailure::File { fault, .. } => match fault {
            FileFault::Missing | FileFault::NoPath(_) => "no key file",
            FileFault::TooOpen { .. } => "key file too open",
            _ => "key file unreadable",
        },
        KeyFailure::Command(CommandFault::TooSlow(_)) => "key_command too slow",
        KeyFailure::Command(_) => "key_command failed",
        KeyFailure::Passphrase { .. } => "passphrase unusable",
        KeyFailure::Vault { fault, .. } => match fault {
            VaultFault::Locked => "key file locked",
            VaultFault::WrongPassphrase => "wrong passphrase",
            VaultFault::ShortPassphrase => "passphrase too short",
            VaultFault::File(FileFault::TooOpen { .. }) => "key file too open",
            _ => "key file unusable",
        },
        KeyFailure::Keyring { fault, .. } => match fault {
            KeyringFault::Locked | KeyringFault::Dismissed => "keyring locked",
            KeyringFault::SessionDenied | KeyringFault::Denied => "keyring denies access",
            KeyringFault::Ambiguous => "two keyring entries",
            KeyringFault::NoText | KeyringFault::TooLong(_) | KeyringFault::Unusable(_) => "keyring entry unusable",
            KeyringFault::Deaf | KeyringFault::Lost => "keyring gives no answer",
            _ => "keyring unavailable",
        },
        KeyFailure::Unanswered { .. } => "key store silent",
        KeyFailure::Changed(_) | KeyFailure::Interrupted => "key unavailable",
    }
}

/// What happened and what to do: `the keyring is locked. Unlock it …`
#[must_use]
pub fn explained(failure: &KeyFailure, environment: &EnvironmentName, place: &Place) -> String {
    let remedy = Remedy { fact: Fact::KeyFailed(failure.clone()), source: None, environment: environment.clone() };
    format!("{failure}. {}", remedy.sentence(place))
}

impl fmt::Display for StoringError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trial(failure) => formatter.write_str(&failures::clause(&failure.cause)),
            Self::Untried(_) => formatter.write_str(
                "the key could not be tried: the service asked to wait, or as many requests as this program may make \
                 with it are made",
            ),
            Self::Objected(objection) => objection.fmt(formatter),
            Self::Unwritten(failure) if failure.kind() == KeyFailureKind::Slow => {
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

impl std::error::Error for StoringError {}

/// The service does not accept the key that was just pasted.
pub(super) const NOT_ACCEPTED: &str = "the service doesn't accept this key (401)";

/// Why a key was not stored, and what to do.
#[must_use]
pub fn not_stored(error: &StoringError, environment: &EnvironmentName, place: &Place) -> String {
    let remedy = Remedy { fact: error.into(), source: None, environment: environment.clone() }.sentence(place);
    match error {
        StoringError::Trial(failure) if is_refused(failure) && *place == Place::Dialog => {
            format!("{NOT_ACCEPTED}. {remedy}")
        }
        error => format!("{error}. {remedy}"),
    }
}

pub(super) fn is_refused(failure: &PollFailure) -> bool {
    failure.kind() == PollFailureKind::Unauthorized
}

impl fmt::Display for RemovalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyStore(failure) => failure.fmt(formatter),
            Self::Rotating => StoringError::Rotating.fmt(formatter),
            Self::Busy => StoringError::Busy.fmt(formatter),
            Self::Interrupted => {
                formatter.write_str("it is not known whether the key was erased: a fault of this program came between")
            }
        }
    }
}

impl std::error::Error for RemovalError {}

/// Why a key was not erased, and what to do.
#[must_use]
pub fn not_erased(error: &RemovalError, environment: &EnvironmentName, place: &Place) -> String {
    let remedy = Remedy { fact: Fact::NotErased(error.clone()), source: None, environment: environment.clone() };
    format!("{error}. {}", remedy.sentence(place))
}

#[cfg(test)]
mod tests;
