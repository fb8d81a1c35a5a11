//! Remedies for a key that could not be had, by its source and the place where the user is.
//!
//! No advice, followed to the letter, loses a key: nothing is erased or overwritten of which it is not known that it is
//! of no more use.

use super::audience::RemedyAudience;
use super::keyring;
use super::new_key::{RESTART, restarted, variable_instead};
use super::reason::Remedy;
use crate::domain::api_key::KeySource;
use crate::domain::error::{BlockingCallError, FileError, KeyError, KeyErrorKind, VaultFileError};
use crate::domain::passphrase::{FILE_VARIABLE, NEW_LENGTH_MIN, VARIABLE};

impl Remedy {
    /// Remedy for a key that could not be had.
    pub(super) fn key_failed(&self, failure: &KeyError, audience: &RemedyAudience) -> String {
        match failure {
            KeyError::Missing => self.add(audience),
            KeyError::Unusable { source, .. } => {
                restarted(source, audience, format!("correct what {source} gives: the key alone"))
            }
            KeyError::Passphrase { source, .. } => {
                restarted(source, audience, format!("correct what {source} gives: the passphrase alone, on one line"))
            }
            KeyError::File { source, path, fault } => file(source, path.as_deref(), fault, audience),
            KeyError::Command(_) => "correct it in the configuration, or run it by hand first: it must print the key \
                                       alone, and has no terminal to ask on"
                .to_owned(),
            KeyError::Vault { path, fault } => vault(path, fault, audience),
            KeyError::Keyring { fault, .. } if fault.kind() == KeyErrorKind::Entry => self.store_again(audience),
            KeyError::Keyring { keeper, entry, fault } => keyring::remedy(keeper, entry, fault, audience),
            KeyError::Unanswered { reason, .. } => {
                let way_out = match reason {
                    BlockingCallError::Slow => "unlock it if it asks for a password",
                    BlockingCallError::Withdrawn => "unlock it if it asks for a password, then try again",
                    BlockingCallError::Stuck => "see that it answers, then start this program again",
                    BlockingCallError::Broken => "try again",
                };
                format!("{way_out}, or {}", variable_instead(&self.environment.key_variable(), audience))
            }
            KeyError::Changed(_) => "try again".to_owned(),
            KeyError::Interrupted => match audience {
                RemedyAudience::Dashboard { .. } => {
                    "wait, it is tried again in a minute; the log tells more".to_owned()
                }
                _ => "try again; the log tells more".to_owned(),
            },
        }
    }
}

fn file(source: &KeySource, path: Option<&str>, fault: &FileError, audience: &RemedyAudience) -> String {
    match fault {
        FileError::Missing | FileError::NoPath(_) => {
            restarted(source, audience, format!("correct the path in {source}, or unset it"))
        }
        fault => private_file(path.unwrap_or("it"), fault),
    }
}

/// Remedy for a file that is there, where the path is fit to be shown.
fn private_file(path: &str, fault: &FileError) -> String {
    match fault {
        FileError::TooOpen { mode, can_be_changed } => {
            let way = if *can_be_changed {
                format!("run `chmod 600 {path}`")
            } else {
                "have whoever provides it give it the mode 0400 (defaultMode of a volume in Kubernetes)".to_owned()
            };
            let is_group_alone = !FileError::lets_in_all(*mode);
            let setting =
                if is_group_alone { ", or set `allow_group_readable_files` in the configuration" } else { "" };
            format!("{way}{setting}")
        }
        FileError::Missing | FileError::NoPath(_) => "correct its path".to_owned(),
        FileError::Unreadable { .. } => "check that this user may read it".to_owned(),
        FileError::NotRegular | FileError::TooLarge(_) => "name a regular file that holds nothing else".to_owned(),
        FileError::Unanswered { reason: BlockingCallError::Stuck, .. } => {
            format!("check that the file system it stands on answers, {RESTART}")
        }
        FileError::Unanswered { .. } => "check that the file system it stands on answers".to_owned(),
    }
}

fn vault(path: &str, fault: &VaultFileError, audience: &RemedyAudience) -> String {
    // It may hold keys that only a later version, or a person, gets out of it.
    let aside = format!("move {path} aside, keep it, and store the keys again");
    let another = "name another file by key_file in the configuration";
    match fault {
        VaultFileError::Locked => match audience {
            RemedyAudience::CommandLine => format!("run this in a terminal, which asks for it, or set {FILE_VARIABLE}"),
            _ => format!("start this program again in a terminal, which asks for it, or with {FILE_VARIABLE} set"),
        },
        VaultFileError::WrongPassphrase => {
            format!("give the one that the file was made with: check {VARIABLE}, {FILE_VARIABLE} or what you typed")
        }
        VaultFileError::ShortPassphrase => format!("choose one with at least {NEW_LENGTH_MIN} characters"),
        VaultFileError::File(FileError::NotRegular | FileError::TooLarge(_)) | VaultFileError::Foreign => {
            format!("{another}, or {aside}")
        }
        VaultFileError::File(fault) => private_file(path, fault),
        VaultFileError::Damaged | VaultFileError::StrangeContent => format!("bring it back from a backup, or {aside}"),
        VaultFileError::OtherRecipient => format!("{another}, or encrypt it with `age -p`"),
        VaultFileError::NewerFormat | VaultFileError::NewerVersion(_) => {
            format!("use the newer version of this program, or {another}")
        }
        VaultFileError::ExcessiveWork { .. } => {
            format!("if you trust it, encrypt it anew with less work; else {aside}")
        }
        VaultFileError::Full(_) => "take out the keys of environments that no longer exist".to_owned(),
        VaultFileError::Busy => "see what else uses it, then try again".to_owned(),
        VaultFileError::NotEncrypted => "try again".to_owned(),
        VaultFileError::Unwritable { .. } => {
            "see that its folder is writable and the disk not full; the old file is as it was".to_owned()
        }
    }
}
