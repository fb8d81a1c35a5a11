//! A real program in a real pseudo-terminal, seen and used as by the person who sits there.
//!
//! Nothing here sleeps. Whoever waits is woken by what the program writes, and gives up at a deadline.

mod device;
mod emulation;

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use rustix::termios::{LocalModes, Termios};
use vt100::{Cell, MouseProtocolMode, Screen};

use device::Device;
use emulation::Display;

/// How long a program may take to show what is waited for. Far more than it needs, even on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// What the keys send that have no character of their own.
pub mod keys {
    pub const CONTROL_C: &str = "\x03";
    pub const CONTROL_D: &str = "\x04";
    pub const CONTROL_L: &str = "\x0c";
    pub const CONTROL_Z: &str = "\x1a";
    pub const ENTER: &str = "\r";
    pub const ESCAPE: &str = "\x1b";
    pub const TAB: &str = "\t";
}

/// What the reader thread and the test share: the picture, and the news that it has changed.
struct Shared {
    display: Mutex<Display>,
    changed: Condvar,
}

/// A program, the terminal it runs in, and what it has drawn there.
///
/// The program leads a session of its own with this terminal as the controlling one, as under any terminal emulator.
/// All of the session is killed when this value is dropped.
pub struct Terminal {
    child: Child,
    device: Option<Device>,
    settings_before: Termios,
    shared: Arc<Shared>,
}

impl Terminal {
    /// Starts the program on a new terminal of this size.
    ///
    /// Arguments, folder and added or removed variables of `command` hold; its standard streams are the terminal.
    /// `TERM` is set, and variables that would change what is drawn are removed, unless the command sets them.
    ///
    /// # Panics
    ///
    /// If there is no terminal to be had, or `setsid` of util-linux is missing.
    pub fn spawn(command: &Command, columns: u16, rows: u16) -> Self {
        let shared = Arc::new(Shared { display: Mutex::new(Display::new(columns, rows)), changed: Condvar::new() });
        let (mut device, user_side) = device::open(columns, rows);
        let settings_before = device.settings();
        let mut session = in_new_session(command);
        session.stdin(user_side.try_clone().unwrap());
        session.stdout(user_side.try_clone().unwrap());
        session.stderr(user_side);
        let child = session.spawn().expect("setsid of util-linux starts the program");
        drop(session);
        device.read_into(Arc::clone(&shared));
        Self { child, device: Some(device), settings_before, shared }
    }

    /// Waits until the text stands on the screen within one line.
    ///
    /// # Panics
    ///
    /// After a minute, or as soon as the program has ended without it; the message shows the screen.
    pub fn wait_for(&self, text: &str) -> Screen {
        self.wait_until(&format!("{text:?}"), |screen| screen.contents().contains(text))
    }

    /// Waits until the text stands on the screen, longer than usual: for what the program does not do at once.
    ///
    /// # Panics
    ///
    /// After that time, or as soon as the program has ended without it; the message shows the screen.
    pub fn wait_for_within(&self, text: &str, within: Duration) -> Screen {
        let screen = self.wait_within(within, |display| display.screen().contents().contains(text));
        screen.unwrap_or_else(|failure| panic!("waited for {text:?}: {failure}"))
    }

    /// Waits until the text stands nowhere on the screen.
    ///
    /// # Panics
    ///
    /// As [`Self::wait_for`].
    pub fn wait_while(&self, text: &str) -> Screen {
        self.wait_until(&format!("{text:?} to go away"), |screen| !screen.contents().contains(text))
    }

    /// Waits until the screen is as wanted, and returns it. `wanted` names it in the message of a failure.
    ///
    /// # Panics
    ///
    /// As [`Self::wait_for`].
    pub fn wait_until(&self, wanted: &str, holds: impl Fn(&Screen) -> bool) -> Screen {
        let screen = self.wait(|display| holds(display.screen()));
        screen.unwrap_or_else(|failure| panic!("waited for {wanted}: {failure}"))
    }

    /// Waits until the program has written more than this number of bytes in all, and shows the result whole.
    ///
    /// # Panics
    ///
    /// As [`Self::wait_for`].
    pub fn wait_for_output_beyond(&self, bytes: usize) -> Screen {
        let screen = self.wait(|display| display.raw_output().len() > bytes && !display.is_updating());
        screen.unwrap_or_else(|failure| panic!("waited for more output: {failure}"))
    }

    fn wait(&self, holds: impl Fn(&Display) -> bool) -> Result<Screen, String> {
        self.wait_within(DEADLINE, holds)
    }

    fn wait_within(&self, within: Duration, holds: impl Fn(&Display) -> bool) -> Result<Screen, String> {
        let display = self.shared.display.lock().unwrap();
        let pending = |display: &mut Display| !holds(display) && !display.has_ended();
        let (display, _) = self.shared.changed.wait_timeout_while(display, within, pending).unwrap();
        let screen = display.screen().clone();
        if holds(&display) {
            return Ok(screen);
        }
        let reason = if display.has_ended() { "the program has ended" } else { "in vain" };
        Err(format!("{reason}; the screen:\n{}", framed(&screen)))
    }

    /// Types.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn send(&self, keys: &str) {
        self.device().write(keys.as_bytes());
    }

    /// Pastes: marked as a paste where the program has asked for that, as plain keystrokes otherwise.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn paste(&self, text: &str) {
        if self.screen().bracketed_paste() {
            self.send(&format!("\x1b[200~{text}\x1b[201~"));
        } else {
            self.send(text);
        }
    }

    /// Gives the terminal another size; the program is told by `SIGWINCH`.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.display.lock().unwrap().resize(columns, rows);
        self.device().resize(columns, rows);
    }

    /// What a person would see now. An update that the program has marked as unfinished isn't shown.
    pub fn screen(&self) -> Screen {
        self.shared.display.lock().unwrap().screen().clone()
    }

    /// The text of the screen, line by line, without trailing blanks.
    pub fn contents(&self) -> String {
        self.screen().contents()
    }

    /// A cell of the screen, counted from 0.
    ///
    /// # Panics
    ///
    /// If it is outside the screen.
    pub fn cell(&self, row: u16, column: u16) -> Cell {
        self.screen().cell(row, column).expect("the cell is on the screen").clone()
    }

    /// Every byte that the program has written so far.
    pub fn raw_output(&self) -> Vec<u8> {
        self.shared.display.lock().unwrap().raw_output().to_vec()
    }

    /// Takes no output while this is done, as a terminal that hangs. Nothing can be seen or sized meanwhile.
    pub fn hang_while(&self, act: impl FnOnce()) {
        // The reader stops with what it reads next.
        let _display = self.shared.display.lock().unwrap();
        act();
    }

    /// Has the program paint everything, by telling it that its terminal has changed, until the terminal has no room for
    /// more. To be used while it hangs.
    ///
    /// # Panics
    ///
    /// If there is still room at the deadline, or the terminal is closed.
    pub fn fill(&self) {
        let start = Instant::now();
        while self.device().has_room() {
            assert!(start.elapsed() < DEADLINE, "the program writes nothing");
            self.signal(Signal::WINCH);
            std::thread::yield_now();
        }
    }

    /// Puts another terminal in the place of this one, in which nothing was drawn or set. The program is not told.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn replace(&self) {
        self.shared.display.lock().unwrap().forget();
        self.device().set(&self.settings_before);
    }

    /// Whether keys arrive one by one, and none is echoed.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn is_raw(&self) -> bool {
        !self.device().settings().local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Sends a signal to the program.
    ///
    /// # Panics
    ///
    /// If it is gone.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.process(), signal).expect("the program is there");
    }

    /// The program that was started, as against a job that it runs.
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The process in the foreground: the program itself, or the job that a shell runs.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn foreground_process(&self) -> Pid {
        self.device().foreground_process()
    }

    /// Takes the terminal away, as when its window is closed or the connection is lost.
    pub fn close(&mut self) {
        self.device = None;
    }

    /// Whether the program ends within this time.
    pub fn ends(&self, within: Duration) -> bool {
        device::wait_for_end(self.process(), within)
    }

    /// Waits for the end of the program, and for the last of its output.
    ///
    /// # Panics
    ///
    /// If it, or a process that it has left on the terminal, is still there at the deadline.
    pub fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        let ended = device::wait_for_end(self.process(), within);
        assert!(ended, "the program still runs after {within:?}; the screen:\n{}", framed(&self.screen()));
        let status = self.child.wait().unwrap();
        let display = self.shared.display.lock().unwrap();
        let left = deadline.saturating_duration_since(Instant::now());
        let (display, _) =
            self.shared.changed.wait_timeout_while(display, left, |display| !display.has_ended()).unwrap();
        let released = display.has_ended();
        drop(display);
        assert!(released, "the program has ended, but another process still holds the terminal");
        status
    }

    /// Whether the terminal is as the program found it.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn is_restored(&self) -> bool {
        self.leftovers().is_empty()
    }

    /// What of the terminal is not as the program found it, in words.
    ///
    /// # Panics
    ///
    /// If the terminal is closed.
    pub fn leftovers(&self) -> Vec<&'static str> {
        let settings_now = self.device().settings();
        let display = self.shared.display.lock().unwrap();
        let (screen, default) = (display.screen(), vt100::Color::Default);
        let colours = screen.fgcolor() != default || screen.bgcolor() != default;
        let attributes = screen.bold() || screen.dim() || screen.italic() || screen.underline() || screen.inverse();
        [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "hidden cursor"),
            (screen.mouse_protocol_mode() != MouseProtocolMode::None, "mouse reporting"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.application_cursor() || screen.application_keypad(), "application keys"),
            (display.reports_focus(), "focus reporting"),
            (display.has_keyboard_enhancement(), "keyboard enhancement"),
            (display.is_updating(), "unfinished update"),
            (colours || attributes, "colours or attributes"),
            (format!("{settings_now:?}") != format!("{:?}", self.settings_before), "line settings"),
        ]
        .into_iter()
        .filter_map(|(left, name)| left.then_some(name))
        .collect()
    }

    fn device(&self) -> &Device {
        self.device.as_ref().expect("the terminal is open")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for process in session_members(self.process()) {
            match rustix::process::kill_process(process, Signal::KILL) {
                // It has ended meanwhile.
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => eprintln!("process {process} can't be killed: {error}"),
            }
        }
        self.child.wait().unwrap();
    }
}

/// The processes of a session: its leader and, where that is a shell, the jobs of the shell.
fn session_members(leader: Pid) -> Vec<Pid> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let processes = entries.filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?));
    let session = leader.to_string();
    processes.filter(|process| facts(*process).is_some_and(|facts| facts[3] == session)).collect()
}

/// The state of a process as the kernel tells it (`S` sleeping, `T` stopped, `Z` ended, …); nothing if it is gone.
pub fn process_state(process: Pid) -> Option<char> {
    facts(process)?[0].chars().next()
}

/// What the kernel tells of a process, from the state on: parent, group, session, … Nothing if it is gone.
fn facts(process: Pid) -> Option<Vec<String>> {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = line.rsplit_once(") ")?;
    Some(after_name.split(' ').map(str::to_owned).collect())
}

/// Exit status of a program that ended by itself with this code.
pub fn exited(code: i32) -> ExitStatus {
    ExitStatus::from_raw(code << 8)
}

/// The command, run by `setsid`, which makes the standard input the controlling terminal. Doing it between fork and
/// exec in this process would need unsafe code. Signals that are ignored here, as under `nohup`, are not ignored there.
fn in_new_session(command: &Command) -> Command {
    let mut session = Command::new("env");
    session.args(["--default-signal", "setsid", "-c"]).arg(command.get_program()).args(command.get_args());
    session.env("TERM", "xterm-256color");
    for variable in ["COLORFGBG", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR_FORCE"] {
        session.env_remove(variable);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        session.current_dir(folder);
    }
    session
}

/// The text of the screen with its size and its left edge, for messages.
fn framed(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let mut picture = format!("{columns}×{rows}\n");
    for line in screen.contents().lines() {
        writeln!(picture, "│{line}").unwrap();
    }
    picture
}
