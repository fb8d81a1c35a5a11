//! Files that nobody but their owner may use: how they are created, opened and read. Keys, passphrases, addresses,
//! locks, the history and the log.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::error::FileError;

/// The largest file that is read, in bytes.
const SIZE_MAX: usize = 64 * 1_024;
/// Room beyond the longest content, in bytes, so that no read fills the buffer.
const READ_PROBE: usize = 64;

/// Options that create a file for its owner alone: mode 0600 on Unix.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates the missing folders above a file for their owner alone: mode 0700 on Unix.
///
/// # Errors
/// Of the system.
pub fn create_parent(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that does not exist yet, and waits until it is on the disk.
///
/// # Errors
/// `AlreadyExists` where there is such a file, which stays as it is; else what the system says.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = options().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Device and inode of a file, by which it is told apart from another under the same name.
pub(super) type FileId = (u64, u64);

/// Identity of the file that the metadata is of; `None` where the system numbers none.
#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "other systems number no files"))]
pub(super) fn id(metadata: &Metadata) -> Option<FileId> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// The rule for reading all private files: only the owner may have access. The group may too inside systemd's folder of
/// credentials, which is protected itself and where an access list shows in the place of the group's rights; and
/// anywhere if the operator allows it.
#[derive(Clone, Debug, Default)]
pub struct PrivateFiles {
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix files have a mode"))]
    credentials: Option<PathBuf>,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix files have a mode"))]
    allows_group: bool,
}

/// Error of a private file that is not used; each text goes on from the name of the file.
#[derive(Debug, Error)]
pub(super) enum PrivateFileError {
    #[error("is no regular file")]
    NotRegular,
    #[error("may be used by others (its mode is {mode:04o})")]
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix files have a mode"))]
    TooOpen {
        /// Its permission bits.
        mode: u32,
        /// True where this user can give it another mode: it is theirs, and the file system can be written.
        can_be_changed: bool,
    },
    #[error("is larger than {} KiB", .0 / 1_024)]
    TooLarge(usize),
    #[error("can't be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl From<PrivateFileError> for FileError {
    fn from(problem: PrivateFileError) -> Self {
        match problem {
            PrivateFileError::NotRegular => Self::NotRegular,
            PrivateFileError::TooOpen { mode, can_be_changed } => Self::TooOpen { mode, can_be_changed },
            PrivateFileError::TooLarge(size_max) => Self::TooLarge(size_max),
            PrivateFileError::Unreadable(error) => Self::Unreadable { said: error.to_string() },
        }
    }
}

impl PrivateFiles {
    /// The rule where `credentials` is systemd's folder, if there is one, and groups are allowed or not.
    #[must_use]
    pub fn new(credentials: Option<PathBuf>, allows_group: bool) -> Self {
        Self { credentials, allows_group }
    }

    /// Reads a whole file; `None` where there is none. Links are followed. Never waits for a pipe or a device.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
        let Some((file, _)) = self.open(path)? else { return Ok(None) };
        read_all(file, SIZE_MAX).map(Some)
    }

    /// Opens a file; `None` where there is none. Links are followed, and what they lead to is judged.
    pub(super) fn open(&self, path: &Path) -> Result<Option<(File, Metadata)>, PrivateFileError> {
        let file = match open_unchecked(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            outcome => outcome?,
        };
        // The file that was opened is looked at, not its path, which may name another by now.
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(PrivateFileError::NotRegular);
        }
        #[cfg(unix)]
        self.check(&file, &metadata, path)?;
        Ok(Some((file, metadata)))
    }

    #[cfg(unix)]
    fn check(&self, file: &File, metadata: &Metadata, path: &Path) -> Result<(), PrivateFileError> {
        use rustix::fs::StatVfsMountFlags;
        use std::os::unix::fs::MetadataExt;

        let mode = metadata.mode() & 0o7777;
        let is_too_open =
            FileError::lets_in_all(mode) || (mode & 0o070 != 0 && !self.allows_group && !self.is_credential(path));
        if !is_too_open {
            return Ok(());
        }
        let is_writable = rustix::fs::fstatvfs(file).is_ok_and(|it| !it.f_flag.contains(StatVfsMountFlags::RDONLY));
        let user = rustix::process::geteuid();
        let is_own = user.is_root() || user.as_raw() == metadata.uid();
        Err(PrivateFileError::TooOpen { mode, can_be_changed: is_writable && is_own })
    }

    /// True where the path leads into systemd's folder of credentials.
    #[cfg(unix)]
    fn is_credential(&self, path: &Path) -> bool {
        use std::fs;

        let folder = self.credentials.as_deref().filter(|folder| folder.is_absolute());
        let folder = folder.and_then(|folder| fs::canonicalize(folder).ok());
        folder.is_some_and(|folder| fs::canonicalize(path).is_ok_and(|path| path.starts_with(folder)))
    }
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

/// Reads a file to its end, at most `size_max` bytes.
pub(super) fn read_all(file: File, size_max: usize) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    // With room for all of it: a vector that grows would leave copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(size_max + READ_PROBE));
    file.take(size_max as u64 + 1).read_to_end(&mut content)?;
    if content.len() > size_max { Err(PrivateFileError::TooLarge(size_max)) } else { Ok(content) }
}

/// True for a folder of this user's in which nobody else may do anything.
#[cfg(unix)]
#[must_use]
pub fn is_private_folder(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    std::fs::metadata(folder)
        .is_ok_and(|folder| folder.is_dir() && folder.uid() == own && folder.mode() & 0o777 == folder.mode() & 0o700)
}

/// Elsewhere there is no such folder.
#[cfg(not(unix))]
#[must_use]
pub fn is_private_folder(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn strict() -> PrivateFiles {
        PrivateFiles::default()
    }

    fn key_file(folder: &Path, content: &[u8], mode: u32) -> PathBuf {
        let path = folder.join("key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn one_rule_judges_the_mode_of_all_private_files() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = PrivateFiles::new(Some("/no/such/folder".into()), false);
        let inside = PrivateFiles::new(Some(folder.path().to_owned()), false);
        let allowed = PrivateFiles::new(None, true);
        for (mode, is_private, is_of_group) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o440, false, true),
            (0o640, false, true),
            (0o620, false, true),
            (0o444, false, false),
            (0o644, false, false),
            (0o602, false, false),
            (0o604, false, false),
        ] {
            let path = key_file(folder.path(), b"key", mode);
            let cases =
                [(&elsewhere, is_private), (&strict(), is_private), (&inside, is_of_group), (&allowed, is_of_group)];
            for (files, expected) in cases {
                match files.read(&path) {
                    Ok(content) => assert!(expected && content.unwrap().as_slice() == b"key", "{mode:o} {files:?}"),
                    Err(PrivateFileError::TooOpen { mode: told, .. }) => {
                        assert!(!expected && told == mode, "{mode:o} {files:?}");
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_secret_of_kubernetes_is_judged_by_the_file_behind_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("..2026_11_28");
        fs::create_dir(&data).unwrap();
        key_file(&data, b"key\n", 0o440);
        symlink("..2026_11_28", folder.path().join("..data")).unwrap();
        let link = folder.path().join("key");
        symlink("..data/key", &link).unwrap();
        assert!(matches!(strict().read(&link), Err(PrivateFileError::TooOpen { mode: 0o440, .. })));
        let inside = PrivateFiles::new(Some(folder.path().to_owned()), false);
        assert_eq!(inside.read(&link).unwrap().unwrap().as_slice(), b"key\n");
        // A link out of the folder is no way around the rule.
        let other = tempfile::tempdir().unwrap();
        let outside = other.path().join("link");
        symlink(key_file(other.path(), b"key", 0o440), folder.path().join("out")).unwrap();
        assert!(inside.read(&folder.path().join("out")).is_err());
        symlink(&link, &outside).unwrap();
        assert!(inside.read(&outside).is_ok());
    }

    #[test]
    fn a_pipe_nobody_writes_to_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(strict().read(&path), Err(PrivateFileError::NotRegular)));
        assert!(matches!(strict().read(folder.path()), Err(PrivateFileError::NotRegular)));
        assert!(matches!(strict().read(Path::new("/dev/null")), Err(PrivateFileError::NotRegular)));
    }

    #[test]
    fn a_missing_file_is_told_apart_and_the_size_is_limited() {
        let folder = tempfile::tempdir().unwrap();
        assert!(strict().read(&folder.path().join("none")).unwrap().is_none());
        let largest = key_file(folder.path(), &vec![b'k'; SIZE_MAX], 0o600);
        assert_eq!(strict().read(&largest).unwrap().unwrap().len(), SIZE_MAX);
        let larger = key_file(folder.path(), &vec![b'k'; SIZE_MAX + 1], 0o600);
        assert!(matches!(strict().read(&larger), Err(PrivateFileError::TooLarge(SIZE_MAX))));
    }
}
