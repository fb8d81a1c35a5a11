//! A service for a key, and the program that asks it.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::product::Home;
use crate::support::server::Server;

/// A file that holds a key, for its owner alone.
pub fn key_file(home: &Home, key: &str) -> PathBuf {
    let path = home.path().join("key");
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(&path).unwrap();
    file.write_all(key.as_bytes()).unwrap();
    path
}

/// A service whose balance falls by one with each poll, from 9,999 on, and that does something before each answer.
pub fn service(before: impl Fn() + Send + 'static) -> Server {
    let polls = AtomicU64::new(0);
    Server::running(move |stream| {
        before();
        let credits = 9_999 - polls.fetch_add(1, Ordering::Relaxed);
        let body = format!(
            "{{\"credits_remaining\":{credits},\"monthly_allowance\":10000,\
             \"rate_limit\":{{\"requests_per_minute\":6000,\"requests_per_day\":1000000}}}}"
        );
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        // Whoever breaks off needs no answer.
        _ = stream.write_all(format!("{head}{body}").as_bytes());
    })
}

/// The program with a home, without keyring and proxy, and with nothing but `dev`.
pub fn program(home: &Home, server: &Server, arguments: &[&str]) -> Command {
    let mut command = home.command(&[arguments, &["--env", "dev", "--base-url", &server.url()]].concat());
    command.env("XDG_RUNTIME_DIR", home.path().join("run"));
    command
}
