//! Programs that print a key: they can't touch the terminal, and nothing of them stays.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::pty::{LEAVE, quit};
use crate::support::needs::are_installed;
use crate::support::product::Home;
use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, keys};

/// The programs that keep a key as people keep passwords.
const TOOLS: [&str; 4] = ["gpg", "gpgconf", "pass", "pinentry-curses"];

/// A home whose configuration has a `key_command` for dev, the one environment.
struct Machine {
    home: Home,
    simulate: Simulate,
}

impl Machine {
    fn new(key_command: &[&str]) -> Self {
        let home = Home::new();
        let folder = home.path().join("config/trackyard-tui");
        fs::create_dir_all(&folder).unwrap();
        let config = format!("[[environment]]\nname = \"dev\"\nkey_command = {key_command:?}\n");
        fs::write(folder.join("config.toml"), config).unwrap();
        Self { home, simulate: Simulate::start() }
    }

    fn helper(script: &str) -> Self {
        let machine = Self::new(&["./helper"]);
        let helper = machine.path("config/trackyard-tui/helper");
        fs::write(&helper, format!("#!/bin/sh\ncd \"$HOME\"\n{script}\n")).unwrap();
        fs::set_permissions(helper, Permissions::from_mode(0o700)).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.args(["--base-url", self.simulate.base_url()]);
        command.env("XDG_RUNTIME_DIR", self.path("run"));
        command
    }

    /// Whoever starts the dashboard has named the terminal to gpg, as its manual asks for.
    fn dashboard(&self) -> Terminal {
        let program = self.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "GPG_TTY=$(tty); export GPG_TTY; exec \"$@\"", "sh"]);
        shell.arg(program.get_program()).args(program.get_args()).current_dir(self.home.path());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Terminal::spawn(&shell, 120, 40)
    }
}

/// Whether the words stand on the screen, be it over several lines.
fn wait_for_words(terminal: &Terminal, words: &str) {
    let squeezed = |text: &str| text.split(|it: char| it.is_whitespace() || it == '│').collect::<String>();
    terminal.wait_until(words, |screen| squeezed(&screen.contents()).contains(&squeezed(words)));
}

/// What all holders of a named pipe write to it: the first line at once, the rest when the last of them is gone.
struct Holders {
    first: mpsc::Receiver<String>,
    rest: mpsc::Receiver<String>,
}

impl Holders {
    fn of(pipe: &Path) -> Self {
        mknodat(CWD, pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let ((told, first), (ended, rest)) = (mpsc::channel(), mpsc::channel());
        let pipe = pipe.to_owned();
        std::thread::spawn(move || {
            let mut output = BufReader::new(fs::File::open(pipe).unwrap());
            let mut text = String::new();
            output.read_line(&mut text).unwrap();
            told.send(std::mem::take(&mut text)).unwrap();
            output.read_to_string(&mut text).unwrap();
            ended.send(text).unwrap();
        });
        Self { first, rest }
    }
}

#[test]
fn a_helper_that_asks_on_the_terminal_fails_in_its_own_words_and_gets_no_key_pressed() {
    let script = "echo >> starts; exec 3<>/dev/tty; printf WRECKED >&3; read answer <&3; echo \"$answer\" > typed";
    let machine = Machine::helper(script);
    let terminal = machine.dashboard();
    wait_for_words(&terminal, "cannot create /dev/tty: No such device or address");
    terminal.send("?");
    terminal.wait_for("Ctrl-Z");
    terminal.send(keys::ESCAPE);
    terminal.wait_while("Ctrl-Z");
    terminal.send("r");
    while fs::read_to_string(machine.path("starts")).unwrap().lines().count() < 2 {
        std::thread::yield_now();
    }
    assert!(!quit(terminal).contains("WRECKED"));
    assert!(!machine.path("typed").exists());
}

#[test]
fn a_helper_under_way_ends_with_the_program_and_so_does_all_that_it_started() {
    let script = "exec 3> pipe; echo up >&3; trap '' TERM; (sleep 600; echo survived >&3) & sleep 600";
    for (arguments, by_key) in [(&[][..], true), (&["key", "test", "dev"], true), (&["status"], false)] {
        let machine = Machine::helper(script);
        let holders = Holders::of(&machine.path("pipe"));
        let mut terminal = Terminal::spawn(&machine.command(arguments), 100, 30);
        assert_eq!(holders.first.recv_timeout(LEAVE).unwrap(), "up\n", "{arguments:?}");
        if by_key {
            terminal.send(keys::CONTROL_C);
        } else {
            terminal.signal(Signal::TERM);
        }
        let status = terminal.wait_exit(LEAVE);
        let ended_by = [Some(0).filter(|_| arguments.is_empty()), status.signal()];
        assert!(ended_by.iter().any(Option::is_some), "{arguments:?}: {status:?}");
        assert_eq!(holders.rest.recv_timeout(LEAVE).as_deref(), Ok(""), "{arguments:?}");
    }
}

#[test]
fn a_pass_that_would_ask_for_its_passphrase_leaves_the_screen_and_the_keyboard_alone() {
    if !are_installed(&TOOLS) {
        return;
    }
    let machine = Machine::new(&["pass", "show", "trackyard/dev"]);
    let gnupg = machine.path(".gnupg");
    fs::DirBuilder::new().mode(0o700).create(&gnupg).unwrap();
    fs::write(gnupg.join("gpg-agent.conf"), "pinentry-program /usr/bin/pinentry-curses\n").unwrap();
    let run = |program: &str, arguments: &[&str], input: &str| {
        let mut command = Command::new(program);
        command.args(arguments).env("HOME", machine.home.path()).env_remove("GNUPGHOME").env_remove("GPG_TTY");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let by_loopback = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "opensesame"];
    let generate = ["--quick-generate-key", "ops@example.com", "future-default", "default", "never"];
    run("gpg", &[&by_loopback[..], &generate].concat(), "");
    run("pass", &["init", "ops@example.com"], "");
    let entry = format!("{}\nurl: https://app.trackyard.com\n", machine.simulate.key("DEV"));
    run("pass", &["insert", "--multiline", "trackyard/dev"], &entry);
    run("gpgconf", &["--kill", "gpg-agent"], "");

    let terminal = machine.dashboard();
    wait_for_words(&terminal, "key_command failed with exit status 2: \"gpg: decryption failed");
    terminal.send("?");
    terminal.wait_for("Ctrl-Z");
    terminal.send(keys::ESCAPE);
    terminal.wait_while("Ctrl-Z");

    // Once the agent keeps the passphrase, `r` is enough.
    let store = machine.path(".password-store/trackyard/dev.gpg");
    run("gpg", &[&by_loopback[..], &["--decrypt", store.to_str().unwrap()]].concat(), "");
    terminal.send("r");
    terminal.wait_for("of 90");
    let output = quit(terminal);
    assert!(!output.contains("Passphrase") && !output.contains("passphrase to unlock"), "{output}");
    run("gpgconf", &["--kill", "gpg-agent"], "");
}
