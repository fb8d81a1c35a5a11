//! The log: a file of bounded size, never the screen.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;

/// At this size the file is put aside; with the one put aside before, the log takes at most twice as much.
const SIZE_MAX: u64 = 1024 * 1024;

/// Writes what the program and its libraries tell, up to `level`, to a file. It is made when the first line comes.
pub fn start(path: PathBuf, level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(Mutex::new(BoundedFile::new(path, SIZE_MAX)))
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("a log is kept already");
    }
}

/// Whether the log can be written; it is made where there is none.
///
/// # Errors
/// Why it can't.
pub fn check(path: &Path) -> io::Result<()> {
    open(path).map(drop)
}

/// A file that is put aside as `NAME.1` when it has grown to its size.
struct BoundedFile {
    path: PathBuf,
    size_max: u64,
    open: Option<(File, u64)>,
}

impl BoundedFile {
    fn new(path: PathBuf, size_max: u64) -> Self {
        Self { path, size_max, open: None }
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, size)| *size >= self.size_max) {
            self.open = None;
            std::fs::rename(&self.path, self.path.with_added_extension("1"))?;
        }
        let (file, size) = match &mut self.open {
            Some(open) => open,
            none => none.insert(open(&self.path)?),
        };
        file.write_all(line)?;
        *size += line.len() as u64;
        Ok(())
    }
}

impl Write for BoundedFile {
    /// A log that can't be written harms nothing: the line is lost.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.append(line).is_err() {
            self.open = None;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(i32::from_ne_bytes(rustix::fs::OFlags::NOFOLLOW.bits().to_ne_bytes()));
    }
    if let Some(folder) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let file = options.open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_never_grows_beyond_twice_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("some.log");
        let mut log = BoundedFile::new(path.clone(), 100);
        for number in 0..50 {
            log.write_all(format!("line {number:02} of the log\n").as_bytes()).unwrap();
        }
        let (now, before) =
            (std::fs::read_to_string(&path).unwrap(), std::fs::read_to_string(path.with_added_extension("1")).unwrap());
        assert!(now.len() <= 120 && before.len() <= 120, "{now}{before}");
        assert!(format!("{before}{now}").ends_with("line 49 of the log\n"));
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
    fn a_log_that_cannot_be_written_harms_nothing() {
        let mut log = BoundedFile::new(PathBuf::from("/dev/null/some.log"), 100);
        assert_eq!(log.write(b"line").unwrap(), 4);
    }
}
