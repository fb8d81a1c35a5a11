//! The program under test, with a home of its own.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The moment that the demonstration shows.
pub const MOMENT: &str = "2026-11-21T14:32:02Z";

/// An empty home folder. Nothing of the person who runs the tests is read or changed.
pub struct Home(TempDir);

impl Home {
    /// # Panics
    ///
    /// If no temporary folder can be made.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The binary with these arguments, at home here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
        command.args(arguments).current_dir(self.0.path());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("TRACKYARD_")) {
                command.env_remove(name);
            }
        }
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_STATE_HOME", "state"),
        ] {
            command.env(name, self.0.path().join(folder));
        }
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("LC_CTYPE");
        // Nothing of a test opens on the screen of the person who runs it.
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"] {
            command.env_remove(name);
        }
        command.env("TZ", "UTC").env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("CREDENTIALS_DIRECTORY");
        command
    }

    /// The demonstration at a fixed moment, with these further arguments.
    pub fn demo(&self, arguments: &[&str]) -> Command {
        self.command(&[&["demo", "--at", MOMENT], arguments].concat())
    }
}
