//! Who imports whom, read from the source, tests left out: `use` declarations, and paths in the code that lead to other
//! modules. That a root calls its parts by `part::…` is what a root is for, and no import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules that have a file, by their path in the crate, and what each imports.
pub struct Imports {
    edges: BTreeMap<String, BTreeSet<String>>,
}

/// What is read of one file.
struct Module {
    /// Paths that the code names.
    paths: Vec<Vec<String>>,
    /// Names that are re-exported, with the path that each stands for.
    exports: BTreeMap<String, Vec<String>>,
}

impl Imports {
    pub fn of(sources: &BTreeMap<PathBuf, String>) -> Self {
        let files = sources.iter().filter_map(|(path, text)| Some((module_of(path)?, text)));
        let modules: BTreeMap<String, Module> =
            files.map(|(name, text)| (name, Module::read(&without_tests(&tokens(text))))).collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, module) in &modules {
            for path in &module.paths {
                if let Some(target) = resolve(&modules, name, path).filter(|target| target != name) {
                    edges.entry(name.clone()).or_default().insert(target);
                }
            }
        }
        Self { edges }
    }

    /// Each importing module with each that it imports.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.edges.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    /// Each part that imports the file of a module that it is a part of.
    pub fn of_roots(&self) -> Vec<String> {
        let roots = self.edges().filter(|(from, to)| from.starts_with(&format!("{to}::")));
        roots.map(|(from, to)| format!("{from} imports {to}")).collect()
    }

    /// Groups of modules that each lead back to themselves, with the imports between them.
    pub fn circles(&self) -> Vec<String> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|name| (name.as_str(), self.reached_from(name))).collect();
        let leads = |from: &str, to: &str| reach.get(from).is_some_and(|reached| reached.contains(to));
        let mut circles: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        for name in self.edges.keys().filter(|name| leads(name, name)) {
            circles.insert(reach[name.as_str()].iter().copied().filter(|other| leads(other, name)).collect());
        }
        let lines = |circle: &BTreeSet<&str>| {
            let within = self.edges().filter(|(from, to)| circle.contains(from) && circle.contains(to));
            within.map(|(from, to)| format!("{from} imports {to}")).collect::<Vec<_>>().join("\n")
        };
        circles.iter().map(lines).collect()
    }

    fn reached_from(&self, name: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            for next in self.edges.get(name).into_iter().flatten() {
                if reached.insert(next.as_str()) {
                    waiting.push(next);
                }
            }
        }
        reached
    }
}

/// The module of a file; nothing for the crate itself, for programs and for tests.
fn module_of(path: &Path) -> Option<String> {
    let path = path.with_extension("");
    let parts: Vec<_> = path.iter().skip(1).map(|part| part.to_str().unwrap()).collect();
    let is_test = parts.iter().any(|part| *part == "tests" || *part == "testing" || part.ends_with("_tests"));
    (!is_test && !["lib", "main", "build"].contains(&parts[0])).then(|| parts.join("::"))
}

/// The module that a path of another leads to. A name that a module re-exports leads to where it is defined, but not for
/// that module's own parts: they would import their root.
fn resolve(modules: &BTreeMap<String, Module>, from: &str, path: &[String]) -> Option<String> {
    let absolute = absolute(modules, from, path)?;
    let length = (1..=absolute.len()).rev().find(|length| modules.contains_key(&absolute[..*length].join("::")))?;
    let target = absolute[..length].join("::");
    let is_part = from == target || from.starts_with(&format!("{target}::"));
    match absolute.get(length).and_then(|name| modules[&target].exports.get(name)) {
        Some(source) if !is_part => resolve(modules, &target, source).or(Some(target)),
        _ => Some(target),
    }
}

fn absolute(modules: &BTreeMap<String, Module>, from: &str, path: &[String]) -> Option<Vec<String>> {
    let mut base: Vec<String> = from.split("::").map(str::to_owned).collect();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" | "trackyard_tui" => (base, rest) = (Vec::new(), &rest[1..]),
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child if modules.contains_key(&format!("{from}::{child}")) => {}
        _ => return None,
    }
    Some([base.as_slice(), rest].concat())
}

impl Module {
    fn read(tokens: &[String]) -> Self {
        let (mut paths, mut exports) = (Vec::new(), BTreeMap::new());
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
                let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                let mut found = Vec::new();
                at = read_tree(tokens, at + 1, &[], &mut found);
                for (name, path) in found {
                    if is_public {
                        exports.insert(name, path.clone());
                    }
                    paths.push(path);
                }
            } else if is_word(&tokens[at]) && tokens.get(at + 1).is_some_and(|next| next == "::") {
                let is_absolute = ["crate", "self", "super"].contains(&tokens[at].as_str());
                let is_visibility = at > 0
                    && tokens[at - 1] == "in"
                    && tokens.get(at.wrapping_sub(3)).is_some_and(|word| word == "pub");
                let mut path = vec![tokens[at].clone()];
                while tokens[at + 1..].first().is_some_and(|next| next == "::")
                    && tokens.get(at + 2).is_some_and(|word| is_word(word))
                {
                    at += 2;
                    path.push(tokens[at].clone());
                }
                if is_absolute && !is_visibility {
                    paths.push(path);
                }
                at += 1;
            } else {
                at += 1;
            }
        }
        Self { paths, exports }
    }
}

/// Reads what follows `use`, and gives each name that it brings with its path. Answers where the reading ended.
fn read_tree(tokens: &[String], mut at: usize, before: &[String], found: &mut Vec<(String, Vec<String>)>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("::" | "*") => at += 1,
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = read_tree(tokens, at, &path, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some("as") => {
                found.push((tokens[at + 1].clone(), path));
                return at + 2;
            }
            Some("self") if !path.is_empty() => at += 1,
            Some(word) if is_word(word) => {
                path.push(word.to_owned());
                at += 1;
            }
            _ => {
                found.push((path.last().cloned().unwrap_or_default(), path));
                return at;
            }
        }
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|character: char| character.is_alphabetic() || character == '_')
}

/// Takes out what stands under `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().take(MARK.len()).eq(MARK) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        loop {
            at += 1;
            match tokens.get(at).map(String::as_str) {
                Some("{") => depth += 1,
                Some("}") if depth == 1 => break,
                Some("}") => depth -= 1,
                Some(";") if depth == 0 => break,
                None => break,
                _ => {}
            }
        }
        at += 1;
    }
    kept
}

/// Words, `::` and single signs, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = rest.strip_prefix("//") {
            comment.find('\n').map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            string_length(rest)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if first == '\'' {
            character_length(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_');
            let word = &rest[..end.unwrap_or(rest.len())];
            found.push(word.to_owned());
            word.len()
        } else {
            let sign = if rest.starts_with("::") { "::" } else { &rest[..first.len_utf8()] };
            if !first.is_whitespace() {
                found.push(sign.to_owned());
            }
            sign.len()
        };
        rest = &rest[length..];
    }
    found
}

fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let ends = *character == '"' && !is_escaped;
        is_escaped = *character == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Number of `#` before the quote of a raw string; nothing where none starts.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let quote = after.trim_start_matches('#');
    quote.starts_with('"').then(|| after.len() - quote.len())
}

/// A character, or the mark of a lifetime.
fn character_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => characters.skip(1).find(|(_, character)| *character == '\'').map_or(1, |(at, _)| at + 1),
        Some(_) => characters.next().filter(|(_, character)| *character == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}
