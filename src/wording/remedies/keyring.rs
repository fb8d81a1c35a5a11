//! Remedies for a keyring, in the program that keeps the keys.

use super::audience::RemedyAudience;
use super::new_key::variable_instead;
use crate::domain::error::{KeyringError, KeyringProgram};
use crate::domain::key_entry::{KEYRING_SERVICE, KeyEntry};

pub(super) fn remedy(
    keeper: &KeyringProgram,
    entry: &KeyEntry,
    fault: &KeyringError,
    audience: &RemedyAudience,
) -> String {
    let variable = variable_instead(&entry.environment.key_variable(), audience);
    match fault {
        KeyringError::Ambiguous => format!("{}; until you know, {variable}", look_at_both(keeper, entry)),
        KeyringError::NoSession if *audience != RemedyAudience::CommandLine => {
            let variable = entry.environment.key_variable();
            format!("start this program again in a session bus with a Secret Service, or with {variable} set")
        }
        // Whoever is before the program that keeps the keys need not start this one again.
        KeyringError::Locked | KeyringError::Dismissed if *audience != RemedyAudience::CommandLine => {
            in_keeper(keeper, entry, fault, audience)
        }
        fault => format!("{}, or {variable}", in_keeper(keeper, entry, fault, audience)),
    }
}

/// Way to get rid of one of two entries and keep the key that works, whichever that is.
fn look_at_both(keeper: &KeyringProgram, entry: &KeyEntry) -> String {
    let label = format!("`Trackyard API key ({entry})`");
    let attributes = format!("with the attributes `service {KEYRING_SERVICE}`, `username {entry}`");
    let both = match keeper {
        KeyringProgram::Gnome => format!("look at both, named {label}, in `seahorse`"),
        KeyringProgram::KeePassXc => {
            format!("look at both {attributes} in KeePassXC (Advanced, Additional attributes)")
        }
        KeyringProgram::Kde => format!("look at both, named {label}, in `kwalletmanager5`"),
        KeyringProgram::Other(name) => format!("look at both {attributes} in {name}"),
        KeyringProgram::Unknown => format!("look at both {attributes} in the program that keeps them"),
        KeyringProgram::Keychain => {
            format!("look at both of name {KEYRING_SERVICE}, account {entry} in Keychain Access, in all keychains")
        }
        KeyringProgram::CredentialManager => {
            format!("look at both of {KEYRING_SERVICE}, {entry} with `control /name Microsoft.CredentialManager`")
        }
    };
    format!(
        "{both}, compare them with the keys on the web page, and take out only one: the one that is revoked or unknown there, or either if both are the same"
    )
}

/// Remedy without the variable that helps in any case.
fn in_keeper(keeper: &KeyringProgram, entry: &KeyEntry, fault: &KeyringError, audience: &RemedyAudience) -> String {
    match (keeper, fault) {
        (KeyringProgram::Keychain, _) => keychain(fault).to_owned(),
        (KeyringProgram::CredentialManager, _) => credential_manager(fault).to_owned(),
        (_, KeyringError::NoSession) => {
            "start a session bus, and in it a Secret Service, with `dbus-run-session -- trackyard-tui`".to_owned()
        }
        (_, KeyringError::SessionDenied) => {
            "run it as the user who owns the session bus, outside any sandbox".to_owned()
        }
        (KeyringProgram::Unknown, KeyringError::NoService | KeyringError::Absent) => "start one: GNOME Keyring with \
             `systemctl --user start gnome-keyring-daemon`, KDE Wallet, or KeePassXC with its Secret Service Integration"
            .to_owned(),
        (_, KeyringError::NotExposed) => {
            "choose a group in its Database Settings, under Secret Service Integration".to_owned()
        }
        (KeyringProgram::Gnome, _) => gnome(fault),
        (KeyringProgram::KeePassXc, _) => keepassxc(fault, audience),
        (KeyringProgram::Kde, _) => kde(entry, fault, audience),
        (KeyringProgram::Other(name), _) => other(fault, name),
        (KeyringProgram::Unknown, _) => {
            other(fault, "the program that `busctl --user status org.freedesktop.secrets` shows")
        }
    }
}

/// Command that unlocks the login keyring from a terminal. It asks for the password.
const UNLOCK: &str = "`gnome-keyring-daemon --replace --unlock`";

fn gnome(fault: &KeyringError) -> String {
    match fault {
        KeyringError::Locked => format!("unlock it with {UNLOCK} or `seahorse`"),
        KeyringError::Dismissed => format!("answer it when it comes again, or unlock the keyring with {UNLOCK}"),
        KeyringError::NoCollection => format!("make one with {UNLOCK}, or name one as the default in `seahorse`"),
        KeyringError::NoService => "start it with `systemctl --user start gnome-keyring-daemon`".to_owned(),
        KeyringError::Denied => "allow it in the policy of the session bus or of the sandbox".to_owned(),
        _ => "if this lasts, run `systemctl --user restart gnome-keyring-daemon`".to_owned(),
    }
}

fn keepassxc(fault: &KeyringError, audience: &RemedyAudience) -> String {
    match fault {
        KeyringError::Locked => "unlock the database in KeePassXC".to_owned(),
        KeyringError::Dismissed => {
            let when = match audience {
                RemedyAudience::Dashboard { .. } => "when you refresh",
                RemedyAudience::Dialog => "when you try again",
                RemedyAudience::CommandLine | RemedyAudience::Sink => "at the next command",
            };
            format!("unlock the database in KeePassXC and allow the access when it asks again, {when}")
        }
        KeyringError::NoService => {
            "start KeePassXC, with its Secret Service Integration on (Tools, Settings)".to_owned()
        }
        KeyringError::Denied => "allow it in KeePassXC, in Tools, Settings, Secret Service Integration".to_owned(),
        _ => "if this lasts, start KeePassXC again".to_owned(),
    }
}

fn kde(entry: &KeyEntry, fault: &KeyringError, audience: &RemedyAudience) -> String {
    match fault {
        KeyringError::Locked => "open the wallet in `kwalletmanager5`".to_owned(),
        KeyringError::Dismissed => "answer it when it comes again, or open the wallet in `kwalletmanager5`".to_owned(),
        KeyringError::NoCollection => {
            let when = match audience {
                RemedyAudience::Dashboard { .. } | RemedyAudience::Dialog => "when you store a key".to_owned(),
                RemedyAudience::CommandLine | RemedyAudience::Sink => {
                    format!("at the next `trackyard-tui key set {}`", entry.environment)
                }
            };
            format!("answer its questions {when}, or make a wallet in `kwalletmanager5`")
        }
        KeyringError::NoService => "turn it on in the System Settings, under KDE Wallet".to_owned(),
        KeyringError::Denied => "allow it in the System Settings, under KDE Wallet, Access Control".to_owned(),
        _ => "if this lasts, log out and in again, or restart the wallet's service".to_owned(),
    }
}

fn other(fault: &KeyringError, name: &str) -> String {
    match fault {
        KeyringError::Locked => format!("unlock it in {name}"),
        KeyringError::Dismissed => format!("answer it when it comes again, or unlock it in {name}"),
        KeyringError::NoCollection => format!("make one in {name}, and name it as the default"),
        KeyringError::NoService => format!("start {name} again"),
        KeyringError::Denied => format!("allow it in the settings of {name}"),
        _ => format!("if this lasts, restart {name}"),
    }
}

fn keychain(fault: &KeyringError) -> &'static str {
    match fault {
        KeyringError::Locked => "unlock the keychain with `security unlock-keychain`",
        KeyringError::Dismissed => "answer it when it comes again, or run `security unlock-keychain`",
        KeyringError::Denied => "allow this program in the entry's access control, in Keychain Access",
        KeyringError::NoCollection => "name a keychain with `security default-keychain -s login.keychain-db`",
        _ => "log in to a session that has a keychain, and look with `security show-keychain-info`",
    }
}

fn credential_manager(fault: &KeyringError) -> &'static str {
    match fault {
        KeyringError::Denied => "let this user have credentials: a policy of this machine forbids it",
        _ => "log in to the desktop, and look with `control /name Microsoft.CredentialManager`",
    }
}
