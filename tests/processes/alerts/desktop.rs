//! Notifications of the desktop, taken by dunst on a screen that nobody sees, and by services that fail.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use trackyard_tui::domain::sink::SinkSettings;
use trackyard_tui::services::history::History;
use trackyard_tui::wording::sink_errors;
use zbus::blocking::connection;

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::needs::are_installed;
use crate::support::secret_service::{self, SecretService};
use crate::support::sinks::{LONG, SAYING, limited, notification};

pub const TESTS: &[Test] = tests![
    a_real_desktop_shows_a_notification_without_taking_it_for_markup,
    a_service_that_never_answers_is_given_up,
    a_desktop_that_is_not_there_is_told,
];

const TEXT: &str = "ALERTS_TEST_TEXT";
const LIMIT: &str = "ALERTS_TEST_LIMIT";
/// Starts the line on which the other process tells what came of it.
const OUTCOME: &str = "outcome: ";
/// The programs that the desktop needs.
const TOOLS: [&str; 4] = ["dbus-daemon", "dbus-send", "Xvfb", "dunst"];

/// Shows notifications in the session that its variables name.
#[tokio::main(flavor = "current_thread")]
pub async fn play() {
    let text = std::env::var(TEXT).unwrap();
    let limit = std::env::var(LIMIT).unwrap().parse().unwrap();
    let sinks = SinkSettings { desktop: true, ..SinkSettings::default() };
    let notifier = limited(sinks, History::in_memory(), Duration::from_millis(limit));
    for text in text.lines() {
        match notifier.try_desktop(&notification(text)).await.unwrap() {
            Ok(()) => println!("{OUTCOME}shown"),
            Err(failure) => println!("{OUTCOME}{}", sink_errors::sentence(&failure)),
        }
    }
}

/// What came of each line of a text.
fn outcomes(variables: &[(&'static str, OsString)], text: &str, limit: Duration) -> Vec<String> {
    let mut program = playing("desktop");
    program.envs(variables.iter().cloned()).env(TEXT, text).env(LIMIT, limit.as_millis().to_string());
    let output = program.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    told.lines().filter_map(|line| Some(line.split_once(OUTCOME)?.1.to_owned())).collect()
}

/// A screen without a device, and dunst on it. Both end with this.
struct Desktop {
    screen: Child,
    dunst: Option<Child>,
}

impl Desktop {
    fn start(bus: &SecretService) -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "640x480x24"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(screen.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let dunst = Command::new("dunst")
            .arg("-print")
            .envs(bus.variables())
            .env("DISPLAY", format!(":{}", number.trim()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let desktop = Self { screen, dunst: Some(dunst) };
        let start = Instant::now();
        while !has_service(bus) {
            assert!(start.elapsed() < LONG, "dunst did not come up");
        }
        desktop
    }

    /// Ends dunst, and answers what it showed.
    fn shown(mut self) -> String {
        let dunst = self.dunst.take().unwrap();
        kill_process(Pid::from_child(&dunst), Signal::TERM).unwrap();
        String::from_utf8(dunst.wait_with_output().unwrap().stdout).unwrap()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.dunst.iter_mut().chain([&mut self.screen]) {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn has_service(bus: &SecretService) -> bool {
    let mut call = Command::new("dbus-send");
    call.args(["--session", "--print-reply", "--dest=org.freedesktop.Notifications"]);
    call.args(["/org/freedesktop/Notifications", "org.freedesktop.Notifications.GetServerInformation"]);
    call.envs(bus.variables()).output().unwrap().status.success()
}

fn a_real_desktop_shows_a_notification_without_taking_it_for_markup() {
    if !are_installed(&TOOLS) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bus = SecretService::start_bus(folder.path());
    let desktop = Desktop::start(&bus);
    assert_eq!(outcomes(&bus.variables(), "a < b, <i>not</i> & &lt;", LONG), ["shown"]);
    let shown = desktop.shown();
    assert!(shown.contains("appname: 'trackyard-tui'") && shown.contains("urgency: NORMAL"), "{shown}");
    assert!(shown.contains("summary: 'Trackyard prod (Main & Co)'"), "{shown}");
    assert!(
        shown.contains(&format!("body: 'warning: {SAYING}a &lt; b, &lt;i&gt;not&lt;/i&gt; &amp; &amp;lt;'")),
        "{shown}"
    );
}

fn a_service_that_never_answers_is_given_up() {
    if !are_installed(&TOOLS[..1]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bus = SecretService::start_bus(folder.path());
    let variables = secret_service::variables(folder.path());
    let (_, address) = variables.iter().find(|(name, _)| *name == "DBUS_SESSION_BUS_ADDRESS").unwrap();
    let deaf = connection::Builder::address(address.to_str().unwrap()).unwrap();
    let deaf = deaf.name("org.freedesktop.Notifications").unwrap().build().unwrap();
    let slow = "the notification service gave no answer within 0.2 s";
    assert_eq!(outcomes(&variables, "one\ntwo", Duration::from_millis(200)), [slow, slow]);
    drop((deaf, bus));
}

fn a_desktop_that_is_not_there_is_told() {
    if !are_installed(&TOOLS[..1]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bus = SecretService::start_bus(folder.path());
    let told = outcomes(&bus.variables(), "so", LONG);
    let said = "no notification service runs in this session: \"org.freedesktop.DBus.Error.ServiceUnknown ";
    assert!(told.len() == 1 && told[0].starts_with(said), "{told:?}");
    let variables = bus.variables();
    drop(bus);
    assert_eq!(outcomes(&variables, "so", LONG), ["there is no session bus here, and so no desktop"]);
}
