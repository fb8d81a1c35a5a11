//! A file of bounded size that several processes may write to.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::services::private_file;

/// Tries to write one line; each other process that puts the file aside meanwhile costs one.
const TRIES: usize = 8;

/// A file that is put aside as `NAME.1` when it has grown to its size. One that another process put aside, or that
/// was moved away or deleted, is begun anew.
pub(super) struct BoundedFile {
    path: PathBuf,
    size_max: u64,
    open: Option<File>,
}

impl BoundedFile {
    pub(super) fn new(path: PathBuf, size_max: u64) -> Self {
        Self { path, size_max, open: None }
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        for _ in 0..TRIES {
            let file = match self.open.take() {
                Some(file) if is_at(&file, &self.path) => file,
                _ => open(&self.path)?,
            };
            if file.metadata()?.len() >= self.size_max && self.put_aside(&file)? {
                continue;
            }
            (&file).write_all(line)?;
            // Put aside twice since it was looked at, it is gone with the line.
            if !is_deleted(&file)? {
                self.open = Some(file);
                return Ok(());
            }
        }
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Puts the file aside, unless another process is about to or has done it; tells whether a new one is to be opened.
    /// The lock goes with the file that is put aside.
    fn put_aside(&self, file: &File) -> io::Result<bool> {
        if file.try_lock().is_err() {
            return Ok(false);
        }
        if is_at(file, &self.path) {
            std::fs::rename(&self.path, self.path.with_added_extension("1"))?;
        }
        Ok(true)
    }
}

impl Write for BoundedFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.append(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the file, and makes it where there is none.
///
/// # Errors
/// Why it can't be written.
pub(super) fn open(path: &Path) -> io::Result<File> {
    private_file::create_parent(path)?;
    let mut options = private_file::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options.create(true).append(true).open(path)
}

/// True when an open file is the one at a path. Where files can't be told apart, what stands there is taken for it.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), path.symlink_metadata()) else { return false };
    private_file::id(&open) == private_file::id(&there)
}

#[cfg(unix)]
fn is_deleted(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    Ok(file.metadata()?.nlink() == 0)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn is_deleted(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn aside(path: &Path) -> PathBuf {
        path.with_added_extension("1")
    }

    #[test]
    fn the_log_never_grows_beyond_twice_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("some.log");
        let mut log = BoundedFile::new(path.clone(), 100);
        for number in 0..50 {
            log.write_all(format!("line {number:02} of the log\n").as_bytes()).unwrap();
        }
        let (now, before) = (read(&path), read(&aside(&path)));
        assert!(now.len() <= 120 && before.len() <= 120, "{now}{before}");
        assert!(format!("{before}{now}").ends_with("line 49 of the log\n"));
    }

    #[test]
    fn of_two_that_write_one_puts_the_log_aside_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.log");
        let (mut one, mut other) = (BoundedFile::new(path.clone(), 1_000), BoundedFile::new(path.clone(), 1_000));
        let mut written = String::new();
        for number in 0..90 {
            let line = format!("line {number:02} of the log\n");
            (if number % 3 == 0 { &mut one } else { &mut other }).write_all(line.as_bytes()).unwrap();
            written += &line;
        }
        assert_eq!(read(&aside(&path)) + &read(&path), written);
    }

    #[test]
    fn many_that_write_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.log");
        // More than half of what is written, so that it is put aside once.
        let size_max = 4 * 500 * 11 / 2 + 100;
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let mut log = BoundedFile::new(path.clone(), size_max);
                scope.spawn(move || {
                    for number in 0..500 {
                        log.write_all(format!("line {writer} {number:03}\n").as_bytes()).unwrap();
                    }
                });
            }
        });
        let whole = read(&aside(&path)) + &read(&path);
        let mut lines: Vec<_> = whole.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!((lines.len(), whole.lines().count()), (2_000, 2_000));
    }

    #[test]
    fn a_log_that_was_moved_away_or_deleted_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("some.log"), folder.path().join("moved"));
        let mut log = BoundedFile::new(path.clone(), 1_000);
        log.write_all(b"one\n").unwrap();
        std::fs::rename(&path, &moved).unwrap();
        log.write_all(b"two\n").unwrap();
        assert_eq!((read(&moved), read(&path)), ("one\n".to_owned(), "two\n".to_owned()));
        std::fs::remove_file(&path).unwrap();
        log.write_all(b"three\n").unwrap();
        assert_eq!(read(&path), "three\n");
    }

    #[test]
    fn while_another_holds_the_lock_the_log_is_written_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.log");
        let mut log = BoundedFile::new(path.clone(), 4);
        log.write_all(b"one\n").unwrap();
        let other = File::open(&path).unwrap();
        other.lock().unwrap();
        log.write_all(b"two\n").unwrap();
        assert_eq!((read(&path), read(&aside(&path))), ("one\ntwo\n".to_owned(), String::new()));
        drop(other);
        log.write_all(b"three\n").unwrap();
        assert_eq!((read(&path), read(&aside(&path))), ("three\n".to_owned(), "one\ntwo\n".to_owned()));
    }

    #[test]
    fn the_log_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("some.log");
        BoundedFile::new(path.clone(), 100).write_all(b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_log_that_cannot_be_written_is_no_end_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/some.log");
        std::fs::write(folder.path().join("state"), "").unwrap();
        let mut log = BoundedFile::new(path.clone(), 100);
        log.write_all(b"one\n").unwrap_err();
        std::fs::remove_file(folder.path().join("state")).unwrap();
        log.write_all(b"two\n").unwrap();
        assert_eq!(read(&path), "two\n");
    }
}
