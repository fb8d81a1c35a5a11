//! Hears what the Secret Service tells by itself: changes, the ends of questions, and its own end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use zbus::MatchRule;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::{OwnedObjectPath, Value};

use super::names::{NAME, PATH};
use crate::services::keys::store_watch::KeyStoreWatch;

/// Meaning of a signal.
pub(super) enum ServiceSignal {
    /// The end of a question: which, and whether it was dismissed.
    Completed(OwnedObjectPath, bool),
    /// A change of the entries, or of their lock.
    Changed,
    /// The program that kept the keys has gone, or given way to another.
    Gone,
}

/// Listens on a thread that sleeps until something is told. It ends with the connection, and ends the connection with
/// the service, so that whoever waits for an answer learns of it; the signals stop coming then.
pub(super) fn listen(
    bus: &Connection,
    daemon: &DBusProxy<'_>,
    news: KeyStoreWatch,
) -> zbus::Result<Receiver<ServiceSignal>> {
    let messages = MessageIterator::from(bus);
    let told = MatchRule::builder().msg_type(Type::Signal).sender(NAME)?.path_namespace(PATH)?;
    let lost = MatchRule::builder().msg_type(Type::Signal).member("NameOwnerChanged")?.arg(0, NAME)?;
    daemon.add_match_rule(told.build())?;
    daemon.add_match_rule(lost.build())?;
    let (sender, signals) = channel();
    let bus = bus.clone();
    let hear = move || {
        hear(messages, &sender, &news);
        drop(bus.close());
        drop(sender);
        news.changed();
    };
    thread::Builder::new().name("key-store-news".to_owned()).spawn(hear)?;
    Ok(signals)
}

fn hear(messages: MessageIterator, signals: &Sender<ServiceSignal>, news: &KeyStoreWatch) {
    for signal in messages.map_while(Result::ok).filter_map(|message| signal(&message)) {
        match signal {
            ServiceSignal::Completed(..) => {}
            ServiceSignal::Changed => news.changed(),
            ServiceSignal::Gone => return,
        }
        drop(signals.send(signal));
    }
}

fn signal(message: &Message) -> Option<ServiceSignal> {
    if message.message_type() != Type::Signal {
        return None;
    }
    let header = message.header();
    let body = message.body();
    match header.member()?.as_str() {
        "Completed" => {
            let (dismissed, _) = body.deserialize::<(bool, Value<'_>)>().ok()?;
            Some(ServiceSignal::Completed(header.path()?.to_owned().into(), dismissed))
        }
        "NameOwnerChanged" => {
            let (name, before, _) = body.deserialize::<(&str, &str, &str)>().ok()?;
            (name == NAME && !before.is_empty()).then_some(ServiceSignal::Gone)
        }
        "ItemCreated" | "ItemChanged" | "ItemDeleted" | "CollectionCreated" | "CollectionChanged"
        | "CollectionDeleted" | "PropertiesChanged" => Some(ServiceSignal::Changed),
        _ => None,
    }
}
