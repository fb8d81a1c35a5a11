//! A Secret Service of its own for a test: a D-Bus session and a gnome-keyring in a folder, away from the user's.
//!
//! Hand [`SecretService::variables`] to the programs that are to use it.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::needs::are_installed;

/// The programs that this needs.
const TOOLS: [&str; 4] = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
/// How long a daemon may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// The password of the login keyring.
const PASSWORD: &[u8] = b"opensesame";

/// Presence of the tools.
pub fn is_available() -> bool {
    are_installed(&TOOLS)
}

/// The variables that lead a program to the service in a folder, whether it runs or not.
pub fn variables(folder: &Path) -> Vec<(&'static str, OsString)> {
    let mut address = OsString::from("unix:path=");
    address.push(folder.join("bus"));
    vec![
        ("DBUS_SESSION_BUS_ADDRESS", address),
        ("HOME", folder.join("home").into()),
        ("XDG_DATA_HOME", folder.join("data").into()),
        ("XDG_RUNTIME_DIR", folder.join("run").into()),
        ("DISPLAY", OsString::new()),
        ("WAYLAND_DISPLAY", OsString::new()),
    ]
}

/// The D-Bus session and, unless it was stopped, the keyring's daemon. Both end when it is dropped.
pub struct SecretService {
    folder: PathBuf,
    bus: Child,
    daemon: Option<Child>,
}

impl SecretService {
    /// Starts a session with an empty, unlocked keyring in a folder of a short path.
    pub fn start(folder: &Path) -> Self {
        let mut service = Self::start_bus(folder);
        service.start_daemon();
        service
    }

    /// Starts a session in which there is no keyring, and none comes by itself.
    pub fn start_bus(folder: &Path) -> Self {
        Self::start_bus_with(folder, "")
    }

    /// As [`Self::start_bus`], but the bus lets nobody talk to a keyring.
    pub fn start_bus_that_denies(folder: &Path) -> Self {
        Self::start_bus_with(folder, r#"<deny send_destination="org.freedesktop.secrets"/>"#)
    }

    fn start_bus_with(folder: &Path, rule: &str) -> Self {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
        for name in ["home", "data", "run"] {
            DirBuilder::new().mode(0o700).create(folder.join(name)).unwrap();
        }
        let config = folder.join("bus.conf");
        fs::write(&config, bus_config(&folder.join("bus"), rule)).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .arg("--config-file")
            .arg(config)
            .args(["--nofork", "--nopidfile", "--print-address"])
            .envs(variables(folder))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It prints its address once it listens.
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:path="), "no D-Bus session: {address:?}");
        Self { folder: folder.to_owned(), bus, daemon: None }
    }

    /// Starts the keyring's daemon, and unlocks the keyring.
    pub fn start_daemon(&mut self) {
        self.spawn_daemon("--unlock", PASSWORD, false);
    }

    /// Starts the keyring's daemon, and leaves the keyring locked. It must have been unlocked once before.
    pub fn start_locked_daemon(&mut self) {
        self.spawn_daemon("--start", b"", true);
    }

    /// Kills the keyring's daemon.
    pub fn kill_daemon(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// Deletes the keyring that takes new entries.
    pub fn delete_default_collection(&self) {
        let mut command = Command::new("dbus-send");
        command.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"]);
        command.args(["/org/freedesktop/secrets/collection/login", "org.freedesktop.Secret.Collection.Delete"]);
        assert!(command.envs(self.variables()).output().unwrap().status.success());
    }

    /// Makes the daemon deaf, until [`SecretService::resume_daemon`].
    pub fn pause_daemon(&self) {
        self.signal_daemon(Signal::STOP);
    }

    /// Lets a paused daemon go on.
    pub fn resume_daemon(&self) {
        self.signal_daemon(Signal::CONT);
    }

    /// The variables that lead a program to this service.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        variables(&self.folder)
    }

    /// The address of the session.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.folder.join("bus").display())
    }

    /// Runs `secret-tool`, the platform's own program for keyrings.
    pub fn secret_tool(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut tool = Command::new("secret-tool")
            .args(arguments)
            .envs(self.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        tool.stdin.take().unwrap().write_all(input).unwrap();
        tool.wait_with_output().unwrap()
    }

    fn spawn_daemon(&mut self, mode: &str, password: &[u8], locked: bool) {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets", mode])
            .envs(self.variables())
            .env_remove("GNOME_KEYRING_CONTROL")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        daemon.stdin.take().unwrap().write_all(password).unwrap();
        self.daemon = Some(daemon);
        let (expected, start) = (format!("boolean {locked}"), Instant::now());
        while !self.locked_property().contains(&expected) {
            assert!(start.elapsed() < PATIENCE, "the keyring did not come up");
        }
    }

    /// What the default keyring says of being locked, in the words of `dbus-send`.
    pub fn locked_property(&self) -> String {
        self.property("/org/freedesktop/secrets/aliases/default", "Collection", "Locked")
    }

    /// What the service says of its collections, in the words of `dbus-send`; nothing as long as there is no service.
    pub fn collections(&self) -> String {
        self.property("/org/freedesktop/secrets", "Service", "Collections")
    }

    fn property(&self, path: &str, interface: &str, name: &str) -> String {
        let output = Command::new("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"])
            .args([path, "org.freedesktop.DBus.Properties.Get"])
            .args([format!("string:org.freedesktop.Secret.{interface}"), format!("string:{name}")])
            .envs(self.variables())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn signal_daemon(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("a daemon to signal");
        kill_process(Pid::from_child(daemon), signal).unwrap();
    }
}

impl Drop for SecretService {
    fn drop(&mut self) {
        for child in self.daemon.iter_mut().chain([&mut self.bus]) {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// A session bus without the machine's own services, so that nothing starts unless a test starts it.
fn bus_config(socket: &Path, rule: &str) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {rule}
  </policy>
</busconfig>
"#,
        socket = socket.display()
    )
}
