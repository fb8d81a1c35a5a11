//! Facts on a key store beside its answers: that they no longer count, and whose answer is awaited.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// News of a key store, from the thread that talks to it to whoever uses its keys. Clones share what they know.
#[derive(Clone, Default)]
pub struct KeyStoreWatch(Arc<KeyStoreWatchState>);

#[derive(Default)]
struct KeyStoreWatchState {
    edition: AtomicU64,
    has_person_asked: AtomicBool,
    is_wanted: AtomicBool,
    keeper: Mutex<Option<String>>,
    changed: Notify,
}

impl KeyStoreWatch {
    /// The number of the answers that count now; answers of an earlier one have to be asked for again.
    pub(super) fn generation(&self) -> u64 {
        self.0.edition.load(Ordering::SeqCst)
    }

    /// Has the store asked again, the next time that a key is needed.
    pub(super) fn invalidate(&self) {
        self.0.edition.fetch_add(1, Ordering::SeqCst);
    }

    /// As [`Self::invalidate`]; and until the store tells of a change, it may put a question for what it told before.
    /// One that was declined isn't put again.
    pub(super) fn allow_prompt(&self) {
        self.0.is_wanted.store(true, Ordering::SeqCst);
        self.invalidate();
    }

    /// True where the store may put a question for answers that it gave before.
    pub(super) fn is_prompt_allowed(&self) -> bool {
        self.0.is_wanted.load(Ordering::SeqCst)
    }

    /// As [`Self::allow_prompt`]; and a question that was declined may be put to the person once more.
    pub(super) fn allow_declined_prompt(&self) {
        self.0.has_person_asked.store(true, Ordering::SeqCst);
        self.allow_prompt();
    }

    /// True where a person has asked since the last call of this.
    pub(super) fn take_person_request(&self) -> bool {
        self.0.has_person_asked.swap(false, Ordering::SeqCst)
    }

    /// Notes that the keys in the store have changed, or may have.
    pub(super) fn changed(&self) {
        self.0.is_wanted.store(false, Ordering::SeqCst);
        self.invalidate();
        self.0.changed.notify_one();
    }

    /// An answer came after its caller had given up; it is remembered.
    pub(super) fn answered_late(&self) {
        self.0.changed.notify_one();
    }

    /// Waits until the store is to be asked again. One caller at a time hears of each change.
    pub(super) async fn next(&self) {
        self.0.changed.notified().await;
    }

    /// Notes the name of the program that keeps the keys, as people know it.
    pub(super) fn kept_by(&self, keeper: Option<String>) {
        *self.0.keeper.lock().unwrap_or_else(PoisonError::into_inner) = keeper;
    }

    /// The name of the program that keeps the keys; `None` as long as it is not known.
    pub(super) fn keeper(&self) -> Option<String> {
        self.0.keeper.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
