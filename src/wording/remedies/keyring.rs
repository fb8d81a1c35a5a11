//! What to do about a keyring, in the program that keeps the keys.

use super::keys::variable_instead;
use super::{KEYRING_SERVICE, Place};
use crate::domain::failure::{Keeper, KeyringFault};
use crate::domain::key_entry::KeyEntry;

pub(super) fn remedy(keeper: &Keeper, entry: &KeyEntry, fault: &KeyringFault, place: &Place) -> String {
    let variable = variable_instead(&entry.environment.key_variable(), place);
    match fault {
        KeyringFault::Ambiguous => format!("{}; until you know, {variable}", look_at_both(keeper, entry)),
        KeyringFault::NoSession if *place != Place::CommandLine => {
            let variable = entry.environment.key_variable();
            format!("start this program again in a session bus with a Secret Service, or with {variable} set")
        }
        // Whoever is before the program that keeps the keys need not start this one again.
        KeyringFault::Locked | KeyringFault::Dismissed if *place != Place::CommandLine => {
            in_keeper(keeper, entry, fault, place)
        }
        fault => format!("{}, or {variable}", in_keeper(keeper, entry, fault, place)),
    }
}

/// How to get rid of one of two entries and keep the key that works, whichever that is.
fn look_at_both(keeper: &Keeper, entry: &KeyEntry) -> String {
    let label = format!("`Trackyard API key ({entry})`");
    let attributes = format!("with the attributes `service {KEYRING_SERVICE}`, `username {entry}`");
    let both = match keeper {
        Keeper::Gnome => format!("look at both, named {label}, in `seahorse`"),
        Keeper::KeePassXc => format!("look at both {attributes} in KeePassXC (Advanced, Additional attributes)"),
        Keeper::Kde => format!("look at both, named {label}, in `kwalletmanager5`"),
        Keeper::Other(name) => format!("look at both {attributes} in {name}"),
        Keeper::Unknown => format!("look at both {attributes} in the program that keeps them"),
        Keeper::Keychain => {
            format!("look at both of name {KEYRING_SERVICE}, account {entry} in Keychain Access, in all keychains")
        }
        Keeper::CredentialManager => {
            format!("look at both of {KEYRING_SERVICE}, {entry} with `control /name Microsoft.CredentialManager`")
        }
    };
    format!(
        "{both}, compare them with the keys on the web page, and take out only one: the one that is revoked or unknown there, or either if both are the same"
    )
}

/// What to do, without the variable that helps in any case.
fn in_keeper(keeper: &Keeper, entry: &KeyEntry, fault: &KeyringFault, place: &Place) -> String {
    match (keeper, fault) {
        (Keeper::Keychain, _) => keychain(fault).to_owned(),
        (Keeper::CredentialManager, _) => credential_manager(fault).to_owned(),
        (_, KeyringFault::NoSession) => {
            "start a session bus, and in it a Secret Service, with `dbus-run-session -- trackyard-tui`".to_owned()
        }
        (_, KeyringFault::SessionDenied) => {
            "run it as the user who owns the session bus, outside any sandbox".to_owned()
        }
        (Keeper::Unknown, KeyringFault::NoService | KeyringFault::Absent) => "start one: GNOME Keyring with \
             `systemctl --user start gnome-keyring-daemon`, KDE Wallet, or KeePassXC with its Secret Service Integration"
            .to_owned(),
        (_, KeyringFault::NotExposed) => {
            "choose a group in its Database Settings, under Secret Service Integration".to_owned()
        }
        (Keeper::Gnome, _) => gnome(fault),
        (Keeper::KeePassXc, _) => keepassxc(fault, place),
        (Keeper::Kde, _) => kde(entry, fault, place),
        (Keeper::Other(name), _) => other(fault, name),
        (Keeper::Unknown, _) => {
            other(fault, "the program that `busctl --user status org.freedesktop.secrets` shows")
        }
    }
}

/// How to unlock the login keyring from a terminal. It asks for the password.
const UNLOCK: &str = "`gnome-keyring-daemon --replace --unlock`";

fn gnome(fault: &KeyringFault) -> String {
    match fault {
        KeyringFault::Locked => format!("unlock it with {UNLOCK} or `seahorse`"),
        KeyringFault::Dismissed => format!("answer it when it comes again, or unlock the keyring with {UNLOCK}"),
        KeyringFault::NoCollection => format!("make one with {UNLOCK}, or name one as the default in `seahorse`"),
        KeyringFault::NoService => "start it with `systemctl --user start gnome-keyring-daemon`".to_owned(),
        KeyringFault::Denied => "allow it in the policy of the session bus or of the sandbox".to_owned(),
        _ => "if this lasts, run `systemctl --user restart gnome-keyring-daemon`".to_owned(),
    }
}

fn keepassxc(fault: &KeyringFault, place: &Place) -> String {
    match fault {
        KeyringFault::Locked => "unlock the database in KeePassXC".to_owned(),
        KeyringFault::Dismissed => {
            let when = match place {
                Place::Dashboard { .. } => "when you refresh",
                Place::Dialog => "when you try again",
                Place::CommandLine | Place::Sink => "at the next command",
            };
            format!("unlock the database in KeePassXC and allow the access when it asks again, {when}")
        }
        KeyringFault::NoService => {
            "start KeePassXC, with its Secret Service Integration on (Tools, Settings)".to_owned()
        }
        KeyringFault::Denied => "allow it in KeePassXC, in Tools, Settings, Secret Service Integration".to_owned(),
        _ => "if this lasts, start KeePassXC again".to_owned(),
    }
}

fn kde(entry: &KeyEntry, fault: &KeyringFault, place: &Place) -> String {
    match fault {
        KeyringFault::Locked => "open the wallet in `kwalletmanager5`".to_owned(),
        KeyringFault::Dismissed => "answer it when it comes again, or open the wallet in `kwalletmanager5`".to_owned(),
        KeyringFault::NoCollection => {
            let when = match place {
                Place::Dashboard { .. } | Place::Dialog => "when you store a key".to_owned(),
                Place::CommandLine | Place::Sink => {
                    format!("at the next `trackyard-tui key set {}`", entry.environment)
                }
            };
            format!("answer its questions {when}, or make a wallet in `kwalletmanager5`")
        }
        KeyringFault::NoService => "turn it on in the System Settings, under KDE Wallet".to_owned(),
        KeyringFault::Denied => "allow it in the System Settings, under KDE Wallet, Access Control".to_owned(),
        _ => "if this lasts, log out and in again, or restart the wallet's service".to_owned(),
    }
}

fn other(fault: &KeyringFault, name: &str) -> String {
    match fault {
        KeyringFault::Locked => format!("unlock it in {name}"),
        KeyringFault::Dismissed => format!("answer it when it comes again, or unlock it in {name}"),
        KeyringFault::NoCollection => format!("make one in {name}, and name it as the default"),
        KeyringFault::NoService => format!("start {name} again"),
        KeyringFault::Denied => format!("allow it in the settings of {name}"),
        _ => format!("if this lasts, restart {name}"),
    }
}

fn keychain(fault: &KeyringFault) -> &'static str {
    match fault {
        KeyringFault::Locked => "unlock the keychain with `security unlock-keychain`",
        KeyringFault::Dismissed => "answer it when it comes again, or run `security unlock-keychain`",
        KeyringFault::Denied => "allow this program in the entry's access control, in Keychain Access",
        KeyringFault::NoCollection => "name a keychain with `security default-keychain -s login.keychain-db`",
        _ => "log in to a session that has a keychain, and look with `security show-keychain-info`",
    }
}

fn credential_manager(fault: &KeyringFault) -> &'static str {
    match fault {
        KeyringFault::Denied => "let this user have credentials: a policy of this machine forbids it",
        _ => "log in to the desktop, and look with `control /name Microsoft.CredentialManager`",
    }
}
