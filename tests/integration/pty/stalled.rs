//! A terminal or a disk that takes nothing holds up nothing else.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::pty::{LEAVE, NOTHING, wait_for_samples};
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, exited, keys};

/// Three environments on a service of their own, and a program that notes each alert.
struct Watch {
    home: Home,
    simulate: Simulate,
}

impl Watch {
    fn new() -> Self {
        let watch = Self { home: Home::new(), simulate: Simulate::start() };
        let (config, note) = (watch.home.path().join("config.toml"), watch.home.path().join("note"));
        let script = format!("echo \"$TRACKYARD_ALERT_CONDITION\" >> '{}'", watch.alerts().display());
        fs::write(&note, script).unwrap();
        let command = format!("command = [\"/bin/sh\", \"{}\"]", note.display());
        fs::write(config, format!("[alerts]\nminimum_duration = \"0s\"\n{command}\n")).unwrap();
        watch
    }

    fn dashboard(&self) -> Terminal {
        let mut program = self.home.command(&["--config", "config.toml", "--base-url", self.simulate.base_url()]);
        program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        for environment in ["DEV", "STAGING", "PROD"] {
            program.env(format!("TRACKYARD_API_KEY_{environment}"), self.simulate.key(environment));
        }
        let terminal = Terminal::spawn(&program, 80, 24);
        wait_for_samples(&terminal);
        terminal
    }

    fn polls(&self) -> usize {
        self.simulate.request("GET", "calls").matches("/me\"").count()
    }

    fn alerts(&self) -> PathBuf {
        self.home.path().join("alerts")
    }

    /// Uses up the credits of dev, and waits until a key has led to a poll, and that to an alert.
    fn assert_goes_on(&self, terminal: &Terminal) {
        let polls = self.polls();
        self.simulate.control("credits/dev?remaining=0");
        terminal.send("r");
        wait_until("a poll", || self.polls() > polls);
        wait_until("an alert", || fs::read_to_string(self.alerts()).unwrap_or_default().contains("credits-out"));
    }
}

fn wait_until(wanted: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LEAVE, "waited for {wanted} in vain");
        std::thread::yield_now();
    }
}

#[test]
fn while_the_terminal_takes_nothing_keys_polls_and_alerts_go_on_and_the_picture_is_whole_when_it_does_again() {
    let watch = Watch::new();
    let terminal = watch.dashboard();
    terminal.hang_while(|| {
        terminal.fill();
        watch.assert_goes_on(&terminal);
        terminal.send("?");
    });
    let help = terminal.wait_for("choose an environment by its number");
    assert!(help.alternate_screen() && help.hide_cursor() && help.bracketed_paste());
    terminal.send("?");
    terminal.wait_for("no credits left");
}

#[test]
fn while_the_terminal_takes_nothing_every_way_out_is_open_and_leaves_it_as_it_was() {
    type End<'a> = &'a dyn Fn(&Terminal);
    let ends: [(&str, End<'_>); 5] = [
        ("q", &|terminal| terminal.send("q")),
        ("Ctrl-C", &|terminal| terminal.send(keys::CONTROL_C)),
        ("SIGTERM", &|terminal| terminal.signal(Signal::TERM)),
        ("SIGHUP", &|terminal| terminal.signal(Signal::HUP)),
        ("SIGINT", &|terminal| terminal.signal(Signal::INT)),
    ];
    for (name, end) in ends {
        let home = Home::new();
        let mut terminal = Terminal::spawn(&home.demo(&[]), 80, 24);
        wait_for_samples(&terminal);
        terminal.hang_while(|| {
            terminal.fill();
            end(&terminal);
            assert!(terminal.ends(LEAVE), "{name}");
        });
        assert_eq!(terminal.wait_exit(LEAVE), exited(0), "{name}");
        assert_eq!(terminal.leftovers(), NOTHING, "{name}");
    }
}

#[test]
fn while_the_disk_takes_no_line_of_the_log_keys_polls_and_alerts_go_on_and_it_quits() {
    let watch = Watch::new();
    let state = watch.home.path().join("state/trackyard-tui");
    fs::create_dir_all(&state).unwrap();
    // Nobody reads it, so that whoever opens it waits for ever.
    mknodat(CWD, state.join("trackyard-tui.log"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut terminal = watch.dashboard();
    watch.assert_goes_on(&terminal);
    terminal.send("?");
    terminal.wait_for("choose an environment by its number");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_eq!(terminal.leftovers(), NOTHING);
}
