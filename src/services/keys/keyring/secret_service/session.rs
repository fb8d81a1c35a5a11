//! One connection to the Secret Service, with the session by which secrets are enciphered on their way.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::blocking::fdo::{DBusProxy, PropertiesProxy};
use zbus::blocking::{Connection, connection};
use zbus::names::InterfaceName;
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Type, Value};
use zeroize::Zeroizing;

use super::super::item;
use super::listener::{self, ServiceSignal};
use super::names::{COLLECTION, ITEM, NAME, PATH, PROMPT, SERVICE};
use super::{errors, keeper};
use crate::domain::error::{KeyringError, KeyringProgram};
use crate::domain::key_entry::{KEYRING_SERVICE, KeyEntry};
use crate::services::keys::store_watch::KeyStoreWatch;

/// Name of the collection that takes new entries.
const DEFAULT: &str = "default";
/// Content type of a key: to programs that show entries, a password.
const CONTENT_TYPE: &str = "text/plain; charset=utf8";
/// Path that stands for no object.
const NOTHING: &str = "/";

pub(super) type Secret = Zeroizing<Vec<u8>>;
type ObjectPaths = Vec<OwnedObjectPath>;

pub(super) struct SecretServiceSession {
    bus: Connection,
    service: SecretService<'static>,
    signals: Receiver<ServiceSignal>,
    question_max: Duration,
    pub(super) keeper: KeyringProgram,
}

impl SecretServiceSession {
    /// Connects, and agrees on a session: an enciphered one, or a plain one where the service knows no other.
    pub(super) fn open(
        service_max: Duration,
        question_max: Duration,
        news: &KeyStoreWatch,
    ) -> Result<Self, KeyringError> {
        let bus = connection::Builder::session()?.method_timeout(service_max).build()?;
        let daemon = DBusProxy::new(&bus)?;
        let signals = listener::listen(&bus, &daemon, news.clone())?;
        let session = |encryption| SecretService::connect_with_existing(encryption, bus.clone());
        let enciphered = || session(EncryptionType::Dh);
        // Each try is one with a new number of its own.
        let service = enciphered().or_else(|error| if errors::is_short(&error) { enciphered() } else { Err(error) });
        let service = service.or_else(|error| {
            if !errors::is_without_cipher(&error) {
                return Err(error);
            }
            tracing::debug!(%error, "the keyring knows no enciphered session");
            session(EncryptionType::Plain)
        });
        let service = service.inspect_err(|_| drop(bus.clone().close()))?;
        let keeper = keeper::find(&daemon);
        news.kept_by(keeper.name().map(str::to_owned));
        Ok(Self { bus, service, signals, question_max, keeper })
    }

    /// True where the service that the session was opened for is still there.
    pub(super) fn is_alive(&self) -> bool {
        // Nobody waits for what was told so far; nothing comes any more once it has gone.
        loop {
            match self.signals.try_recv() {
                Ok(_) => {}
                Err(end) => return end == TryRecvError::Empty,
            }
        }
    }

    /// The items of an entry, unlocked; after one question, where one is needed, for those of other entries too.
    pub(super) fn unlock(
        &self,
        entry: &KeyEntry,
        also: &[KeyEntry],
        may_ask: bool,
    ) -> Result<ObjectPaths, KeyringError> {
        self.open_a_collection(may_ask)?;
        let (unlocked, mut locked) = self.search(entry)?;
        if locked.is_empty() {
            return Ok(unlocked);
        }
        if !may_ask {
            return Err(KeyringError::Dismissed);
        }
        for other in also.iter().filter(|other| *other != entry) {
            locked.extend(self.search(other)?.1);
        }
        self.unlock_all(&locked)?;
        match self.search(entry)? {
            (unlocked, locked) if locked.is_empty() => Ok(unlocked),
            _ => Err(KeyringError::Dismissed),
        }
    }

    /// Sees that there is an unlocked collection that takes new entries. Where there is none, the service is asked to
    /// make one, and asks the person.
    pub(super) fn make_room(&self, may_ask: bool) -> Result<(), KeyringError> {
        let collection = match self.default_collection()? {
            Some(collection) => collection,
            None if may_ask => {
                // Its name, which the question shows; on KDE that of the wallet that its own programs make.
                let label = if self.keeper == KeyringProgram::Kde { "kdewallet" } else { "Default keyring" };
                let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from(label))]);
                let (_, prompt): (OwnedObjectPath, OwnedObjectPath) =
                    self.call(PATH, SERVICE, "CreateCollection", &(properties, DEFAULT))?;
                self.ask(&prompt, &[]).map_err(|trouble| match trouble {
                    KeyringError::Dismissed => KeyringError::NoCollection,
                    trouble => trouble,
                })?;
                self.default_collection()?.ok_or(KeyringError::NoCollection)?
            }
            None => return Err(KeyringError::NoCollection),
        };
        match self.is_locked(&collection)? {
            true if !may_ask => Err(KeyringError::Dismissed),
            true => self.unlock_all(&[collection]),
            false => Ok(()),
        }
    }

    /// The collection that takes new entries.
    pub(super) fn default_collection(&self) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let collection: OwnedObjectPath = self.call(PATH, SERVICE, "ReadAlias", &(DEFAULT,))?;
        match collection.as_str() {
            // It would offer to make a whole database.
            NOTHING if self.keeper == KeyringProgram::KeePassXc => Err(KeyringError::NotExposed),
            NOTHING => Ok(None),
            _ => Ok(Some(collection)),
        }
    }

    /// The secret of an entry, whatever the type of its content; `None` where there is no entry.
    pub(super) fn read(&self, entry: &KeyEntry) -> Result<Option<Secret>, KeyringError> {
        let Some(item) = self.only_item(entry)? else { return Ok(None) };
        Ok(Some(Zeroizing::new(self.service.get_item_by_path(item)?.get_secret()?)))
    }

    pub(super) fn write(&self, entry: &KeyEntry, key: &str) -> Result<(), KeyringError> {
        if let Some(item) = self.only_item(entry)? {
            return Ok(self.service.get_item_by_path(item)?.set_secret(key.as_bytes(), CONTENT_TYPE)?);
        }
        let collection = self.default_collection()?.ok_or(KeyringError::NoCollection)?;
        let username = entry.to_string();
        let collection = self.service.get_collection_by_path(collection)?;
        let created =
            collection.create_item(&item::label(entry), attributes(&username), key.as_bytes(), true, CONTENT_TYPE);
        match created.map_err(KeyringError::from) {
            Err(KeyringError::Gone) => Err(KeyringError::NoCollection),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Erases an entry, and tells whether there was one.
    pub(super) fn remove(&self, entry: &KeyEntry) -> Result<bool, KeyringError> {
        let Some(item) = self.only_item(entry)? else { return Ok(false) };
        let prompt: OwnedObjectPath = self.call(&item, ITEM, "Delete", &())?;
        self.ask(&prompt, &[])?;
        Ok(true)
    }

    /// The one item of an entry, which has to be unlocked.
    fn only_item(&self, entry: &KeyEntry) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let (mut unlocked, locked) = self.search(entry)?;
        match (unlocked.len(), locked.len()) {
            (0, 0) => Ok(None),
            (1, 0) => Ok(unlocked.pop()),
            (0, 1) => Err(KeyringError::Locked),
            _ => Err(KeyringError::Ambiguous),
        }
    }

    /// The items of an entry: the unlocked ones, and the locked ones.
    fn search(&self, entry: &KeyEntry) -> Result<(ObjectPaths, ObjectPaths), KeyringError> {
        self.call(PATH, SERVICE, "SearchItems", &(attributes(&entry.to_string()),))
    }

    /// Has one collection unlocked where all are locked. Some services tell of no entries then, or put a question of
    /// their own that can't be taken back.
    fn open_a_collection(&self, may_ask: bool) -> Result<(), KeyringError> {
        let collections = match self.property(PATH, SERVICE, "Collections") {
            Ok(collections) => ObjectPaths::try_from(collections)?,
            // It tells of none.
            Err(KeyringError::Gone | KeyringError::Other { .. }) => return Ok(()),
            Err(trouble) => return Err(trouble),
        };
        if collections.is_empty() && self.keeper == KeyringProgram::KeePassXc {
            return Err(KeyringError::NotExposed);
        }
        for collection in &collections {
            if !self.is_locked(collection)? {
                return Ok(());
            }
        }
        let Some(first) = collections.into_iter().next() else { return Ok(()) };
        if !may_ask {
            return Err(KeyringError::Dismissed);
        }
        let collection = self.default_collection()?.unwrap_or(first);
        self.unlock_all(&[collection])
    }

    fn unlock_all(&self, objects: &[OwnedObjectPath]) -> Result<(), KeyringError> {
        let (_, prompt): (ObjectPaths, OwnedObjectPath) = self.call(PATH, SERVICE, "Unlock", &(objects,))?;
        self.ask(&prompt, objects)
    }

    fn is_locked(&self, collection: &OwnedObjectPath) -> Result<bool, KeyringError> {
        Ok(self.property(collection, COLLECTION, "Locked")?.try_into()?)
    }

    /// True where collections or items are all known to be unlocked.
    fn are_unlocked(&self, objects: &[OwnedObjectPath]) -> bool {
        let is_unlocked = |object: &OwnedObjectPath, interface| {
            let locked = self.property(object, interface, "Locked").ok();
            locked.and_then(|locked| bool::try_from(locked).ok()) == Some(false)
        };
        objects.iter().all(|object| is_unlocked(object, COLLECTION) || is_unlocked(object, ITEM))
    }

    /// Has the service put a question, if any, and waits for its end; takes it back when that takes too long, or when
    /// the objects that it is to unlock, if any, were unlocked elsewhere.
    fn ask(&self, prompt: &OwnedObjectPath, locked: &[OwnedObjectPath]) -> Result<(), KeyringError> {
        if prompt.as_str() == NOTHING {
            return Ok(());
        }
        let deadline = Instant::now() + self.question_max;
        () = self.call(prompt, PROMPT, "Prompt", &("",))?;
        loop {
            match self.signals.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(ServiceSignal::Completed(ended, dismissed)) if ended == *prompt => {
                    return if dismissed { Err(KeyringError::Dismissed) } else { Ok(()) };
                }
                Ok(ServiceSignal::Changed) if !locked.is_empty() && self.are_unlocked(locked) => {
                    drop(self.call::<()>(prompt, PROMPT, "Dismiss", &()));
                    return Ok(());
                }
                // The end of an earlier one, or of no concern.
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(KeyringError::Ended),
                Err(RecvTimeoutError::Timeout) => {
                    tracing::debug!("the keyring's question was not answered");
                    drop(self.call::<()>(prompt, PROMPT, "Dismiss", &()));
                    return Err(KeyringError::Dismissed);
                }
            }
        }
    }

    fn property(&self, path: &str, interface: &'static str, name: &str) -> Result<OwnedValue, KeyringError> {
        let properties = PropertiesProxy::builder(&self.bus).destination(NAME)?.path(path)?.build()?;
        Ok(properties.get(InterfaceName::from_static_str_unchecked(interface), name)?)
    }

    fn call<T: DeserializeOwned + Type>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &(impl Serialize + DynamicType),
    ) -> Result<T, KeyringError> {
        let path = ObjectPath::try_from(path)?;
        Ok(self.bus.call_method(Some(NAME), path, Some(interface), method, body)?.body().deserialize()?)
    }
}

impl Drop for SecretServiceSession {
    fn drop(&mut self) {
        drop(self.bus.clone().close());
    }
}

/// Attributes by which an entry is found, here and by other programs.
fn attributes(username: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", KEYRING_SERVICE), ("username", username)])
}
