//! Which program it is that owns the name of the Secret Service.

use std::fs;

use zbus::blocking::fdo::DBusProxy;

use super::NAME;
use crate::domain::failure::Keeper;
use crate::domain::text::sanitise;

/// The longest name of a program that is shown, in characters.
const NAME_MAX: usize = 40;

/// The program that owns the name on a bus, as far as the system tells.
pub(super) fn find(bus: &DBusProxy<'_>) -> Keeper {
    let process = NAME.try_into().ok().and_then(|name| bus.get_connection_unix_process_id(name).ok());
    let name = process.and_then(|process| fs::read_to_string(format!("/proc/{process}/comm")).ok());
    name.map_or(Keeper::Unknown, |name| known(&name))
}

/// The kernel knows the first 15 characters of a program's name.
fn known(name: &str) -> Keeper {
    let name = sanitise(name.trim(), NAME_MAX);
    match name.as_str() {
        "gnome-keyring-d" => Keeper::Gnome,
        "keepassxc" => Keeper::KeePassXc,
        _ if name.starts_with("kwalletd") || name.starts_with("ksecretd") => Keeper::Kde,
        // An interpreter, or what stands between a sandbox and the bus, is not what people know it by.
        "" | "xdg-dbus-proxy" => Keeper::Unknown,
        _ if name.starts_with("python") => Keeper::Unknown,
        _ => Keeper::Other(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keeper_is_known_by_what_the_kernel_calls_it() {
        let cases = [
            ("gnome-keyring-d\n", Keeper::Gnome),
            ("keepassxc\n", Keeper::KeePassXc),
            ("kwalletd5\n", Keeper::Kde),
            ("kwalletd6\n", Keeper::Kde),
            ("ksecretd\n", Keeper::Kde),
            ("oo7-daemon\n", Keeper::Other("oo7-daemon".to_owned())),
            ("pass\u{1b}[31m\n", Keeper::Other("pass[31m".to_owned())),
            ("python3.11\n", Keeper::Unknown),
            ("xdg-dbus-proxy\n", Keeper::Unknown),
        ];
        for (name, keeper) in cases {
            assert_eq!(known(name), keeper, "{name}");
        }
    }
}
