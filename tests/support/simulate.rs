//! The Trackyard stand-in as a process of its own: the binary's `simulate`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const BASE_URL: &str = "TRACKYARD_BASE_URL";
const KEYS: [&str; 3] = ["TRACKYARD_API_KEY_DEV", "TRACKYARD_API_KEY_STAGING", "TRACKYARD_API_KEY_PROD"];
const DEADLINE: Duration = Duration::from_mins(1);

/// A running simulator. It is killed when this value is dropped.
#[derive(Debug)]
pub struct Simulate {
    child: Child,
    variables: BTreeMap<String, String>,
}

impl Simulate {
    /// Starts the binary's simulator on a free port of this machine.
    ///
    /// # Panics
    ///
    /// If it doesn't say its address and its keys within a minute.
    pub fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
        command.args(["simulate", "--idle"]);
        Self::run(command)
    }

    /// Starts a program that prints what a simulator prints, one `NAME=value` a line.
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub fn run(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The rest is read too, so that the simulator never waits for a reader.
                drop(sender.send(line));
            }
        });
        let mut simulate = Self { child, variables: BTreeMap::new() };
        let deadline = Instant::now() + DEADLINE;
        while !simulate.is_complete() {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left).expect("the simulator prints its address and its keys");
            if let Some((name, value)) = line.split_once('=') {
                simulate.variables.insert(name.trim_start_matches("export ").to_owned(), value.to_owned());
            }
        }
        simulate
    }

    /// What `/me` is appended to.
    pub fn base_url(&self) -> &str {
        &self.variables[BASE_URL]
    }

    /// A key that the simulator accepts, for `DEV`, `STAGING` or `PROD`.
    ///
    /// # Panics
    ///
    /// For another name.
    pub fn key(&self, environment: &str) -> &str {
        &self.variables[&format!("TRACKYARD_API_KEY_{environment}")]
    }

    /// Has the simulator do something, such as `revoke/dev`, and returns what it answers.
    ///
    /// # Panics
    ///
    /// If it refuses.
    pub fn control(&self, path: &str) -> String {
        self.request("POST", path)
    }

    /// What the simulator answers under one of its own paths.
    ///
    /// # Panics
    ///
    /// If it refuses.
    pub fn request(&self, method: &str, path: &str) -> String {
        let host = self.base_url().split('/').nth(2).expect("a host");
        let mut connection = TcpStream::connect(host).unwrap();
        let head =
            format!("{method} /simulator/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close");
        write!(connection, "{head}\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer.split("\r\n\r\n").nth(1).unwrap_or_default().trim().to_owned()
    }

    fn is_complete(&self) -> bool {
        self.variables.contains_key(BASE_URL) && KEYS.iter().all(|name| self.variables.contains_key(*name))
    }
}

impl Drop for Simulate {
    fn drop(&mut self) {
        // Both fail only for a program that has already ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
