//! Config file: how it is read, and how a new one appears.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::{ConfigError, ConfigFileError, Position};
use crate::services::private_file;

/// Longest config file, in bytes.
const LENGTH_MAX: usize = 1 << 20;

/// Text of a config file; `None` where it does not exist.
///
/// # Errors
/// A file that can't be read, is longer than 1 MiB, or is no UTF-8.
pub fn read(file: &Path) -> Result<Option<String>, ConfigError> {
    let mut bytes = Vec::new();
    let limit = LENGTH_MAX as u64 + 1;
    match File::open(file).and_then(|opened| opened.take(limit).read_to_end(&mut bytes)) {
        Ok(length) if length > LENGTH_MAX => return Err(ConfigError::TooLarge { file: file.to_owned() }),
        Ok(_) => {}
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(ConfigError::Unreadable { file: file.to_owned(), reason: error.to_string() }),
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let position = Position::of(&String::from_utf8_lossy(error.as_bytes()), valid);
            let message = "this is no UTF-8 text: save the file as UTF-8".to_owned();
            Err(ConfigError::Invalid { file: file.to_owned(), error: ConfigFileError { position, message } })
        }
    }
}

/// Makes a file that only its owner may read, and the folders above it. It appears whole or not at all.
///
/// # Errors
/// `AlreadyExists` for a file that is there, which stays as it is; else the error of the system.
pub fn write_new(file: &Path, text: &str) -> io::Result<()> {
    private_file::create_parent(file)?;
    let temporary = temporary_name(file);
    let result = private_file::write_new(&temporary, text.as_bytes()).and_then(|()| publish(&temporary, file));
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => result.and(Err(error)),
        _ => result,
    }
}

fn temporary_name(file: &Path) -> PathBuf {
    file.with_file_name(format!(".config-{:016x}.tmp", fastrand::u64(..)))
}

/// Gives the finished file its name. A link never replaces a file, even one that appears at this moment;
/// where the file system has no links, a rename must do.
fn publish(temporary: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(file).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(temporary, file)
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_exist_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("config.toml")), Ok(None));
        assert_eq!(read(Path::new("/dev/null/config.toml")), Ok(None));
    }

    #[test]
    fn a_folder_is_no_config_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(ConfigError::Unreadable { .. })));
    }

    #[test]
    fn text_in_another_encoding_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, b"# \xc3\xa9\nlabel = \"caf\xe9\"\n").unwrap();
        let error = read(&file).unwrap_err();
        let ConfigError::Invalid { error, .. } = error else { panic!("{error}") };
        assert_eq!(error.position, Position { line: 2, column: 13 });
    }

    #[test]
    fn a_file_longer_than_any_configuration_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "#".repeat(LENGTH_MAX)).unwrap();
        assert_eq!(read(&file).unwrap().unwrap().len(), LENGTH_MAX);
        fs::write(&file, "#".repeat(LENGTH_MAX + 1)).unwrap();
        assert_eq!(read(&file), Err(ConfigError::TooLarge { file }));
    }

    #[test]
    fn a_new_file_stands_alone_in_its_new_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b/config.toml");
        write_new(&file, "text").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "mine").unwrap();
        assert_eq!(write_new(&file, "text").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_new_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/config.toml");
        write_new(&file, "text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
}
