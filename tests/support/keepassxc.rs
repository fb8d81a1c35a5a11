//! A real KeePassXC as the Secret Service of a D-Bus session of its own, on a screen that nobody sees, in a folder away
//! from the user's.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::needs::are_installed;
use super::secret_service::SecretService;

const TOOLS: [&str; 8] =
    ["dbus-daemon", "dbus-monitor", "keepassxc", "keepassxc-cli", "openbox", "secret-tool", "xdotool", "Xvfb"];
/// How long the program may take for anything on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// After this a window that took no answer is answered again.
const AGAIN: Duration = Duration::from_secs(5);
const PASSWORD: &str = "opensesame";
/// The title of the window that asks whether a program may have an entry.
const ACCESS: &str = "Access Request";
/// The title of the window that asks for the password of a database.
const UNLOCK: &str = "Unlock Database";

/// The group that other programs see, by its number in base 64 and in the setting that exposes it.
const GROUP: (&str, &str) = ("AQEBAQEBAQEBAQEBAQEBAQ==", "{01010101-0101-0101-0101-010101010101}");

/// How the program is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The database is open, and every program may have its entries.
    Open,
    /// The program's own settings: it asks before it gives an entry.
    Asks,
    /// The database is locked.
    Locked,
    /// No group is exposed, so that other programs see no collection.
    Hidden,
}

/// The session, the screen and the program. All end when it is dropped.
pub struct KeePassXc {
    service: SecretService,
    folder: PathBuf,
    display: String,
    children: Vec<Child>,
}

/// Presence of the tools.
pub fn is_available() -> bool {
    are_installed(&TOOLS)
}

impl KeePassXc {
    /// Starts the program in a folder of a short path.
    pub fn start(folder: &Path, mode: Mode) -> Self {
        let service = SecretService::start_bus(folder);
        let (screen, display) = start_screen();
        let mut program =
            Self { service, folder: folder.to_owned(), display: format!(":{display}"), children: vec![screen] };
        program.make_database(mode);
        program.manage_windows();
        program.watch_bus();
        program.start_program(mode);
        program
    }

    /// The session that it serves.
    pub fn service(&self) -> &SecretService {
        &self.service
    }

    /// How many questions were put to the user so far, and for new entries none is put.
    pub fn questions(&self) -> usize {
        self.calls("Unlock")
    }

    /// How often a method of the service was called so far, by whichever program.
    pub fn calls(&self, method: &str) -> usize {
        let told = fs::read_to_string(self.folder.join("calls")).unwrap();
        let method = format!("member={method}");
        told.lines().filter(|line| line.split([' ', ';']).any(|word| word == method)).count()
    }

    /// Lets a program have the entries that it asks for.
    pub fn allow(&self) {
        self.answer(ACCESS, &[&["key", "Return"]]);
    }

    /// Types the password of the database.
    pub fn unlock(&self) {
        // Whatever an earlier attempt left in the field is replaced.
        self.answer(UNLOCK, &[&["key", "ctrl+a"], &["type", PASSWORD], &["key", "Return"]]);
    }

    /// Whether a window asks something.
    pub fn is_asking(&self) -> bool {
        self.window(ACCESS).or_else(|| self.window(UNLOCK)).is_some()
    }

    /// Waits until the program shows this as the password of an entry, by its title: it saves a moment after a change.
    pub fn wait_for_password(&self, title: &str, password: &str) {
        let start = Instant::now();
        loop {
            let mut cli = Command::new("keepassxc-cli");
            cli.args(["show", "-s", "-a", "Password"]).arg(self.database()).arg(format!("Secrets/{title}"));
            let output = feed(cli.envs(self.variables()), &format!("{PASSWORD}\n"));
            if String::from_utf8_lossy(&output.stdout).trim() == password {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{title}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// Answers the question in a window of this title once it comes, and sees it go.
    fn answer(&self, title: &str, actions: &[&[&str]]) {
        let start = Instant::now();
        let window = loop {
            assert!(start.elapsed() < PATIENCE, "no window asks: {title}");
            if let Some(window) = self.window(title) {
                break window;
            }
        };
        // A window takes no keys before it is drawn.
        while self.window(title).as_ref() == Some(&window) {
            assert!(start.elapsed() < PATIENCE, "the window stays: {title}");
            drop(self.xdotool(&["windowactivate", "--sync", &window]));
            for action in actions {
                drop(self.xdotool(action));
            }
            let answered = Instant::now();
            while self.window(title).as_ref() == Some(&window) && answered.elapsed() < AGAIN {}
        }
    }

    fn window(&self, title: &str) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", title]);
        found.lines().next().map(str::to_owned)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut tool = Command::new("xdotool");
        let output = tool.args(arguments).env("DISPLAY", &self.display).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Writes the calls that go to the service into a file, as they come.
    fn watch_bus(&mut self) {
        let calls = File::create(self.folder.join("calls")).unwrap();
        let mut monitor = Command::new("dbus-monitor");
        monitor.args(["--session", "type='method_call',destination='org.freedesktop.secrets'"]);
        self.children.push(monitor.envs(self.variables()).stdout(calls).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Only a managed window takes what is typed.
    fn manage_windows(&mut self) {
        let mut manager = Command::new("openbox");
        manager.envs(self.variables()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.children.push(manager.spawn().unwrap());
    }

    fn start_program(&mut self, mode: Mode) {
        let mut command = Command::new("keepassxc");
        command.envs(self.variables()).env("QT_LOGGING_RULES", "*=false");
        if mode != Mode::Locked {
            command.arg("--pw-stdin");
        }
        command.arg(self.database()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = command.spawn().unwrap();
        writeln!(program.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        self.children.push(program);
        let start = Instant::now();
        let is_up = || match mode {
            Mode::Open | Mode::Asks => self.service.locked_property().contains("boolean false"),
            Mode::Locked => self.service.locked_property().contains("boolean true"),
            Mode::Hidden => self.service.collections().contains("array ["),
        };
        while !is_up() {
            assert!(start.elapsed() < PATIENCE, "KeePassXC did not come up");
        }
    }

    /// Makes a database with an empty group, and the settings.
    fn make_database(&self, mode: Mode) {
        let exposed = if mode == Mode::Hidden { String::new() } else { exposed() };
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KeePassFile><Meta>{exposed}</Meta><Root><Group>\
             <UUID>AgICAgICAgICAgICAgICAg==</UUID><Name>Passwords</Name><Group><UUID>{}</UUID><Name>Secrets</Name>\
             </Group></Group></Root></KeePassFile>",
            GROUP.0
        );
        let source = self.folder.join("keys.xml");
        fs::write(&source, content).unwrap();
        let mut cli = Command::new("keepassxc-cli");
        cli.args(["import", "--set-password"]).arg(source).arg(self.database());
        let output = feed(cli.envs(self.variables()), &format!("{PASSWORD}\n{PASSWORD}\n"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let asks = if mode == Mode::Asks { "" } else { "ConfirmAccessItem=false\nConfirmDeleteItem=false\n" };
        let settings = self.folder.join("home/.config/keepassxc");
        fs::create_dir_all(&settings).unwrap();
        let text = format!(
            "[General]\nConfigVersion=2\nUpdateCheckMessageShown=true\nSingleInstance=false\n\
             AutoSaveAfterEveryChange=true\n[GUI]\nCheckForUpdates=false\n[FdoSecrets]\nEnabled=true\n\
             ShowNotification=false\n{asks}"
        );
        fs::write(settings.join("keepassxc.ini"), text).unwrap();
    }

    fn database(&self) -> PathBuf {
        self.folder.join("keys.kdbx")
    }

    fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = self.service.variables();
        variables.retain(|(name, _)| *name != "DISPLAY");
        variables.push(("DISPLAY", self.display.clone().into()));
        variables.push(("XDG_CONFIG_HOME", self.folder.join("home/.config").into()));
        variables.push(("XDG_CACHE_HOME", self.folder.join("home/.cache").into()));
        variables
    }
}

impl Drop for KeePassXc {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn exposed() -> String {
    format!("<CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{}</Value></Item></CustomData>", GROUP.1)
}

fn feed(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A screen that nobody sees, and its number, which it tells once it takes windows.
fn start_screen() -> (Child, String) {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
    let mut screen = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut number = String::new();
    BufReader::new(screen.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (screen, number.trim().to_owned())
}
