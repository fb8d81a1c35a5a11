//! Notices of the key store and the sinks, which come without being asked for.

use std::time::Duration;

use tokio::sync::mpsc;

use super::tasks::TaskOutcome;
use crate::monitor::input::Input;
use crate::services::keys::Keys;
use crate::services::sinks::Notifier;

/// Time within which the key store's notices are taken as one.
const KEY_STORE_DEBOUNCE: Duration = Duration::from_millis(200);
/// Time after which a change of the key store can be read for certain.
const KEY_STORE_SETTLE_TIME: Duration = Duration::from_secs(2);

/// Delivers the changes of the key store.
pub(super) fn follow_key_store(keys: Keys, mailbox: mpsc::Sender<TaskOutcome>) {
    tokio::spawn(async move {
        loop {
            keys.changed().await;
            // One change gives many notices, some of them before it can be read.
            for wait in [KEY_STORE_DEBOUNCE, KEY_STORE_SETTLE_TIME] {
                tokio::time::sleep(wait).await;
                keys.invalidate();
                if mailbox.send(Input::KeyStoreChanged.into()).await.is_err() {
                    return;
                }
            }
        }
    });
}

/// Delivers the state of a sink whenever it changes.
pub(super) fn follow_sinks(notifier: Notifier, mailbox: mpsc::Sender<TaskOutcome>) {
    tokio::spawn(async move {
        loop {
            let (sink, error) = notifier.changed().await;
            if mailbox.send(Input::SinkReported(sink, error).into()).await.is_err() {
                return;
            }
        }
    });
}
