//! Permit of a change: one that its caller no longer waits for is not begun, and none beside another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Stages of a change: open, then one of the other two, for good.
const OPEN: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Permit to change something, as long as the caller waits for it.
pub struct ChangePermit {
    stage: Arc<AtomicU8>,
    changing: Arc<AtomicBool>,
}

/// Guard of a change under way, which ends with it.
pub struct ChangeGuard<'a>(&'a ChangePermit);

impl ChangePermit {
    /// Permit for a change, none of which begins while one of `changing` is under way, with the right to withdraw it.
    pub fn new(changing: Arc<AtomicBool>) -> (Self, Withdrawal) {
        let stage = Arc::default();
        (Self { stage: Arc::clone(&stage), changing }, Withdrawal(stage))
    }

    /// Begins the change. Nothing where the caller has given up, or an earlier change is still under way.
    pub fn begin(&self) -> Option<ChangeGuard<'_>> {
        if self.changing.swap(true, Ordering::SeqCst) {
            return None;
        }
        let begun = ChangeGuard(self);
        let is_first = self.stage.compare_exchange(OPEN, BEGUN, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        is_first.then_some(begun)
    }
}

impl Drop for ChangeGuard<'_> {
    fn drop(&mut self) {
        self.0.changing.store(false, Ordering::SeqCst);
    }
}

/// Right of the caller to withdraw a change that has not begun, which it does when it gives up waiting.
pub struct Withdrawal(Arc<AtomicU8>);

impl Withdrawal {
    /// Withdraws the change; true where that was in time.
    pub fn withdraw(&self) -> bool {
        self.0.compare_exchange(OPEN, WITHDRAWN, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Drop for Withdrawal {
    fn drop(&mut self) {
        self.withdraw();
    }
}
