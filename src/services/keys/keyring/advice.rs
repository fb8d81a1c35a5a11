//! What users are told of a keyring's troubles: what happened, and what to do in the program that keeps the keys.

use super::SERVICE;
use super::trouble::Trouble;
use crate::domain::failure::KeyFailure;
use crate::domain::key_entry::KeyEntry;
use crate::services::keys::variables;

/// The programs that keep keys, each with its own words and ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    Gnome,
    KeePassXc,
    Kde,
    /// Another Secret Service, by the name of its process.
    Other(String),
    /// A Secret Service of which no name is known, or none at all.
    Unknown,
    /// That of macOS.
    Keychain,
    /// That of Windows.
    CredentialManager,
}

impl Keeper {
    /// That of this platform, as far as it is known beforehand.
    pub(super) const HERE: Self = if cfg!(target_os = "macos") {
        Self::Keychain
    } else if cfg!(windows) {
        Self::CredentialManager
    } else {
        Self::Unknown
    };

    /// The name by which people know it.
    pub(super) fn name(&self) -> Option<String> {
        let name = match self {
            Self::Gnome => "GNOME Keyring",
            Self::KeePassXc => "KeePassXC",
            Self::Kde => "KDE Wallet",
            Self::Other(name) => name,
            Self::Unknown => return None,
            Self::Keychain => "Keychain",
            Self::CredentialManager => "Credential Manager",
        };
        Some(name.to_owned())
    }
}

/// Says what happened and what to do.
pub(super) fn failure(entry: &KeyEntry, trouble: &Trouble, keeper: &Keeper) -> KeyFailure {
    if let Some(reason) = unusable(trouble) {
        return invalid(entry, &reason);
    }
    let way_out = remedy(entry, trouble, keeper);
    let variable = variables::own_variable(&entry.environment);
    let remedy = match trouble {
        Trouble::Ambiguous => format!("{way_out}."),
        _ => format!("{way_out}, or set {variable}."),
    };
    KeyFailure { kind: trouble.kind(), message: message(entry, trouble, keeper), remedy }
}

/// What stands in the keyring can be no key.
pub(super) fn invalid(entry: &KeyEntry, reason: &str) -> KeyFailure {
    KeyFailure {
        kind: Trouble::NoText.kind(),
        message: format!("the entry for {entry} in the keyring is unusable: {reason}"),
        remedy: format!("Store the key again with `trackyard-tui key set {}`.", entry.environment),
    }
}

fn unusable(trouble: &Trouble) -> Option<String> {
    match trouble {
        Trouble::NoText => Some("it is no text".to_owned()),
        Trouble::TooLong(limit) => Some(format!("the keyring takes {limit} characters at most")),
        _ => None,
    }
}

fn message(entry: &KeyEntry, trouble: &Trouble, keeper: &Keeper) -> String {
    let text = match (trouble, keeper) {
        (Trouble::Locked, Keeper::KeePassXc) => "the key is locked in KeePassXC",
        (Trouble::Locked, Keeper::Kde) => "the wallet of KDE Wallet is closed",
        (Trouble::Dismissed, Keeper::KeePassXc) => {
            "KeePassXC gives no access to the key: its question was declined or not answered"
        }
        (Trouble::Dismissed, Keeper::Kde) => {
            "the wallet of KDE Wallet is closed, and its question was dismissed or could not be asked"
        }
        (Trouble::NoCollection, Keeper::Kde) => "KDE Wallet has no wallet, so it has no place for keys",
        (Trouble::NoSession, _) => "no session bus is running here, so the keyring can't be reached",
        (Trouble::SessionDenied, _) => "the session bus does not let this user in, so the keyring can't be reached",
        (Trouble::NoService, _) => "no keyring service is running on the session bus",
        (Trouble::Ended | Trouble::Lost, _) => "the keyring service ended before it answered",
        (Trouble::Outdated, _) => "the keyring service forgets its callers",
        (Trouble::Deaf, _) => "the keyring service gives no answer",
        (Trouble::Denied, _) => "the keyring refuses access to this program",
        (Trouble::Locked, _) => "the keyring is locked",
        (Trouble::Dismissed, _) => {
            "the keyring is locked, and its question for the password was dismissed or could not be asked"
        }
        (Trouble::NoCollection, _) => "the keyring has no default collection, so it has no place for keys",
        (Trouble::NotExposed, _) => {
            "KeePassXC shows other programs no group of a database, so it has no place for keys"
        }
        (Trouble::Gone, _) => "the keyring lists an entry that it no longer has",
        (Trouble::Undecipherable, _) => "the keyring's answer can't be deciphered",
        (Trouble::Absent, _) => "the keyring can't be reached: this system has none",
        (Trouble::Ambiguous | Trouble::NoText | Trouble::TooLong(_), _) => {
            return format!("the keyring holds more than one entry of service {SERVICE}, user {entry}");
        }
        (Trouble::Other(detail), _) => return format!("the keyring can't be reached: {detail}"),
    };
    text.to_owned()
}

/// What to do, without the variable that helps in any case.
fn remedy(entry: &KeyEntry, trouble: &Trouble, keeper: &Keeper) -> String {
    match (keeper, trouble) {
        (Keeper::Keychain, _) => keychain(entry, trouble),
        (Keeper::CredentialManager, _) => credential_manager(entry, trouble),
        (_, Trouble::NoSession) => {
            "Start a session bus, and in it a Secret Service, with `dbus-run-session -- trackyard-tui`".to_owned()
        }
        (_, Trouble::SessionDenied) => "Run it as the user who owns the session bus, outside any sandbox".to_owned(),
        (Keeper::Unknown, Trouble::NoService | Trouble::Absent) => "Start one: GNOME Keyring with `systemctl --user \
             start gnome-keyring-daemon`, KDE Wallet, or KeePassXC with its Secret Service Integration"
            .to_owned(),
        (_, Trouble::NotExposed) => {
            "Choose a group in its Database Settings, under Secret Service Integration".to_owned()
        }
        (Keeper::Gnome, _) => gnome(entry, trouble),
        (Keeper::KeePassXc, _) => keepassxc(entry, trouble),
        (Keeper::Kde, _) => kde(entry, trouble),
        (Keeper::Other(name), _) => other(entry, trouble, name),
        (Keeper::Unknown, _) => {
            other(entry, trouble, "the program that `busctl --user status org.freedesktop.secrets` shows")
        }
    }
}

/// How to unlock the login keyring from a terminal. It asks for the password.
const UNLOCK: &str = "`gnome-keyring-daemon --replace --unlock`";

fn gnome(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Locked => format!("Unlock it with {UNLOCK} or `seahorse`"),
        Trouble::Dismissed => format!("Answer it when it comes again, or unlock the keyring with {UNLOCK}"),
        Trouble::NoCollection => format!("Make one with {UNLOCK}, or name one as the default in `seahorse`"),
        Trouble::NoService => "Start it with `systemctl --user start gnome-keyring-daemon`".to_owned(),
        Trouble::Ambiguous => {
            let clear = format!("secret-tool clear service {SERVICE} username {entry}");
            format!(
                "Erase them with `{clear}`, then store the key again with `trackyard-tui key set {}`",
                entry.environment
            )
        }
        Trouble::Denied => "Allow it in the policy of the session bus or of the sandbox".to_owned(),
        _ => "If this lasts, run `systemctl --user restart gnome-keyring-daemon`".to_owned(),
    }
}

fn keepassxc(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Locked => "Unlock the database in KeePassXC".to_owned(),
        Trouble::Dismissed => {
            "Unlock the database in KeePassXC and allow the access when it asks again, on `r` or the next command"
                .to_owned()
        }
        Trouble::NoService => "Start KeePassXC, with its Secret Service Integration on (Tools, Settings)".to_owned(),
        Trouble::Ambiguous => {
            format!(
                "Delete all but one of those with the attributes `service {SERVICE}`, `username {entry}` in KeePassXC"
            )
        }
        Trouble::Denied => "Allow it in KeePassXC, in Tools, Settings, Secret Service Integration".to_owned(),
        _ => "If this lasts, start KeePassXC again".to_owned(),
    }
}

fn kde(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Locked => "Open the wallet in `kwalletmanager5`".to_owned(),
        Trouble::Dismissed => "Answer it when it comes again, or open the wallet in `kwalletmanager5`".to_owned(),
        Trouble::NoCollection => format!(
            "Answer its questions at the next `trackyard-tui key set {}`, or make a wallet in `kwalletmanager5`",
            entry.environment
        ),
        Trouble::NoService => "Turn it on in the System Settings, under KDE Wallet".to_owned(),
        Trouble::Ambiguous => {
            format!("Delete all but one of service `{SERVICE}`, username `{entry}` in `kwalletmanager5`")
        }
        Trouble::Denied => "Allow it in the System Settings, under KDE Wallet, Access Control".to_owned(),
        _ => "If this lasts, log out and in again, or restart the wallet's service".to_owned(),
    }
}

fn other(entry: &KeyEntry, trouble: &Trouble, name: &str) -> String {
    match trouble {
        Trouble::Locked => format!("Unlock it in {name}"),
        Trouble::Dismissed => format!("Answer it when it comes again, or unlock it in {name}"),
        Trouble::NoCollection => format!("Make one in {name}, and name it as the default"),
        Trouble::NoService => format!("Start {name} again"),
        Trouble::Ambiguous => {
            format!("Delete all but one with the attributes `service {SERVICE}`, `username {entry}` in {name}")
        }
        Trouble::Denied => format!("Allow it in the settings of {name}"),
        _ => format!("If this lasts, restart {name}"),
    }
}

fn keychain(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Locked => "Unlock the keychain with `security unlock-keychain`".to_owned(),
        Trouble::Dismissed => "Answer it when it comes again, or run `security unlock-keychain`".to_owned(),
        Trouble::Denied => "Allow this program in the entry's access control, in Keychain Access".to_owned(),
        Trouble::NoCollection => "Name a keychain with `security default-keychain -s login.keychain-db`".to_owned(),
        Trouble::Ambiguous => {
            format!("Erase all but one with `security delete-generic-password -s {SERVICE} -a {entry}`")
        }
        _ => "Log in to a session that has a keychain, and look with `security show-keychain-info`".to_owned(),
    }
}

fn credential_manager(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Ambiguous => {
            format!("Erase all but one of {SERVICE}, {entry}, with `control /name Microsoft.CredentialManager`")
        }
        Trouble::Denied => "Let this user have credentials: a policy of this machine forbids it".to_owned(),
        _ => "Log in to the desktop, and look with `control /name Microsoft.CredentialManager`".to_owned(),
    }
}
