//! Keys in one encrypted file, for machines without a keyring.
//!
//! The file is one of [age](https://age-encryption.org/v1), encrypted with a passphrase, so that `age -d` opens it too.
//! There is no form of it without encryption. What is not understood, or not opened, is never overwritten.

mod content;
mod disk;
mod encryption;
mod error;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::passphrase::{Passphrase, Passphrases};
use super::store::KeyStore;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, VaultFileError};
use crate::domain::key_entry::KeyEntry;
use crate::services::file_lock::FileLock;
use content::VaultContent;
use disk::FileStamp;
use error::{VaultError, unwritable};

/// Longest wait for another process that changes the file.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// The encrypted key file as a key store. Its calls block.
///
/// The keys are kept in memory once they are decrypted, and decrypted again only after the file has changed.
pub struct Vault {
    path: PathBuf,
    passphrases: Passphrases,
    work_factor: u8,
    opened: Option<(FileStamp, VaultContent)>,
    /// A passphrase that did not open the file, so that a wrong one costs the work once and not at each poll.
    rejected: Option<(FileStamp, Passphrase)>,
}

/// Facts on a file that could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultSummary {
    /// Number of keys in the file.
    pub keys: usize,
    /// The environments that they are for, each once.
    pub environments: Vec<EnvironmentName>,
    /// The work factor that it was encrypted with: scrypt's N is 2 to the power of it, and the memory is N KiB.
    pub work_factor: u8,
}

/// State of the file, before a passphrase is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultState {
    /// There is no file yet.
    Missing,
    /// There is one, which a passphrase may open.
    Sealed,
    /// There is one that no passphrase opens.
    Unusable,
}

impl Vault {
    /// A store in this file, which need not exist. Nothing is opened yet.
    #[must_use]
    pub fn new(path: PathBuf, passphrases: Passphrases) -> Self {
        Self::with_work_factor(path, passphrases, encryption::WORK_FACTOR)
    }

    fn with_work_factor(path: PathBuf, passphrases: Passphrases, work_factor: u8) -> Self {
        Self { path, passphrases, work_factor, opened: None, rejected: None }
    }

    /// Looks at the file without opening it.
    #[must_use]
    pub fn state(&self) -> VaultState {
        let sealed = disk::open(&self.path, self.passphrases.private_files())
            .and_then(|opened| opened.map(|(file, _)| disk::read(file)).transpose());
        match sealed.and_then(|sealed| sealed.map(|sealed| encryption::check(&sealed)).transpose()) {
            Ok(None) => VaultState::Missing,
            Ok(Some(())) => VaultState::Sealed,
            Err(_) => VaultState::Unusable,
        }
    }

    /// Opens the file, and tells what is known of it; `None` where there is none.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn summary(&self) -> Result<Option<VaultSummary>, KeyError> {
        self.summarise().map_err(|problem| problem.failure(&self.path))
    }

    fn summarise(&self) -> Result<Option<VaultSummary>, VaultError> {
        let Some((file, _)) = disk::open(&self.path, self.passphrases.private_files())? else { return Ok(None) };
        let sealed = disk::read(file)?;
        let content = self.decrypt(&sealed, &self.passphrase(&sealed)?)?;
        let (keys, environments) = (content.len(), content.environments());
        Ok(Some(VaultSummary { keys, environments, work_factor: encryption::work_factor(&sealed).unwrap_or_default() }))
    }

    /// The passphrase for a file; a file that none opens is told first.
    fn passphrase(&self, sealed: &[u8]) -> Result<Passphrase, VaultError> {
        encryption::check(sealed)?;
        self.any_passphrase()
    }

    fn any_passphrase(&self) -> Result<Passphrase, VaultError> {
        self.passphrases.find().map_err(VaultError::NoPassphrase)?.ok_or(VaultFileError::Locked.into())
    }

    fn decrypt(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<VaultContent, VaultError> {
        tracing::debug!(path = %self.path.display(), "decrypting the key file");
        Ok(VaultContent::parse(&encryption::open(sealed, passphrase)?)?)
    }

    /// The keys of the file, from memory where it has not changed; `None` where there is no file.
    fn load(&mut self) -> Result<Option<&VaultContent>, VaultError> {
        let Some((file, stamp)) = disk::open(&self.path, self.passphrases.private_files())? else {
            self.opened = None;
            return Ok(None);
        };
        let content = match self.opened.take() {
            Some((known, content)) if known == stamp => content,
            _ => {
                let sealed = disk::read(file)?;
                let passphrase = self.passphrase(&sealed)?;
                if self.rejected.as_ref().is_some_and(|(known, rejected)| *known == stamp && rejected.is(&passphrase)) {
                    return Err(VaultFileError::WrongPassphrase.into());
                }
                let outcome = self.decrypt(&sealed, &passphrase);
                let is_wrong = matches!(outcome, Err(VaultError::Fault(VaultFileError::WrongPassphrase)));
                self.rejected = is_wrong.then_some((stamp, passphrase));
                outcome?
            }
        };
        Ok(Some(&self.opened.insert((stamp, content)).1))
    }

    /// Changes the keys under the lock, on what the file holds at that moment. Nothing is written where `change` says
    /// that nothing has changed.
    fn change(&mut self, change: impl FnOnce(&mut VaultContent) -> bool) -> Result<bool, VaultError> {
        let path = disk::target(&self.path);
        let _lock = FileLock::take(&disk::lock_file(&path), LOCK_LIMIT).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => VaultFileError::Busy,
            _ => unwritable(&error),
        })?;
        self.opened = None;
        // Decrypted even if it is known: this proves that the passphrase is still that of the file.
        let (mut content, passphrase) = match disk::open(&path, self.passphrases.private_files())? {
            Some((file, _)) => {
                let sealed = disk::read(file)?;
                let passphrase = self.passphrase(&sealed)?;
                (self.decrypt(&sealed, &passphrase)?, passphrase)
            }
            None => (VaultContent::default(), self.new_passphrase()?),
        };
        if !change(&mut content) {
            return Ok(false);
        }
        disk::replace(&path, &encryption::seal(&content.text(), &passphrase, self.work_factor)?)?;
        if let Ok(Some((_, stamp))) = disk::open(&path, self.passphrases.private_files()) {
            self.opened = Some((stamp, content));
        }
        Ok(true)
    }

    /// The passphrase for a file that is to be made.
    fn new_passphrase(&self) -> Result<Passphrase, VaultError> {
        let passphrase = self.any_passphrase()?;
        if passphrase.is_long_enough() { Ok(passphrase) } else { Err(VaultFileError::ShortPassphrase.into()) }
    }
}

impl KeyStore for Vault {
    fn name(&self) -> &'static str {
        "file"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        match self.load() {
            Ok(content) => Ok(content.and_then(|content| content.get(entry)).cloned()),
            Err(problem) => Err(problem.failure(&self.path)),
        }
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        let set = |content: &mut VaultContent| {
            content.set(entry, key.clone());
            true
        };
        self.change(set).map(drop).map_err(|problem| problem.failure(&self.path))
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        if self.read(entry)?.is_none() {
            return Ok(false);
        }
        self.change(|content| content.remove(entry)).map_err(|problem| problem.failure(&self.path))
    }
}
