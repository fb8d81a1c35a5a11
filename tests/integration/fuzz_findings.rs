//! The properties of the fuzz targets, held to their seeds and to what the targets have found.

#[path = "../fuzz/properties.rs"]
mod properties;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use properties::TARGETS;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name)
}

/// The names in a folder, without their endings; none where there is no such folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries.map(|entry| entry.path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Runs a property over all files of a folder, whole and cut short anywhere.
fn run(property: properties::Property, folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    let inputs: Vec<_> = entries.map(|entry| (entry.path(), fs::read(entry.path()).unwrap())).collect();
    for (path, input) in &inputs {
        for length in 0..=input.len() {
            let outcome = std::panic::catch_unwind(|| property(&input[..length]));
            assert!(outcome.is_ok(), "{} does not hold, cut to {length} bytes", path.display());
        }
    }
    inputs.len()
}

#[test]
fn the_properties_hold_of_the_seeds_and_of_what_was_found() {
    for (name, property) in TARGETS {
        let seeds = run(property, &folder("corpus").join(name));
        assert!(seeds > 0, "{name} has no seeds");
        run(property, &folder("findings").join(name));
    }
}

#[test]
fn each_property_has_a_target_and_seeds() {
    let properties: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder("targets")), properties);
    assert_eq!(names(&folder("corpus")), properties);
    assert!(names(&folder("findings")).is_subset(&properties));

    let manifest: toml::Table = fs::read_to_string(folder("Cargo.toml")).unwrap().parse().unwrap();
    let binaries = manifest["bin"].as_array().unwrap();
    for binary in binaries {
        let name = binary["name"].as_str().unwrap();
        assert_eq!(binary["path"].as_str(), Some(format!("targets/{name}.rs").as_str()));
        let target = fs::read_to_string(folder("targets").join(name).with_extension("rs")).unwrap();
        assert!(target.contains(&format!("properties::{name}(data)")), "{target}");
    }
    assert_eq!(binaries.len(), properties.len());
}
