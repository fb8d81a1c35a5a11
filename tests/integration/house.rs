//! Rules of the house, held to the source: what the crate documentation says of it, names, sizes, and who imports whom.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::Imports;

/// Rooms from the bottom up. One imports only from rooms that stand on a floor below its own.
const FLOORS: [&[&str]; 8] = [
    &["domain"],
    &["monitor"],
    &["wording"],
    &["services", "tui"],
    &["config", "runtime", "simulator"],
    &["cli"],
    &["commands"],
    &["main"],
];

const CRATE_DOCS: &str = include_str!("../../src/lib.rs");
/// Behaviours that the crate documentation leads a reader to.
const BEHAVIOURS: usize = 14;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Source files below a folder of the project, by their path from there, with their text.
fn sources(folder: &str) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    found
}

#[test]
fn rooms_import_only_what_stands_below_them() {
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let mut upwards = BTreeSet::new();
    for (from, to) in Imports::of(&sources("src")).edges() {
        let room = |module: &str| module.split("::").next().unwrap_or_default().to_owned();
        let (above, below) = (room(from), room(to));
        let floors = (floor(&above), floor(&below));
        assert!(floors.0.is_some() && floors.1.is_some(), "a room without a floor: {from} or {to}");
        if above != below && floors.0 <= floors.1 {
            upwards.insert(format!("{from} imports {to}"));
        }
    }
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn the_files_that_the_crate_documentation_names_are_there() {
    let code = CRATE_DOCS
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let missing: BTreeSet<_> = code.filter(|name| name.starts_with("src/") && !root().join(name).exists()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_behaviour_has_one_file_in_the_crate_documentation() {
    let (_, table) = CRATE_DOCS.split_once("//! | Behaviour | File |\n//! | --- | --- |\n").unwrap();
    let rows: Vec<_> = table.lines().map_while(|line| line.strip_prefix("//! | ")).collect();
    assert_eq!(rows.len(), BEHAVIOURS);
    assert!(rows.iter().all(|row| row.contains("| `src/")), "{rows:#?}");
}
