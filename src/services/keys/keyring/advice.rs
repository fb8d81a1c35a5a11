//! What users are told of a keyring's troubles: what happened, and what to do on their platform.

use super::SERVICE;
use super::trouble::Trouble;
use crate::domain::failure::KeyFailure;
use crate::domain::key_entry::KeyEntry;
use crate::services::keys::variables;

/// The platforms, each with its own programs for keyrings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Linux,
    MacOs,
    Windows,
}

impl Platform {
    /// That of this program.
    pub(super) const HERE: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(windows) {
        Self::Windows
    } else {
        Self::Linux
    };
}

/// Says what happened and what to do.
pub(super) fn failure(entry: &KeyEntry, trouble: &Trouble, platform: Platform) -> KeyFailure {
    if let Some(reason) = unusable(trouble) {
        return invalid(entry, &reason);
    }
    let way_out = remedy(entry, trouble, platform);
    let variable = variables::own_variable(&entry.environment);
    let remedy = match trouble {
        Trouble::Ambiguous => format!("{way_out}."),
        _ => format!("{way_out}, or set {variable}."),
    };
    KeyFailure { kind: trouble.kind(), message: message(entry, trouble), remedy }
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

fn message(entry: &KeyEntry, trouble: &Trouble) -> String {
    let text = match trouble {
        Trouble::NoSession => "no session bus is running here, so the keyring can't be reached",
        Trouble::SessionDenied => "the session bus does not let this user in, so the keyring can't be reached",
        Trouble::NoService => "no keyring service is running on the session bus",
        Trouble::Ended => "the keyring service ended before it answered",
        Trouble::Deaf => "the keyring service gives no answer",
        Trouble::Denied => "the keyring refuses access to this program",
        Trouble::Locked => "the keyring is locked",
        Trouble::Dismissed => {
            "the keyring is locked, and its question for the password was dismissed or could not be asked"
        }
        Trouble::NoCollection => "the keyring has no default collection, so it has no place for keys",
        Trouble::Gone => "the keyring lists an entry that it no longer has",
        Trouble::Undecipherable => "the keyring's answer can't be deciphered",
        Trouble::Absent => "the keyring can't be reached: this system has none",
        Trouble::Ambiguous | Trouble::NoText | Trouble::TooLong(_) => {
            return format!("the keyring holds more than one entry of service {SERVICE}, user {entry}");
        }
        Trouble::Other(detail) => return format!("the keyring can't be reached: {detail}"),
    };
    text.to_owned()
}

/// How to unlock the login keyring from a terminal. It asks for the password.
const UNLOCK: &str = "`gnome-keyring-daemon --replace --unlock`";

/// What to do, without the variable that helps in any case.
fn remedy(entry: &KeyEntry, trouble: &Trouble, platform: Platform) -> String {
    match platform {
        Platform::Linux => linux(entry, trouble),
        Platform::MacOs => macos(entry, trouble),
        Platform::Windows => windows(entry, trouble),
    }
}

fn linux(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::NoSession => {
            "Start a session bus, and in it a Secret Service, with `dbus-run-session -- trackyard-tui`".to_owned()
        }
        Trouble::SessionDenied => "Run it as the user who owns the session bus, outside any sandbox".to_owned(),
        Trouble::Denied => {
            "Allow it in the settings of the service that `busctl --user status org.freedesktop.secrets` shows"
                .to_owned()
        }
        Trouble::NoService | Trouble::Absent => {
            "Start a Secret Service, such as with `systemctl --user start gnome-keyring-daemon`".to_owned()
        }
        Trouble::Locked => format!("Unlock it with {UNLOCK} or `seahorse`"),
        Trouble::Dismissed => format!("Answer it when it comes again, or unlock the keyring with {UNLOCK}"),
        Trouble::NoCollection => format!("Make one with {UNLOCK}, or name one as the default in `seahorse`"),
        Trouble::Ambiguous => {
            let clear = format!("secret-tool clear service {SERVICE} username {entry}");
            format!(
                "Erase them with `{clear}`, then store the key again with `trackyard-tui key set {}`",
                entry.environment
            )
        }
        _ => "If this lasts, run `systemctl --user restart gnome-keyring-daemon`".to_owned(),
    }
}

fn macos(entry: &KeyEntry, trouble: &Trouble) -> String {
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

fn windows(entry: &KeyEntry, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Ambiguous => {
            format!("Erase all but one of {SERVICE}, {entry}, with `control /name Microsoft.CredentialManager`")
        }
        Trouble::Denied => "Let this user have credentials: a policy of this machine forbids it".to_owned(),
        _ => "Log in to the desktop, and look with `control /name Microsoft.CredentialManager`".to_owned(),
    }
}
