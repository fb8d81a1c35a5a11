//! A Secret Service that fails on cue. It speaks `org.freedesktop.secrets` on the session bus of the process.
//!
//! It deciphers nothing: to each session it offers 1 as its public key, so that all sessions have one key, and what one
//! wrote any other can read.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::{Message, Type};
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};

const NAME: &str = "org.freedesktop.secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/stub";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/1";
/// How long a call may take to come on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub const ACCESS_DENIED: &str = "org.freedesktop.DBus.Error.AccessDenied";
pub const FAILED: &str = "org.freedesktop.DBus.Error.Failed";
pub const INVALID_ARGS: &str = "org.freedesktop.DBus.Error.InvalidArgs";
pub const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";
pub const NO_SUCH_OBJECT: &str = "org.freedesktop.Secret.Error.NoSuchObject";
pub const NOT_SUPPORTED: &str = "org.freedesktop.DBus.Error.NotSupported";
const NO_SESSION: &str = "org.freedesktop.Secret.Error.NoSession";

/// A secret as it goes over the bus: session, parameters, value and type of content.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// What happens to the calls of a method.
#[derive(Clone, Copy)]
enum Fault {
    Refused(&'static str),
    /// They are kept without an answer until they are released.
    Held,
}

/// What the user does with a question for the password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum User {
    #[default]
    Unlocks,
    Dismisses,
    IsAway,
}

/// What the user is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Question {
    #[default]
    Unlock,
    MakeCollection,
}

/// What stands in the keyring; it outlives the service.
#[derive(Clone)]
pub struct Item {
    attributes: HashMap<String, String>,
    secret: Secret,
}

#[derive(Default)]
pub struct State {
    pub items: BTreeMap<u32, Item>,
    pub is_locked: bool,
    pub has_no_collection: bool,
    /// Refuses enciphered sessions in such words, and takes plain ones.
    pub cipher_refusal: Option<(&'static str, &'static str)>,
    /// What the question on the screen is about.
    question: Question,
    pub user: User,
    /// The methods that were called.
    pub calls: Vec<String>,
    faults: HashMap<&'static str, Fault>,
    held: Vec<Message>,
    sessions: Vec<String>,
}

/// The service, until it is dropped.
pub struct SecretStub {
    bus: Connection,
    state: Arc<Mutex<State>>,
    arrivals: Receiver<String>,
}

impl SecretStub {
    /// Starts the service with an empty, unlocked keyring.
    pub fn start() -> Self {
        Self::start_with(BTreeMap::new())
    }

    /// Starts the service with what another had.
    pub fn start_with(items: BTreeMap<u32, Item>) -> Self {
        let bus = connection::Builder::session().unwrap().build().unwrap();
        let state = Arc::new(Mutex::new(State { items, ..State::default() }));
        let (arrived, arrivals) = channel();
        let (messages, worker) =
            (MessageIterator::from(&bus), Worker { bus: bus.clone(), state: Arc::clone(&state), arrived });
        thread::spawn(move || messages.map_while(Result::ok).for_each(|message| worker.take(message)));
        bus.request_name(NAME).unwrap();
        Self { bus, state, arrivals }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Refuses all calls of a method from now on.
    pub fn refuse(&self, method: &'static str, error: &'static str) {
        self.state().faults.insert(method, Fault::Refused(error));
    }

    /// Leaves all calls of a method without an answer from now on.
    pub fn hold(&self, method: &'static str) {
        self.state().faults.insert(method, Fault::Held);
    }

    /// Waits for a call of a method.
    pub fn wait_for(&self, method: &str) {
        while self.arrivals.recv_timeout(PATIENCE).expect(method) != method {}
    }

    /// Ends all faults, and answers the calls that were held.
    pub fn release(&self) {
        let held = {
            let mut state = self.state();
            state.faults.clear();
            std::mem::take(&mut state.held)
        };
        let (arrived, _) = channel();
        let worker = Worker { bus: self.bus.clone(), state: Arc::clone(&self.state), arrived };
        for message in held {
            worker.take(message);
        }
    }

    /// Has the user answer the question that stands on the screen.
    pub fn answer_prompt(&self, user: User) {
        complete_prompt(&self.bus, &mut self.state(), user);
    }

    /// Makes a second entry of the same name.
    pub fn double(&self) {
        let mut state = self.state();
        let copy = state.items.values().next().unwrap().clone();
        state.items.insert(1000, copy);
    }

    /// Spoils what was written, so that it can't be deciphered.
    pub fn spoil(&self) {
        self.state().items.values_mut().for_each(|item| item.secret.2.truncate(15));
    }

    /// What stands in the keyring, as it was sent, and the types of content.
    pub fn secrets(&self) -> Vec<(Vec<u8>, String)> {
        self.state().items.values().map(|item| (item.secret.2.clone(), item.secret.3.clone())).collect()
    }

    /// Gives all that stands in the keyring another type of content.
    pub fn retype(&self, content_type: &str) {
        self.state().items.values_mut().for_each(|item| content_type.clone_into(&mut item.secret.3));
    }

    /// Tells all who listen that an entry has changed.
    pub fn tell_of_change(&self) {
        let interface = "org.freedesktop.Secret.Collection";
        self.bus.emit_signal(None::<&str>, COLLECTION, interface, "ItemChanged", &(item_path(1),)).unwrap();
    }

    /// Ends the service at once, and leaves what stands in the keyring.
    pub fn die(self) -> BTreeMap<u32, Item> {
        let items = std::mem::take(&mut self.state().items);
        self.bus.clone().close().unwrap();
        items
    }
}

impl Drop for SecretStub {
    fn drop(&mut self) {
        drop(self.bus.clone().close());
    }
}

struct Worker {
    bus: Connection,
    state: Arc<Mutex<State>>,
    arrived: Sender<String>,
}

impl Worker {
    fn take(&self, message: Message) {
        if message.message_type() != Type::MethodCall {
            return;
        }
        let method = message.header().member().unwrap().to_string();
        let mut state = self.state.lock().unwrap();
        state.calls.push(method.clone());
        let fault = state.faults.get(method.as_str()).copied();
        match fault {
            Some(Fault::Refused(error)) => self.refuse(&message, error),
            Some(Fault::Held) => state.held.push(message),
            None => self.answer(&message, &method, &mut state),
        }
        drop(state);
        drop(self.arrived.send(method));
    }

    fn answer(&self, message: &Message, method: &str, state: &mut State) {
        let body = message.body();
        match method {
            "OpenSession" => {
                let (algorithm, _): (String, OwnedValue) = body.deserialize().unwrap();
                let is_plain = algorithm == "plain";
                if let Some((error, text)) = state.cipher_refusal.filter(|_| !is_plain) {
                    drop(self.bus.reply_error(&message.header(), error, &(text,)));
                    return;
                }
                let session = new_session();
                state.sessions.push(session.to_string());
                let output = if is_plain { Value::from("") } else { Value::from(vec![1_u8]) };
                self.reply(message, &(output, session));
            }
            "SearchItems" => {
                let wanted: HashMap<String, String> = body.deserialize().unwrap();
                let found: Vec<_> = state.matching(&wanted).into_iter().map(item_path).collect();
                let (unlocked, locked) = if state.is_locked { (Vec::new(), found) } else { (found, Vec::new()) };
                self.reply(message, &(unlocked, locked));
            }
            "ReadAlias" => self.reply(message, &path(if state.has_no_collection { "/" } else { COLLECTION })),
            "Unlock" => {
                let prompt = path(if state.is_locked { PROMPT } else { "/" });
                self.reply(message, &(Vec::<OwnedObjectPath>::new(), prompt));
            }
            "Prompt" => {
                self.reply(message, &());
                let user = state.user;
                complete_prompt(&self.bus, state, user);
            }
            "Dismiss" => {
                self.reply(message, &());
                complete_prompt(&self.bus, state, User::Dismisses);
            }
            "Get" => {
                let (_, name): (String, String) = body.deserialize().unwrap();
                let collections = if state.has_no_collection { Vec::new() } else { vec![path(COLLECTION)] };
                let value = if name == "Locked" { Value::from(state.is_locked) } else { Value::from(collections) };
                self.reply(message, &value);
            }
            "CreateCollection" => {
                state.question = Question::MakeCollection;
                self.reply(message, &(path("/"), path(PROMPT)));
            }
            "CreateItem" => self.create(message, state),
            "GetSecret" | "SetSecret" | "Delete" => self.use_item(message, method, state),
            _ => self.refuse(message, "org.freedesktop.DBus.Error.UnknownMethod"),
        }
    }

    fn create(&self, message: &Message, state: &mut State) {
        let body = message.body();
        let (properties, secret, _): (HashMap<String, OwnedValue>, Secret, bool) = body.deserialize().unwrap();
        if state.has_no_collection {
            return self.refuse(message, NO_SUCH_OBJECT);
        }
        let attributes = properties["org.freedesktop.Secret.Item.Attributes"].try_clone().unwrap();
        let attributes: HashMap<String, String> = attributes.try_into().unwrap();
        let number = state.matching(&attributes).first().copied().unwrap_or_else(new_number);
        state.items.insert(number, Item { attributes, secret });
        self.reply(message, &(item_path(number), path("/")));
    }

    fn use_item(&self, message: &Message, method: &str, state: &mut State) {
        let at = message.header().path().unwrap().to_string();
        let number: u32 = at.rsplit('/').next().unwrap().parse().unwrap();
        let body = message.body();
        if !state.items.contains_key(&number) {
            return self.refuse(message, NO_SUCH_OBJECT);
        }
        match method {
            "GetSecret" => {
                let session: OwnedObjectPath = body.deserialize().unwrap();
                if !state.sessions.contains(&session.to_string()) {
                    return self.refuse(message, NO_SESSION);
                }
                let (_, parameters, value, content) = state.items[&number].secret.clone();
                self.reply(message, &((session, parameters, value, content),));
            }
            "SetSecret" => {
                let secret: Secret = body.deserialize().unwrap();
                if !state.sessions.contains(&secret.0.to_string()) {
                    return self.refuse(message, NO_SESSION);
                }
                state.items.get_mut(&number).unwrap().secret = secret;
                self.reply(message, &());
            }
            _ => {
                state.items.remove(&number);
                self.reply(message, &path("/"));
            }
        }
    }

    /// Whoever asked may have gone, and so may the bus.
    fn reply(&self, message: &Message, body: &(impl Serialize + DynamicType)) {
        drop(self.bus.reply(&message.header(), body));
    }

    fn refuse(&self, message: &Message, error: &'static str) {
        drop(self.bus.reply_error(&message.header(), error, &("as the test asked for",)));
    }
}

impl State {
    fn matching(&self, wanted: &HashMap<String, String>) -> Vec<u32> {
        let matches = |item: &Item| wanted.iter().all(|(name, value)| item.attributes.get(name) == Some(value));
        self.items.iter().filter(|(_, item)| matches(item)).map(|(number, _)| *number).collect()
    }
}

fn complete_prompt(bus: &Connection, state: &mut State, user: User) {
    if user == User::IsAway {
        return;
    }
    if std::mem::take(&mut state.question) == Question::MakeCollection {
        state.has_no_collection = user == User::Dismisses;
    } else {
        state.is_locked &= user == User::Dismisses;
    }
    let body = (user == User::Dismisses, Value::from(Vec::<OwnedObjectPath>::new()));
    drop(bus.emit_signal(None::<&str>, PROMPT, "org.freedesktop.Secret.Prompt", "Completed", &body));
}

/// Never the same twice, as if each service of this process were another process.
fn new_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn new_session() -> OwnedObjectPath {
    path(&format!("/org/freedesktop/secrets/session/{}", new_number()))
}

fn item_path(number: u32) -> OwnedObjectPath {
    path(&format!("{COLLECTION}/{number}"))
}

fn path(text: &str) -> OwnedObjectPath {
    text.to_owned().try_into().unwrap()
}
