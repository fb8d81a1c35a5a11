//! What waits for a sink.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// More than this never wait for a sink.
pub(super) const LENGTH_MAX: usize = 100;

/// A queue with an end for one reader. Nobody waits to put something in: where it is full, the oldest goes.
#[derive(Debug)]
pub(super) struct SinkQueue<T> {
    state: Mutex<SinkQueueState<T>>,
    changed: Notify,
}

#[derive(Debug)]
struct SinkQueueState<T> {
    items: VecDeque<T>,
    is_closed: bool,
}

impl<T> Default for SinkQueue<T> {
    fn default() -> Self {
        Self { state: Mutex::new(SinkQueueState { items: VecDeque::new(), is_closed: false }), changed: Notify::new() }
    }
}

impl<T> SinkQueue<T> {
    /// Puts something in, and tells whether the oldest had to go for it. A closed queue takes nothing.
    pub(super) fn push(&self, item: T) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return false;
        }
        let is_full = state.items.len() == LENGTH_MAX;
        if is_full {
            state.items.pop_front();
        }
        state.items.push_back(item);
        self.changed.notify_one();
        is_full
    }

    /// Waits for the oldest; `None` once the queue is closed and empty.
    pub(super) async fn pop(&self) -> Option<T> {
        loop {
            {
                let mut state = self.lock();
                if let Some(item) = state.items.pop_front() {
                    return Some(item);
                }
                if state.is_closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    /// Takes nothing more; what is in stays.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, SinkQueueState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_full_queue_loses_the_oldest_and_says_so() {
        let queue = SinkQueue::default();
        let lost: Vec<_> = (0..LENGTH_MAX + 2).filter(|number| queue.push(*number)).collect();
        assert_eq!(lost, [LENGTH_MAX, LENGTH_MAX + 1]);
        assert_eq!(queue.pop().now_or_never(), Some(Some(2)));
    }

    #[tokio::test]
    async fn the_reader_is_woken_and_a_closed_queue_is_read_to_its_end() {
        let queue = SinkQueue::default();
        let (read, ()) = tokio::join!(queue.pop(), async { assert!(!queue.push(1)) });
        assert_eq!(read, Some(1));
        queue.push(2);
        queue.close();
        assert!(!queue.push(3));
        assert_eq!([queue.pop().await, queue.pop().await, queue.pop().await], [Some(2), None, None]);
        let other = SinkQueue::<()>::default();
        assert_eq!(tokio::join!(other.pop(), async { other.close() }).0, None);
    }
}
