//! Files that hold a key.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

/// The largest file that is read, in bytes.
const SIZE_MAX: usize = 64 * 1_024;

/// Who may have access to a key file, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::services) enum Audience {
    /// The owner alone.
    Owner,
    /// The owner and the group: systemd's credentials stand in a protected folder, and those that are shared with
    /// the service by an access list show its rights in the place of the group's.
    Group,
}

impl Audience {
    /// The bits of the mode that let in somebody else.
    #[cfg(unix)]
    fn forbidden_mode(self) -> u32 {
        match self {
            Self::Owner => 0o077,
            Self::Group => 0o007,
        }
    }
}

/// Why a key file is not used.
#[derive(Debug, Error)]
pub(in crate::services) enum FileProblem {
    #[error("is no regular file")]
    NotRegular,
    #[error("may be used by others (its mode is {0:04o})")]
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix files have a mode"))]
    TooOpen(u32),
    #[error("is larger than {} KiB", .0 / 1_024)]
    TooLarge(usize),
    #[error("can't be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Reads a whole key file; `None` where there is none. Links are followed. Never waits for a pipe or a device.
pub(in crate::services) fn read(path: &Path, audience: Audience) -> Result<Option<Zeroizing<Vec<u8>>>, FileProblem> {
    let Some((file, _)) = open(path, audience)? else { return Ok(None) };
    read_all(file, SIZE_MAX).map(Some)
}

/// Opens a file that none but its audience may use; `None` where there is none. Links are followed.
pub(super) fn open(path: &Path, audience: Audience) -> Result<Option<(File, Metadata)>, FileProblem> {
    let file = match open_unchecked(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let metadata = check(&file, audience)?;
    Ok(Some((file, metadata)))
}

fn open_unchecked(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    options.open(path)
}

/// Looks at the file that was opened, not at its path, which may name another by now.
fn check(file: &File, audience: Audience) -> Result<Metadata, FileProblem> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileProblem::NotRegular);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode();
        if mode & audience.forbidden_mode() != 0 {
            return Err(FileProblem::TooOpen(mode & 0o7777));
        }
    }
    #[cfg(not(unix))]
    let _ = audience;
    Ok(metadata)
}

/// Reads a file to its end, at most `size_max` bytes.
pub(super) fn read_all(mut file: File, size_max: usize) -> Result<Zeroizing<Vec<u8>>, FileProblem> {
    // Of its full size from the start: a vector that grows would leave copies behind.
    let mut content = Zeroizing::new(vec![0; size_max + 1]);
    let mut length = 0;
    while length < content.len() {
        match file.read(&mut content[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    if length > size_max {
        return Err(FileProblem::TooLarge(size_max));
    }
    content.truncate(length);
    Ok(content)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    fn key_file(folder: &tempfile::TempDir, content: &[u8], mode: u32) -> PathBuf {
        let path = folder.path().join("key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn modes_that_let_others_in_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [
            (0o600, true, true),
            (0o400, true, true),
            (0o440, false, true),
            (0o620, false, true),
            (0o444, false, false),
            (0o602, false, false),
        ];
        for (mode, owner, group) in cases {
            let path = key_file(&folder, b"key", mode);
            for (audience, expected) in [(Audience::Owner, owner), (Audience::Group, group)] {
                match read(&path, audience) {
                    Ok(content) => assert!(expected && content.unwrap().as_slice() == b"key", "{mode:o}"),
                    Err(FileProblem::TooOpen(told)) => assert!(!expected && told == mode, "{mode:o}"),
                    Err(other) => panic!("{other}"),
                }
            }
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_pipe_nobody_writes_to_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(read(&path, Audience::Owner), Err(FileProblem::NotRegular)));
        assert!(matches!(read(folder.path(), Audience::Owner), Err(FileProblem::NotRegular)));
    }

    #[test]
    fn a_link_is_followed_and_a_missing_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink(key_file(&folder, b"key\n", 0o600), &link).unwrap();
        assert_eq!(read(&link, Audience::Owner).unwrap().unwrap().as_slice(), b"key\n");
        assert!(read(&folder.path().join("none"), Audience::Owner).unwrap().is_none());
    }

    #[test]
    fn the_size_is_limited() {
        let folder = tempfile::tempdir().unwrap();
        let largest = key_file(&folder, &vec![b'k'; SIZE_MAX], 0o600);
        assert_eq!(read(&largest, Audience::Owner).unwrap().unwrap().len(), SIZE_MAX);
        let larger = key_file(&folder, &vec![b'k'; SIZE_MAX + 1], 0o600);
        assert!(matches!(read(&larger, Audience::Owner), Err(FileProblem::TooLarge(SIZE_MAX))));
    }
}
