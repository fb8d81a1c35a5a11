//! Build script: the version with the commit that the program is built from.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "cargo::rerun-if-changed=src/build.rs")?;
    // Git answers for a checkout around this package too: only a checkout of this package itself counts.
    let is_own_checkout = git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty());
    if is_own_checkout {
        // A file that is watched but does not exist would make every build run this again.
        let watched = ["HEAD", "logs/HEAD"].into_iter().filter_map(|name| git(&["rev-parse", "--git-path", name]));
        for file in watched.filter(|file| Path::new(file).exists()) {
            writeln!(out, "cargo::rerun-if-changed={file}")?;
        }
    }
    let commit = is_own_checkout.then(|| git(&["log", "-1", "--abbrev=7", "--format=%h %cs"])).flatten();
    let version = env!("CARGO_PKG_VERSION");
    let commit = commit.as_deref().unwrap_or("commit unknown");
    writeln!(out, "cargo::rustc-env=TRACKYARD_TUI_VERSION={version} ({commit})")?;
    Ok(())
}

/// Output of git; `None` where there is no git, no repository or no commit.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
