//! Paths of the user's files on this platform.

use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

use super::error::ConfigError;
use crate::domain::user_path::{self, UserPathError};

/// Name of the program's folders.
const FOLDER: &str = "trackyard-tui";
/// Name of the encrypted key file, unless the configuration names another.
const KEY_FILE: &str = "keys.age";

/// Paths of the user's files. Without a home folder there are none, which is an error only for one that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    config_file: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    key_file: Option<PathBuf>,
    home: Option<PathBuf>,
    runtime_dir: Option<PathBuf>,
}

impl Paths {
    /// Paths of the platform: on Linux in `$XDG_RUNTIME_DIR`, `$XDG_CONFIG_HOME`, `$XDG_STATE_HOME` and
    /// `$XDG_DATA_HOME`, or in their defaults below the home folder.
    #[must_use]
    pub fn discover() -> Self {
        ProjectDirs::from("", "", FOLDER).map_or_else(Self::default, |folders| Self {
            config_file: Some(folders.config_dir().join("config.toml")),
            state_dir: Some(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned()),
            key_file: Some(folders.data_local_dir().join(KEY_FILE)),
            home: BaseDirs::new().map(|folders| folders.home_dir().to_owned()),
            runtime_dir: folders.runtime_dir().and_then(Path::parent).map(Path::to_owned),
        })
    }

    /// Paths that all lie below one folder.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            config_file: Some(folder.join("config.toml")),
            state_dir: Some(folder.join("state")),
            key_file: Some(folder.join("data").join(KEY_FILE)),
            home: Some(folder.to_owned()),
            runtime_dir: None,
        }
    }

    /// Paths with another config file.
    #[must_use]
    pub fn with_config_file(self, file: PathBuf) -> Self {
        Self { config_file: Some(file), ..self }
    }

    /// Paths with another encrypted key file. A relative path starts at the folder of the config file.
    #[must_use]
    pub fn with_key_file(self, file: &Path) -> Self {
        Self { key_file: Some(self.beside_config(file)), ..self }
    }

    /// Path that is whole; a relative one starts at the folder of the config file.
    #[must_use]
    pub fn beside_config(&self, file: &Path) -> PathBuf {
        let folder = self.config_file.as_deref().and_then(Path::parent);
        folder.map_or_else(|| file.to_owned(), |folder| folder.join(file).components().collect())
    }

    /// Path that a person has written where a relative one starts at the current folder.
    ///
    /// # Errors
    /// A text that can be no path.
    pub fn expand(&self, written: &Path) -> Result<PathBuf, UserPathError> {
        user_path::resolve(written.as_os_str(), self.home.as_deref())
    }

    /// Path that a person has written into the config file.
    ///
    /// # Errors
    /// A text that can be no path.
    pub(super) fn resolve(&self, written: &str) -> Result<PathBuf, UserPathError> {
        Ok(self.beside_config(&self.expand(Path::new(written))?))
    }

    /// Program and arguments that a person has written into the config file.
    ///
    /// # Errors
    /// No program, or one that can be no path.
    pub(super) fn resolve_command(&self, written: &[String]) -> Result<Vec<String>, UserPathError> {
        let folder = self.config_file.as_deref().and_then(Path::parent);
        user_path::resolve_command(written, folder, self.home.as_deref())
    }

    /// Path of the config file, which need not exist.
    ///
    /// # Errors
    /// A user without a home folder.
    pub fn config_file(&self) -> Result<&Path, ConfigError> {
        self.config_file.as_deref().ok_or(ConfigError::NoHome)
    }

    /// Path of the encrypted key file, which need not exist.
    ///
    /// # Errors
    /// A user without a home folder, and a configuration that names no file.
    pub fn key_file(&self) -> Result<&Path, ConfigError> {
        self.key_file.as_deref().ok_or(ConfigError::NoHome)
    }

    /// Folder of the files that the program writes for itself.
    ///
    /// # Errors
    /// A user without a home folder.
    pub fn state_dir(&self) -> Result<&Path, ConfigError> {
        self.state_dir.as_deref().ok_or(ConfigError::NoHome)
    }

    /// Path of the database with samples, requests and events.
    ///
    /// # Errors
    /// A user without a home folder.
    pub fn history_file(&self) -> Result<PathBuf, ConfigError> {
        Ok(self.state_dir()?.join("history.sqlite3"))
    }

    /// Folder of the user's files that last until the machine ends; on Linux `$XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime_dir(&self) -> Option<&Path> {
        self.runtime_dir.as_deref()
    }

    /// Path of the log.
    ///
    /// # Errors
    /// A user without a home folder.
    pub fn log_file(&self) -> Result<PathBuf, ConfigError> {
        Ok(self.state_dir()?.join("trackyard-tui.log"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_writes_lies_in_one_folder() {
        let paths = Paths::below(Path::new("/x"));
        let state = paths.state_dir().unwrap();
        assert_eq!(paths.history_file().unwrap().parent(), Some(state));
        assert_eq!(paths.log_file().unwrap().parent(), Some(state));
        assert_eq!(paths.config_file().unwrap(), Path::new("/x/config.toml"));
        assert_eq!(paths.key_file().unwrap(), Path::new("/x/data/keys.age"));
    }

    #[test]
    fn another_key_file_starts_at_the_folder_of_the_config_file() {
        let key_file = |name: &str| {
            let paths = Paths::below(Path::new("/x")).with_config_file("/etc/t/t.toml".into());
            paths.with_key_file(Path::new(name)).key_file().unwrap().to_owned()
        };
        assert_eq!(key_file("k/prod.age"), Path::new("/etc/t/k/prod.age"));
        assert_eq!(key_file("/k/prod.age"), Path::new("/k/prod.age"));
    }

    #[test]
    fn without_a_home_folder_asking_for_a_file_fails() {
        let paths = Paths::default();
        assert_eq!(paths.config_file(), Err(ConfigError::NoHome));
        assert_eq!(paths.history_file(), Err(ConfigError::NoHome));
        assert_eq!(paths.log_file(), Err(ConfigError::NoHome));
        assert_eq!(paths.key_file(), Err(ConfigError::NoHome));
    }
}
