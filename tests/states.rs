//! States of the world, each in a file of its own in `tests/states/`: the facts as they come over the wire and from the
//! key stores, and what the screen, `status` and its JSON must say of them. `tests/states/README.md` tells how to read
//! and write such a file.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests may panic and print")]

#[path = "states/harness/checks.rs"]
mod checks;
#[path = "states/harness/file.rs"]
mod file;
#[path = "states/harness/pictures.rs"]
mod pictures;
#[path = "states/harness/service.rs"]
mod service;
#[path = "states/harness/sources.rs"]
mod sources;
#[path = "states/harness/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use file::State;

/// One test for each file.
macro_rules! states {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { judge(stringify!($name)); })*
    };
}

states! {
    credits_critical
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states")
}

/// Brings about the state of a file, and compares what is said of it with what must be said.
fn judge(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
    let state = State::parse(&text);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seen = runtime.block_on(world::bring_about(&state));
    if std::env::var_os("SHOW").is_some() {
        println!("=== {}\n{}", state.title, seen.whole());
    }
    let faults = checks::faults(&state, &seen);
    assert!(faults.is_empty(), "{}\n\n{}\n\n{}", state.title, faults.join("\n"), seen.whole());
}

#[test]
fn every_file_is_a_test() {
    let found = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let found = found.filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let found: BTreeSet<_> = found.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(found, NAMES.iter().map(|name| (*name).to_owned()).collect());
}
