//! The sources of keys: their order, and how each is asked.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::file_errors;
use super::store::{KeyStore, KeyStoreChange, KeyStoreReadiness};
use super::store_watch::KeyStoreWatch;
use super::timeouts::KeyTimeouts;
use super::variables::{self, Variables};
use crate::domain::api_key::{ApiKey, KeySource, ParseApiKeyError};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{BlockingCallError, FileError, KeyError};
use crate::domain::key_entry::KeyEntry;
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::services::blocking::{BlockingThread, ChangePermit, Queueing};
use crate::services::program::Program;

/// Wait for the key store after which those who wait hear of it.
const WAIT_NOTICE_AFTER: Duration = Duration::from_secs(1);

/// Tells a person what is waited for.
pub(super) type WaitNotice = Box<dyn FnOnce(&str) + Send>;

pub(super) struct Sources {
    pub(super) variables: Variables,
    /// The credentials that were there at the start; `None` where they can't be seen.
    pub(super) credentials: Option<HashSet<OsString>>,
    pub(super) default_environment: Option<EnvironmentName>,
    pub(super) commands: HashMap<EnvironmentName, Vec<String>>,
    pub(super) limits: KeyTimeouts,
    pub(super) store_name: &'static str,
    pub(super) store: BlockingThread<Box<dyn KeyStore>>,
    pub(super) files: BlockingThread<()>,
    pub(super) news: KeyStoreWatch,
    /// Notice for a person who waits; `None` once it was given.
    pub(super) notice: Mutex<Option<WaitNotice>>,
}

impl Sources {
    /// The sources that may have a key for an environment, the first to ask first.
    pub(super) fn in_order(&self, environment: &EnvironmentName) -> Vec<KeySource> {
        let is_set = |name: &String| self.variables.secret(name).is_some();
        let own = Some(environment.key_variable()).filter(is_set).map(KeySource::Variable);
        let own_file = Some(variables::file_variable(environment)).filter(is_set).map(KeySource::VariableFile);
        let credential = self.variables.credential(environment).map(|(_, name)| KeySource::Credential(name));
        let command = self.commands.get(environment).map(|_| KeySource::Command);
        let store = Some(KeySource::Store(self.store_name));
        let general = (self.default_environment.as_ref() == Some(environment)).then(|| variables::GENERAL.to_owned());
        let general = general.filter(is_set).map(KeySource::Variable);
        [own, own_file, credential, command, store, general].into_iter().flatten().collect()
    }

    /// True where a credential for the environment was there at the start, or could not be seen.
    pub(super) fn may_have_credential(&self, environment: &EnvironmentName) -> bool {
        let is_listed = |name: &str| self.credentials.as_ref().is_none_or(|names| names.contains(OsStr::new(name)));
        self.variables.credential(environment).is_some_and(|(_, name)| is_listed(&name))
    }

    /// Asks one source; `None` where it has no key.
    pub(super) async fn read(
        &self,
        environment: &EnvironmentName,
        source: &KeySource,
        timeout: KeyReadTimeout,
    ) -> Result<Option<ApiKey>, KeyError> {
        let bytes = match source {
            KeySource::Store(_) => {
                let stored = self.read_store(&environment.clone().into(), timeout).await?;
                return stored.map(|key| parse(key.expose().as_bytes(), source)).transpose();
            }
            KeySource::Variable(name) => {
                return self.variables.secret(name).map(|bytes| parse(bytes, source)).transpose();
            }
            KeySource::VariableFile(name) => {
                let path =
                    self.variables.secret_path(name).ok_or_else(|| file_errors::file(source, FileError::Missing))?;
                let path = path.map_err(|reason| file_errors::file(source, FileError::NoPath(reason)))?;
                let content = self.read_file(path, source, timeout).await?;
                Some(content.ok_or_else(|| file_errors::file(source, FileError::Missing))?)
            }
            KeySource::OtherProcess => None,
            KeySource::Credential(_) => match self.variables.credential(environment) {
                Some((path, _)) => self.read_file(path, source, timeout).await?,
                None => None,
            },
            KeySource::Command => match self.commands.get(environment) {
                Some(argv) => {
                    let program = Program {
                        argv,
                        variables: self.variables.ordinary().clone().into_iter().collect(),
                        input: None,
                        has_output: true,
                        limit: self.limits.of_command(timeout),
                    };
                    Some(program.run().await.map_err(|problem| KeyError::Command(problem.into()))?)
                }
                None => None,
            },
        };
        bytes.map(|bytes| parse(&bytes, source)).transpose()
    }

    async fn read_file(
        &self,
        path: PathBuf,
        source: &KeySource,
        timeout: KeyReadTimeout,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let limit = self.limits.of_store(timeout);
        let (shown, private_files) = (path.clone(), self.variables.private_files());
        match self.files.call(limit, Queueing::Refuse, move |()| private_files.read(&path)).await {
            Ok(outcome) => outcome.map_err(|problem| file_errors::unread_file(source, &shown, problem)),
            Err(reason) => Err(file_errors::file(source, FileError::Unanswered { reason, limit })),
        }
    }

    /// The key that the key store has for an entry.
    pub(super) async fn read_store(
        &self,
        entry: &KeyEntry,
        timeout: KeyReadTimeout,
    ) -> Result<Option<ApiKey>, KeyError> {
        let asked = entry.clone();
        if timeout == KeyReadTimeout::User {
            self.news.allow_prompt();
        }
        self.ask_store(timeout, move |store| {
            store.prepare(&asked, None)?;
            store.read(&asked)
        })
        .await
    }

    /// Readiness of the key store for the key of an environment.
    pub(super) async fn place(&self, environment: &EnvironmentName) -> Result<KeyStoreReadiness, KeyError> {
        let asked = environment.clone();
        self.ask_store(KeyReadTimeout::User, move |store| store.place(&asked)).await
    }

    async fn ask_store<T: Send + 'static>(
        &self,
        timeout: KeyReadTimeout,
        call: impl FnOnce(&mut Box<dyn KeyStore>) -> Result<T, KeyError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let limit = self.limits.of_store(timeout);
        match self.tell_waiting(self.store.call(limit, queueing(timeout), call)).await {
            Ok(outcome) => outcome,
            Err(reason) => Err(self.unanswered(reason, limit)),
        }
    }

    /// Waits for the key store; where that takes longer, the person who waits is told for what, once.
    async fn tell_waiting<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        if let Ok(outcome) = tokio::time::timeout(WAIT_NOTICE_AFTER, &mut call).await {
            return outcome;
        }
        let notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(notice) = notice {
            notice(&self.keeper());
        }
        call.await
    }

    /// The name of the program that keeps the keys; that of the key store as long as it is not known.
    pub(super) fn keeper(&self) -> String {
        self.news.keeper().unwrap_or_else(|| self.store_name.to_owned())
    }

    /// Changes what the key store has for an entry; unless the caller has given up before that begins.
    pub(super) async fn change_store<T: Send + 'static>(
        &self,
        entry: &KeyEntry,
        timeout: KeyReadTimeout,
        change: KeyStoreChange,
        call: impl FnOnce(&mut (dyn KeyStore + 'static), &KeyEntry) -> Result<T, KeyError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let limit = self.limits.of_store(timeout);
        let asked = entry.clone();
        if timeout == KeyReadTimeout::User {
            self.news.allow_declined_prompt();
        }
        let work = move |store: &mut Box<dyn KeyStore>, permit: &ChangePermit| {
            store.prepare(&asked, Some(change))?;
            let begun = permit.begin();
            begun.map(|_begun| call(store.as_mut(), &asked)).transpose()
        };
        let no_answer = match self.tell_waiting(self.store.change(limit, queueing(timeout), work)).await {
            Ok(Ok(Some(value))) => return Ok(value),
            Ok(Ok(None)) => BlockingCallError::Withdrawn,
            Ok(Err(failure)) => return Err(failure),
            Err(no_answer) => no_answer,
        };
        Err(self.unanswered(no_answer, limit))
    }

    fn unanswered(&self, reason: BlockingCallError, limit: Duration) -> KeyError {
        KeyError::Unanswered { keeper: self.keeper(), reason, limit }
    }
}

/// Treatment of a call behind a question that is on the screen: it waits where a person waits for it.
fn queueing(timeout: KeyReadTimeout) -> Queueing {
    match timeout {
        KeyReadTimeout::Poll => Queueing::Refuse,
        KeyReadTimeout::User => Queueing::Wait,
    }
}

fn parse(bytes: &[u8], source: &KeySource) -> Result<ApiKey, KeyError> {
    let key = match (str::from_utf8(bytes), source) {
        (Ok(text), KeySource::Command) => ApiKey::parse_output(text),
        (Ok(text), _) => ApiKey::parse(text),
        (Err(_), _) => Err(ParseApiKeyError::NotAscii),
    };
    key.map_err(|reason| KeyError::Unusable { source: source.clone(), reason })
}
