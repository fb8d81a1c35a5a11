//! Reads the encrypted key file, and puts a new one in its place.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::unwritable;
use crate::domain::error::VaultFileError;
use crate::services::private_file::{self, FileId, PrivateFiles};

/// The largest file, in bytes.
pub(super) const SIZE_MAX: usize = 1 << 20;

/// Tells whether a file is still the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileStamp {
    id: Option<FileId>,
    size: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        Self { id: private_file::id(metadata), size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// The opened file and its stamp; `None` where there is none. Its mode is looked at each time.
pub(super) fn open(path: &Path, private_files: &PrivateFiles) -> Result<Option<(File, FileStamp)>, VaultFileError> {
    let opened = private_files.open(path)?;
    Ok(opened.map(|(file, metadata)| (file, FileStamp::of(&metadata))))
}

/// All that the file holds, which is encrypted.
pub(super) fn read(file: File) -> Result<Vec<u8>, VaultFileError> {
    let mut content = private_file::read_all(file, SIZE_MAX)?;
    Ok(std::mem::take(&mut *content))
}

/// The file that a link leads to, so that it is replaced and not the link.
pub(super) fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The file beside it that is locked for a change.
pub(super) fn lock_file(path: &Path) -> PathBuf {
    with_ending(path, ".lock")
}

/// Replaces the file: until the last moment the old one stands whole, then the new one. Only for the holder of the
/// lock, since the new one is always prepared under the same name; what a killed process has left there is removed.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), VaultFileError> {
    let prepared = with_ending(path, ".new");
    let outcome = remove_leftover(&prepared)
        .and_then(|()| private_file::write_new(&prepared, content))
        .and_then(|()| fs::rename(&prepared, path))
        .and_then(|()| sync_folder(path));
    outcome.map_err(|error| {
        drop(fs::remove_file(&prepared));
        unwritable(&error)
    })
}

fn remove_leftover(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the new name last, where the system can.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
