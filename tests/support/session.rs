//! A home, a simulator, and the program run in the one against the other.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::product::Home;
use crate::support::simulate::Simulate;

/// The environments that the simulator has keys for.
pub const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// What a command printed, and its exit status.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// # Panics
    ///
    /// If a signal ended the program, or it printed no text.
    pub fn of(output: Output) -> Self {
        let status = output.status.code().expect("the program ends by itself");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Holds the exit status, and the words on the standard error (the standard output where it is 0), to what is
    /// expected.
    pub fn expect(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        let told = if status == 0 { &self.out } else { &self.err };
        for word in words {
            assert!(told.contains(word), "{word:?} is missing: {self:#?}");
        }
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A home folder and a simulator.
pub struct Session {
    pub home: Home,
    pub simulate: Simulate,
}

impl Session {
    pub fn playing(scenario: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
        command.args(["simulate", "--idle", "--scenario", scenario]);
        Self { home: Home::new(), simulate: Simulate::run(command) }
    }

    /// The command with the simulator's address, and without a key.
    pub fn keyless(&self, arguments: &[&str]) -> Command {
        let mut command = at_home(&self.home, arguments);
        command.env("TRACKYARD_BASE_URL", self.simulate.base_url());
        command
    }

    /// The command with the simulator's address and keys.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.keyless(arguments);
        for name in ENVIRONMENTS.map(str::to_uppercase) {
            command.env(format!("TRACKYARD_API_KEY_{name}"), self.simulate.key(&name));
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(&mut self.command(arguments))
    }

    /// What `status --json` says of each environment.
    pub fn statuses(&self, arguments: &[&str]) -> Vec<(String, String)> {
        let document = self.run(&[&["status", "--json"], arguments].concat()).expect(0, &[]).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let environments = document["environments"].as_array().unwrap();
        environments.iter().map(|environment| (text(&environment["name"]), text(&environment["status"]))).collect()
    }

    /// A request to the simulator's own paths.
    pub fn control(&self, method: &str, path: &str) -> String {
        let address = self.simulate.base_url().strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("{method} /simulator/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        body.to_owned()
    }

    /// The calls that the simulator had so far.
    pub fn calls(&self) -> usize {
        let calls: Value = serde_json::from_str(&self.control("GET", "calls")).unwrap();
        calls.as_array().unwrap().len()
    }
}

/// The program with a home, and with neither keyring nor proxy.
pub fn at_home(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(arguments);
    command.env("XDG_RUNTIME_DIR", folder(home).join("run"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// The home folder.
pub fn folder(home: &Home) -> PathBuf {
    home.command(&[]).get_current_dir().unwrap().to_owned()
}

/// Makes the folder for what lasts until the machine ends.
pub fn make_runtime_folder(home: &Home) {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder(home).join("run")).unwrap();
}

/// Where the history of a home lies.
pub fn history_file(home: &Home) -> PathBuf {
    folder(home).join("state/trackyard-tui/history.sqlite3")
}

/// Runs a command that is given nothing.
pub fn done(command: &mut Command) -> Done {
    Done::of(command.stdin(Stdio::null()).output().unwrap())
}

/// Runs a command that is given a text.
pub fn fed(command: &mut Command, input: &[u8]) -> Done {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A program that wants nothing more may have closed its end.
    drop(child.stdin.take().unwrap().write_all(input));
    Done::of(child.wait_with_output().unwrap())
}

/// All files below a folder, sockets and the like left out.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}
