//! Folders that others could change, or that can't be used as the program needs.

use super::finding::Finding;
use crate::config::settings::Settings;

/// Findings about the folders of the files, and that of the session.
#[cfg(unix)]
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::{Path, PathBuf};

    let paths = &settings.paths;
    let folder = |file: &Path| file.parent().map(Path::to_owned);
    let mut folders: Vec<(PathBuf, Needs)> = Vec::new();
    let known = [
        paths.config_file().ok().and_then(folder),
        paths.history_file().ok().and_then(|file| folder(&file)),
        paths.key_file().ok().and_then(folder),
    ];
    for folder in known.into_iter().flatten() {
        if !folders.iter().any(|(other, _)| *other == folder) {
            folders.push((folder, Needs::NoOtherHand));
        }
    }
    let session = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    folders.extend(session.map(|folder| (folder, Needs::Private)));
    let user = rustix::process::geteuid().as_raw();
    let finding = |(folder, needs): (PathBuf, Needs)| {
        let shown = folder.display().to_string();
        match std::fs::metadata(&folder) {
            Ok(found) => {
                let matter = matter(found.is_dir(), found.mode(), found.uid(), user, needs)?;
                let remedy = format!("Make it this user's alone: `chown {user} {shown}; chmod 700 {shown}`.");
                Some(Finding::note("folders", format!("{shown} {matter}"), remedy))
            }
            Err(error) if needs == Needs::Private => {
                let text = format!("{shown}, which XDG_RUNTIME_DIR names, can't be used: {error}");
                Some(Finding::note("folders", text, "Log in to a session, or unset XDG_RUNTIME_DIR."))
            }
            Err(_) => None,
        }
    };
    folders.into_iter().filter_map(finding).collect()
}

/// No findings: elsewhere than on Unix the folders of the user's data are the user's alone.
#[cfg(not(unix))]
pub(super) fn look(_settings: &Settings) -> Vec<Finding> {
    Vec::new()
}

/// Protection that a folder needs.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nobody else may change it.
    NoOtherHand,
    /// Nobody else may look into it either.
    Private,
}

/// Clause about a folder that is not protected as it needs to be.
#[cfg(unix)]
fn matter(is_folder: bool, mode: u32, owner: u32, user: u32, needs: Needs) -> Option<&'static str> {
    if !is_folder {
        return Some("is no folder");
    }
    if owner != user && owner != 0 {
        return Some("belongs to another user");
    }
    match mode & 0o777 {
        mode if mode & 0o002 != 0 => Some("can be changed by every user of this machine"),
        mode if mode & 0o020 != 0 => Some("can be changed by others of its group"),
        mode if needs == Needs::Private && mode & 0o077 != 0 => Some("can be looked into by other users"),
        _ => None,
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_the_users_alone_or_told() {
        let told = |mode, owner, needs| matter(true, mode, owner, 1_000, needs);
        for needs in [Needs::NoOtherHand, Needs::Private] {
            assert_eq!(told(0o40_700, 1_000, needs), None);
            assert_eq!(told(0o40_700, 0, needs), None, "the administrator's");
            assert_eq!(told(0o40_777, 1_000, needs), Some("can be changed by every user of this machine"));
            assert_eq!(told(0o41_777, 1_000, needs), Some("can be changed by every user of this machine"));
            assert_eq!(told(0o40_770, 1_000, needs), Some("can be changed by others of its group"));
            assert_eq!(told(0o40_700, 1_001, needs), Some("belongs to another user"));
            assert_eq!(matter(false, 0o100_600, 1_000, 1_000, needs), Some("is no folder"));
        }
        assert_eq!(told(0o40_755, 1_000, Needs::NoOtherHand), None);
        assert_eq!(told(0o40_755, 1_000, Needs::Private), Some("can be looked into by other users"));
    }
}
