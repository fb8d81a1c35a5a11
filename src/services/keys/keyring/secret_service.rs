//! The Secret Service of a Linux session, as libsecret uses it: one connection, on which entries are unlocked and read.
//!
//! Answers are kept until the service tells of a change, so that nobody is asked twice.

mod errors;
mod keeper;
mod listener;
mod names;
mod session;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyringError, KeyringProgram};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::services::keys::store::{KeyStoreChange, KeyStoreReadiness};
use crate::services::keys::store_watch::KeyStoreWatch;
pub(super) use errors::known;
use session::{Secret, SecretServiceSession};

/// The session's keyring, whichever program keeps it.
pub(super) struct SecretServiceStore {
    wallet: Option<SecretServiceSession>,
    keeper: KeyringProgram,
    /// The entries that one question is to be about.
    expected: Vec<KeyEntry>,
    service_max: Duration,
    question_max: Duration,
    /// True where the last question was declined, so that none is put until a person asks.
    is_declined: bool,
    news: KeyStoreWatch,
    /// The entries that were read once. To read them anew, a question is put only where that is wanted: whoever locks a
    /// keyring is not asked at once to unlock it.
    known: HashSet<KeyEntry>,
    /// Answers that were read, and the edition of the key store by which they count.
    answers: HashMap<KeyEntry, Option<Secret>>,
    edition: u64,
}

impl SecretServiceStore {
    /// A store that gives up a service that does not answer within `service_max`, and takes a question off the screen
    /// that is not answered within `question_max`. The first question is about all keys of `environments`.
    pub(super) fn new(environments: Vec<EnvironmentName>, service_max: Duration, question_max: Duration) -> Self {
        let entries = |name: EnvironmentName| KeyRole::ALL.map(|role| KeyEntry::new(name.clone(), role));
        Self {
            wallet: None,
            keeper: KeyringProgram::PLATFORM_DEFAULT,
            expected: environments.into_iter().flat_map(entries).collect(),
            service_max,
            question_max,
            is_declined: false,
            news: KeyStoreWatch::default(),
            known: HashSet::new(),
            answers: HashMap::new(),
            edition: 0,
        }
    }

    pub(super) fn attach(&mut self, news: &KeyStoreWatch, question_max: Duration) {
        self.news = news.clone();
        self.question_max = question_max;
    }

    /// Program that keeps the keys, as far as it is known.
    pub(super) fn keeper(&self) -> KeyringProgram {
        self.keeper.clone()
    }

    /// Readiness of the place for a new entry.
    pub(super) fn place(&mut self) -> keyring::Result<KeyStoreReadiness> {
        Ok(self.with_wallet(false, |wallet| {
            Ok(wallet.default_collection()?.map_or(KeyStoreReadiness::CreatedOnWrite, |_| KeyStoreReadiness::Ready))
        })?)
    }

    /// Unlocks what a call needs; and for a new entry the collection that takes it, which is made where there is none.
    /// Before a change, what the entry held is to be read anew.
    pub(super) fn prepare(&mut self, entry: &KeyEntry, change: Option<KeyStoreChange>) -> keyring::Result<()> {
        if self.news.take_person_request() {
            self.is_declined = false;
        }
        if change.is_some() {
            self.answers.remove(entry);
        } else if self.answers().contains_key(entry) {
            return Ok(());
        }
        let is_wanted = change.is_some() || !self.known.contains(entry) || self.news.is_prompt_allowed();
        let (may_ask, expected) = (is_wanted && !self.is_declined, self.expected.clone());
        let also = if change.is_some() { &[][..] } else { &expected };
        let outcome = self.with_wallet(false, |wallet| {
            let found = wallet.unlock(entry, also, may_ask)?;
            if found.is_empty() && change == Some(KeyStoreChange::Write) { wallet.make_room(may_ask) } else { Ok(()) }
        });
        match outcome {
            Err(KeyringError::Dismissed) if !is_wanted && !self.is_declined => Err(KeyringError::Locked)?,
            Err(KeyringError::Dismissed) => self.is_declined = true,
            _ => {}
        }
        Ok(outcome?)
    }

    pub(super) fn read(&mut self, entry: &KeyEntry) -> keyring::Result<Secret> {
        if let Some(answer) = self.answers().get(entry) {
            return answer.clone().ok_or(keyring::Error::NoEntry);
        }
        let edition = self.news.generation();
        let secret = self.with_wallet(false, |wallet| wallet.read(entry))?;
        self.known.insert(entry.clone());
        if edition == self.edition {
            self.answers.insert(entry.clone(), secret.clone());
        }
        secret.ok_or(keyring::Error::NoEntry)
    }

    pub(super) fn write(&mut self, entry: &KeyEntry, key: &str) -> keyring::Result<()> {
        self.answers.remove(entry);
        Ok(self.with_wallet(true, |wallet| wallet.write(entry, key))?)
    }

    pub(super) fn remove(&mut self, entry: &KeyEntry) -> keyring::Result<()> {
        self.answers.remove(entry);
        let removed = self.with_wallet(true, |wallet| wallet.remove(entry))?;
        if removed { Ok(()) } else { Err(keyring::Error::NoEntry) }
    }

    /// Answers of the service on entries, as far as they still count.
    fn answers(&mut self) -> &HashMap<KeyEntry, Option<Secret>> {
        let edition = self.news.generation();
        if edition != self.edition {
            self.answers.clear();
            self.edition = edition;
        }
        &self.answers
    }

    /// Does something on the connection. Where that fails by one that the service no longer knows, it is opened anew
    /// and the action repeated; never a change that may have been made.
    fn with_wallet<T>(
        &mut self,
        is_change: bool,
        action: impl Fn(&SecretServiceSession) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let kept = self.wallet.take().filter(SecretServiceSession::is_alive);
        let is_kept = kept.is_some();
        let outcome = self.act(kept, &action);
        let outcome = match outcome {
            Err(trouble) if is_outdated(&trouble, is_kept, is_change) => {
                tracing::debug!(?trouble, "opening the keyring again");
                self.act(None, &action)
            }
            outcome => outcome,
        };
        match outcome {
            Err(KeyringError::Ended) if is_change => Err(KeyringError::Lost),
            outcome => outcome,
        }
    }

    fn act<T>(
        &mut self,
        kept: Option<SecretServiceSession>,
        action: impl Fn(&SecretServiceSession) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let wallet = match kept {
            Some(wallet) => wallet,
            None => self.open()?,
        };
        let outcome = action(&wallet);
        self.wallet = Some(wallet);
        outcome
    }

    fn open(&mut self) -> Result<SecretServiceSession, KeyringError> {
        let wallet = SecretServiceSession::open(self.service_max, self.question_max, &self.news)?;
        self.keeper = wallet.keeper.clone();
        // Another program may ask again what its predecessor was denied.
        self.is_declined = false;
        Ok(wallet)
    }
}

/// True where an error may be that of a connection or an object that the service no longer knows.
fn is_outdated(trouble: &KeyringError, is_kept: bool, is_change: bool) -> bool {
    match trouble {
        KeyringError::Gone => true,
        KeyringError::Ended => is_kept && !is_change,
        KeyringError::Outdated | KeyringError::NoService | KeyringError::Undecipherable => is_kept,
        _ => false,
    }
}
