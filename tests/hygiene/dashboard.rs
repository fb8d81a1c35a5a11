//! The dashboard at work.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::client::server::Server;
use crate::hygiene::memory::Memory;
use std::collections::BTreeMap;
use crate::support::product::Home;
use crate::support::terminal::Terminal;

/// The random part of a key made for this run.
fn secret() -> String {
    // The map's own random state is the nearest source of chance.
    let random = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
    format!("{:016x}{:016x}", random(), random())
}

/// A service whose balance falls by one with each poll, from 9,999 on.
fn service() -> Server {
    let polls = AtomicU64::new(0);
    Server::running(move |stream| {
        let credits = 9_999 - polls.fetch_add(1, Ordering::Relaxed);
        let body = format!(
            "{{\"tier\":\"pro\",\"credits_remaining\":{credits},\"monthly_allowance\":10000,\
             \"rate_limit\":{{\"requests_per_minute\":6000,\"requests_per_day\":1000000}}}}"
        );
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        _ = stream.write_all(format!("{head}{body}").as_bytes());
    })
}

fn program(home: &Home, server: &Server) -> Command {
    let mut command = home.command(&["--env", "dev", "--base-url", &server.url()]);
    command.env("XDG_RUNTIME_DIR", home.path().join("run"));
    command
}

fn key_file(home: &Home, key: &str) -> std::path::PathBuf {
    let path = home.path().join("key");
    let mut file = std::fs::File::options().create_new(true).write(true).mode(0o600).open(&path).unwrap();
    file.write_all(key.as_bytes()).unwrap();
    path
}

fn told(when: &str, copies: &BTreeMap<u64, String>) -> usize {
    println!("{when}: {} copies", copies.len());
    for (address, text) in copies {
        println!("  {address:x} {text}");
    }
    copies.len()
}

#[test]
fn copies_of_the_key_do_not_grow_with_polls() {
    let (home, server, secret) = (Home::new(), service(), secret());
    let key = format!("trackyard_live_{secret}");
    let mut program = program(&home, &server);
    program.env("TRACKYARD_API_KEY_DEV_FILE", key_file(&home, &key));
    let terminal = Terminal::spawn(&program, 120, 40);
    terminal.wait_for("9,999");
    let Some(memory) = Memory::of(terminal.process()) else { return };
    told("first", &memory.copies(&secret));
    for poll in 1..=50 {
        terminal.send("r");
        terminal.wait_for(&format!("9,{}", 999 - poll));
        if poll % 10 == 0 || poll < 4 {
            told(&format!("poll {poll}"), &memory.copies(&secret));
        }
    }
}

#[test]
fn a_key_that_was_typed_and_given_up_leaves_little() {
    let (home, server, secret) = (Home::new(), service(), secret());
    let key = format!("trackyard_live_{secret}");
    let terminal = Terminal::spawn(&program(&home, &server), 120, 40);
    terminal.wait_for("no key");
    let Some(memory) = Memory::of(terminal.process()) else { return };
    terminal.send("a");
    terminal.wait_for("paste or type it");
    terminal.paste(&key);
    terminal.wait_for(&format!("{} characters", key.len()));
    told("pasted", &memory.copies(&secret));
    terminal.send("\x1b");
    terminal.wait_while("add a key to dev");
    told("escaped", &memory.copies(&secret));
    terminal.send("?");
    terminal.wait_for("choose");
    told("escaped and key", &memory.copies(&secret));
}
