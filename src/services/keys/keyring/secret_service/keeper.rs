//! The program that owns the name of the Secret Service.

use std::fs;

use zbus::blocking::fdo::DBusProxy;

use super::names::NAME;
use crate::domain::error::KeyringProgram;
use crate::domain::text::sanitise;

/// The longest name of a program that is shown, in characters.
const NAME_MAX: usize = 40;

/// The program that owns the name on a bus, as far as the system tells.
pub(super) fn find(bus: &DBusProxy<'_>) -> KeyringProgram {
    let process = NAME.try_into().ok().and_then(|name| bus.get_connection_unix_process_id(name).ok());
    let name = process.and_then(|process| fs::read_to_string(format!("/proc/{process}/comm")).ok());
    name.map_or(KeyringProgram::Unknown, |name| known(&name))
}

/// The kernel knows the first 15 characters of a program's name.
fn known(name: &str) -> KeyringProgram {
    let name = sanitise(name.trim(), NAME_MAX);
    match name.as_str() {
        "gnome-keyring-d" => KeyringProgram::Gnome,
        "keepassxc" => KeyringProgram::KeePassXc,
        _ if name.starts_with("kwalletd") || name.starts_with("ksecretd") => KeyringProgram::Kde,
        // An interpreter, or what stands between a sandbox and the bus, is not what people know it by.
        "" | "xdg-dbus-proxy" => KeyringProgram::Unknown,
        _ if name.starts_with("python") => KeyringProgram::Unknown,
        _ => KeyringProgram::Other(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keeper_is_known_by_what_the_kernel_calls_it() {
        let cases = [
            ("gnome-keyring-d\n", KeyringProgram::Gnome),
            ("keepassxc\n", KeyringProgram::KeePassXc),
            ("kwalletd5\n", KeyringProgram::Kde),
            ("kwalletd6\n", KeyringProgram::Kde),
            ("ksecretd\n", KeyringProgram::Kde),
            ("oo7-daemon\n", KeyringProgram::Other("oo7-daemon".to_owned())),
            ("pass\u{1b}[31m\n", KeyringProgram::Other("pass[31m".to_owned())),
            ("python3.11\n", KeyringProgram::Unknown),
            ("xdg-dbus-proxy\n", KeyringProgram::Unknown),
        ];
        for (name, keeper) in cases {
            assert_eq!(known(name), keeper, "{name}");
        }
    }
}
