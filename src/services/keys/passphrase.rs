//! The passphrase of the encrypted key file: what it may be, and where it comes from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::file_errors;
use super::variables::{PASSPHRASE_CREDENTIAL, Variables};
use crate::domain::api_key::KeySource;
use crate::domain::error::{FileError, KeyError};
use crate::domain::passphrase::{FILE_VARIABLE, LENGTH_MAX, NEW_LENGTH_MIN, PassphraseError, VARIABLE};
use crate::domain::user_path::UserPathError;
use crate::services::private_file::PrivateFiles;

/// A passphrase: not empty, on one line, wiped from memory when dropped, and never shown. Cheap to clone.
#[derive(Clone)]
pub struct Passphrase(Arc<Zeroizing<String>>);

impl Passphrase {
    /// Takes a passphrase as typed or stored; one line end after it is no part of it, blanks are.
    ///
    /// # Errors
    /// When it can be no passphrase.
    pub fn parse(bytes: &[u8]) -> Result<Self, PassphraseError> {
        let text = str::from_utf8(bytes).ok().ok_or(PassphraseError::NotText)?;
        let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        if text.trim().is_empty() {
            return Err(PassphraseError::Empty);
        }
        if text.len() > LENGTH_MAX {
            return Err(PassphraseError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PassphraseError::ControlCharacter);
        }
        let mut kept = Zeroizing::new(String::with_capacity(text.len()));
        kept.push_str(text);
        Ok(Self(Arc::new(kept)))
    }

    /// True where a new file may be encrypted with it.
    #[must_use]
    pub fn is_long_enough(&self) -> bool {
        self.0.chars().count() >= NEW_LENGTH_MIN
    }

    /// True where both are the same text.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.as_bytes() == other.0.as_bytes()
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase")
    }
}

/// Sources of the passphrase, asked anew each time: the variable, the file that another one names, the credential of
/// systemd, or what the operator has typed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Passphrases {
    variable: Option<Result<Passphrase, PassphraseError>>,
    file: Option<Result<PathBuf, UserPathError>>,
    credential: Option<PathBuf>,
    typed: Option<Passphrase>,
    private_files: PrivateFiles,
}

impl Passphrases {
    /// The sources that the variables name. None is opened.
    #[must_use]
    pub fn new(variables: &Variables) -> Self {
        Self {
            variable: variables.secret(VARIABLE).map(Passphrase::parse),
            file: variables.secret_path(FILE_VARIABLE),
            credential: variables.passphrase_credential(),
            typed: None,
            private_files: variables.private_files(),
        }
    }

    /// The same, and for want of another source a passphrase that was typed.
    #[must_use]
    pub fn or_typed(self, passphrase: Passphrase) -> Self {
        Self { typed: Some(passphrase), ..self }
    }

    /// Asks the sources in their order; `None` where none has a passphrase. Blocks.
    ///
    /// # Errors
    /// When one has something that can be no passphrase, or can't be read.
    pub fn find(&self) -> Result<Option<Passphrase>, KeyError> {
        if let Some(outcome) = &self.variable {
            let source = KeySource::Variable(VARIABLE.to_owned());
            return outcome.clone().map(Some).map_err(|reason| invalid(&source, reason));
        }
        if let Some(path) = &self.file {
            let source = KeySource::VariableFile(FILE_VARIABLE.to_owned());
            let path = path.as_ref().map_err(|reason| file_errors::file(&source, FileError::NoPath(*reason)))?;
            let found = self.read(path, &source)?;
            return found.map(Some).ok_or_else(|| file_errors::file(&source, FileError::Missing));
        }
        if let Some(path) = &self.credential {
            let source = KeySource::Credential(PASSPHRASE_CREDENTIAL.to_owned());
            if let Some(found) = self.read(path, &source)? {
                return Ok(Some(found));
            }
        }
        Ok(self.typed.clone())
    }

    /// The rule for the encrypted key file too.
    pub(super) fn private_files(&self) -> &PrivateFiles {
        &self.private_files
    }

    fn read(&self, path: &Path, source: &KeySource) -> Result<Option<Passphrase>, KeyError> {
        let content =
            self.private_files.read(path).map_err(|problem| file_errors::unread_file(source, path, problem))?;
        content.map(|bytes| Passphrase::parse(&bytes).map_err(|reason| invalid(source, reason))).transpose()
    }
}

fn invalid(source: &KeySource, reason: PassphraseError) -> KeyError {
    KeyError::Passphrase { source: source.clone(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    fn found(pairs: &[(&str, &str)]) -> Option<String> {
        let found = Passphrases::new(&variables(pairs)).find().unwrap();
        found.map(|passphrase| passphrase.expose().to_owned())
    }

    #[test]
    fn a_line_end_is_no_part_of_a_passphrase_and_blanks_are() {
        for text in [" two words ", " two words \n", " two words \r\n"] {
            assert_eq!(Passphrase::parse(text.as_bytes()).unwrap().expose(), " two words ");
        }
        for (bytes, reason) in [
            (&b""[..], PassphraseError::Empty),
            (b" \n", PassphraseError::Empty),
            (b"one\ntwo\n", PassphraseError::ControlCharacter),
            (b"one\n\n", PassphraseError::ControlCharacter),
            (b"\xff\xfe", PassphraseError::NotText),
            (&[b'x'; LENGTH_MAX + 1], PassphraseError::TooLong),
        ] {
            assert_eq!(Passphrase::parse(bytes).unwrap_err(), reason, "{bytes:?}");
        }
    }

    #[test]
    fn characters_are_counted_and_nothing_is_shown() {
        let passphrase = |text: &str| Passphrase::parse(text.as_bytes()).unwrap();
        assert!(passphrase("éééééééé").is_long_enough() && !passphrase("ééééééé").is_long_enough());
        assert!(!format!("{:?}", passphrase("s3cret")).contains("s3cret"));
        let of_variable = Passphrases::new(&variables(&[(VARIABLE, "s3cret")]));
        assert!(!format!("{of_variable:?}").contains("s3cret"));
    }

    #[cfg(unix)]
    #[test]
    fn the_sources_are_asked_in_their_order() {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (file, open) = (write("file", "of the file\n", 0o600), write("open", "x", 0o644));
        write(PASSPHRASE_CREDENTIAL, "of systemd", 0o440);
        let credentials = ("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap());
        let (variable, file) = ((VARIABLE, "of the variable"), (FILE_VARIABLE, file.as_str()));
        assert_eq!(found(&[variable, file, credentials]).as_deref(), Some("of the variable"));
        assert_eq!(found(&[(VARIABLE, ""), file, credentials]).as_deref(), Some("of the file"));
        assert_eq!(found(&[credentials]).as_deref(), Some("of systemd"));
        assert_eq!(found(&[("CREDENTIALS_DIRECTORY", "/no/such/folder")]), None);

        let failure = |path: &str| Passphrases::new(&variables(&[(FILE_VARIABLE, path), credentials])).find();
        let told = |path: &str| failure(path).unwrap_err().to_string();
        assert!(told(&open).contains("TRACKYARD_PASSPHRASE_FILE may be used by others"), "{}", told(&open));
        assert!(told("/no/such/file").ends_with("names a file that does not exist"));
        let typed = Passphrases::default().or_typed(Passphrase::parse(b"typed").unwrap());
        assert_eq!(typed.find().unwrap().unwrap().expose(), "typed");
    }
}
