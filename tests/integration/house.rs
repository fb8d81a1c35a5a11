//! Rules of the house, held to the source: what the crate documentation says of it, names, sizes, and who imports whom.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::Imports;

/// Most lines of a file, tests included.
const LINES_MAX: usize = 400;

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
const BEHAVIOURS: usize = 20;

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

/// Name of the type that a line defines, whatever is before and after it.
fn defined_type(line: &str) -> Option<&str> {
    let is_nested = line.starts_with(' ');
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) => rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest),
        None => line,
    };
    let (kind, rest) = line.trim_start().split_once(' ')?;
    // An alias that is nested is an associated type.
    let is_type = ["enum", "struct", "trait", "union"].contains(&kind) || (kind == "type" && !is_nested);
    let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
    (is_type && rest.starts_with(char::is_uppercase)).then(|| &rest[..end])
}

#[test]
fn no_type_name_stands_twice() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for (path, text) in sources("src") {
        for (number, line) in text.lines().enumerate() {
            let Some(name) = defined_type(line) else { continue };
            let known = places.entry(name.to_owned()).or_default();
            known.insert(format!("{}:{}", path.display(), number + 1));
            if known.len() > 1 {
                twice.insert(name.to_owned());
            }
        }
    }
    let offenders: Vec<_> = twice.iter().map(|name| format!("{name}: {:?}", places[name])).collect();
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

#[test]
fn no_file_is_longer_than_can_be_overlooked() {
    let files = sources("src").into_iter().chain(sources("tests"));
    let lengths = files.map(|(path, text)| (text.lines().count(), path));
    let long: Vec<_> = lengths.filter(|(lines, _)| *lines > LINES_MAX).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let circles = Imports::of(&sources("src")).circles();
    assert!(circles.is_empty(), "{}", circles.join("\n\n"));
}

#[test]
fn no_part_imports_the_root_that_it_is_a_part_of() {
    let parts = Imports::of(&sources("src")).of_roots();
    assert!(parts.is_empty(), "{}", parts.join("\n"));
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
