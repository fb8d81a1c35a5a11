//! The queues and tasks of the sinks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use super::configured::ConfiguredSinks;
use super::message::RenderedNotification;
use super::webhook::{WebhookError, WebhookSink};
use crate::domain::sink::SinkKind;
use crate::services::history::HistoryError;
use crate::services::history::outbox::{OutboxDelivery, OutboxLease};
use crate::wording::sink_errors;

/// Notifications that may wait for a sink; the oldest goes for more.
const QUEUE_LENGTH: usize = 128;
/// Programs that run at the same time.
const PROGRAMS_MAX: usize = 4;
/// The queue on the disk is looked at this often while something waits in it: the clock may have jumped.
const OUTBOX_POLL_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// And this often while nothing does: another process may have ended and left something behind.
const OUTBOX_IDLE_INTERVAL: SignedDuration = SignedDuration::from_mins(15);

/// The queues in memory, and the tasks that read them.
pub(super) struct SinkTasks {
    /// The way into all queues; `None` once they are closed.
    queues: Mutex<Option<Sender<RenderedNotification>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Sends what stands in the queue on the disk, and never ends by itself.
    outbox: Option<AbortHandle>,
    /// Held while something is sent from there.
    sending: Arc<AsyncMutex<()>>,
}

impl SinkTasks {
    /// Starts a task for each sink. Must be called in a runtime.
    pub(super) fn start(sinks: &Arc<ConfiguredSinks>) -> Self {
        let (queues, _) = broadcast::channel(QUEUE_LENGTH);
        let (mut tasks, mut outbox) = (Vec::new(), None);
        let sending = Arc::<AsyncMutex<()>>::default();
        if sinks.desktop.is_some() {
            tasks.push(tokio::spawn(show_all(Arc::clone(sinks), queues.subscribe())));
        }
        if sinks.command.is_some() {
            tasks.push(tokio::spawn(run_all(Arc::clone(sinks), queues.subscribe())));
        }
        if sinks.webhook.is_some() {
            let news = Arc::new(Notify::new());
            tasks.push(tokio::spawn(enqueue_all(Arc::clone(sinks), queues.subscribe(), Arc::clone(&news))));
            outbox = Some(tokio::spawn(drain_outbox(Arc::clone(sinks), news, Arc::clone(&sending))).abort_handle());
        }
        Self { queues: Mutex::new(Some(queues)), tasks: Mutex::new(tasks), outbox, sending }
    }

    /// Puts a notification into each queue; closed ones take nothing.
    pub(super) fn take(&self, notification: RenderedNotification) {
        if let Some(queues) = &*self.queues.lock().unwrap_or_else(PoisonError::into_inner) {
            // Where no task reads, nobody is to be told.
            let _ = queues.send(notification);
        }
    }

    /// Closes the queues, and waits until they are empty and what is under way is done, no longer than `limit`.
    pub(super) async fn finish(&self, limit: Duration) -> bool {
        drop(self.queues.lock().unwrap_or_else(PoisonError::into_inner).take());
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let aborts: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).chain(self.outbox.clone()).collect();
        let all = async {
            for task in tasks {
                // A task that panicked has ended too, and the log tells of it.
                drop(task.await);
            }
            // Whoever got a notification is not to get it again because that was not noted.
            self.sending.lock().await
        };
        let idle = tokio::time::timeout(limit, all).await;
        aborts.iter().for_each(AbortHandle::abort);
        idle.is_ok()
    }
}

/// Waits for the oldest notification of a queue; `None` once the queue is closed and empty.
async fn next<T: Clone>(queue: &mut Receiver<T>, sink: SinkKind) -> Option<T> {
    loop {
        match queue.recv().await {
            Ok(notification) => return Some(notification),
            Err(RecvError::Closed) => return None,
            Err(RecvError::Lagged(dropped)) => {
                tracing::warn!(%sink, dropped, "more than {QUEUE_LENGTH} notifications wait: the oldest were dropped");
            }
        }
    }
}

async fn show_all(sinks: Arc<ConfiguredSinks>, mut queue: Receiver<RenderedNotification>) {
    let Some(desktop) = &sinks.desktop else { return };
    while let Some(notification) = next(&mut queue, SinkKind::Desktop).await {
        sinks.health.report(SinkKind::Desktop, desktop.show(&notification).await.err());
    }
}

/// Starts the programs in order, and lets a few run at the same time.
async fn run_all(sinks: Arc<ConfiguredSinks>, mut queue: Receiver<RenderedNotification>) {
    let places = Arc::new(Semaphore::new(PROGRAMS_MAX));
    let mut programs = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Some(notification) = next(&mut queue, SinkKind::Command).await else { break };
        let sinks = Arc::clone(&sinks);
        programs.spawn(async move {
            if let Some(command) = &sinks.command {
                sinks.health.report(SinkKind::Command, command.run(&notification).await.err());
            }
            drop(place);
        });
        while programs.try_join_next().is_some() {}
    }
    while programs.join_next().await.is_some() {}
}

/// Puts on the disk what the webhook is to get. Where that fails, it is sent once without.
async fn enqueue_all(sinks: Arc<ConfiguredSinks>, mut queue: Receiver<RenderedNotification>, news: Arc<Notify>) {
    let Some(webhook) = &sinks.webhook else { return };
    while let Some(notification) = next(&mut queue, SinkKind::Webhook).await {
        let (body, now) = (webhook.body(&notification), sinks.clock.now().wall);
        match sinks
            .history
            .run({
                let body = body.clone();
                move |store| store.enqueue(SinkKind::Webhook.as_str(), &body, now)
            })
            .await
        {
            Ok(dropped) => {
                if dropped > 0 {
                    tracing::warn!(dropped, "too many notifications wait for the webhook: the oldest were dropped");
                }
                news.notify_one();
            }
            Err(error) => {
                tracing::warn!(%error, "a notification could not be put on the disk, and is sent only once");
                let outcome = webhook.send(body, now).await;
                sinks.health.report(SinkKind::Webhook, outcome.err().map(|error| error.why));
            }
        }
    }
}

/// Sends what stands on the disk, the oldest first, and waits for more.
async fn drain_outbox(sinks: Arc<ConfiguredSinks>, news: Arc<Notify>, sending: Arc<AsyncMutex<()>>) {
    let Some(webhook) = &sinks.webhook else { return };
    let mut random = fastrand::Rng::new();
    loop {
        let busy = sending.lock().await;
        let now = sinks.clock.now().wall;
        let wait = match sinks.history.lease(SinkKind::Webhook.as_str(), now).await {
            Ok(OutboxLease::Leased(delivery)) => {
                if let Err(error) = deliver(&sinks, webhook, delivery, &mut random).await {
                    tracing::warn!(%error, "the queue of the webhook can't be kept up to date");
                }
                continue;
            }
            Ok(OutboxLease::NotBefore(due)) => {
                due.duration_since(now).clamp(SignedDuration::ZERO, OUTBOX_POLL_INTERVAL)
            }
            Ok(OutboxLease::Empty) => OUTBOX_IDLE_INTERVAL,
            Err(error) => {
                tracing::debug!(%error, "the queue of the webhook can't be read");
                OUTBOX_POLL_INTERVAL
            }
        };
        drop(busy);
        tokio::select! {
            () = news.notified() => {}
            () = tokio::time::sleep(wait.unsigned_abs()) => {}
        }
    }
}

/// Tries a leased delivery once.
async fn deliver(
    sinks: &ConfiguredSinks,
    webhook: &WebhookSink,
    delivery: OutboxDelivery,
    random: &mut fastrand::Rng,
) -> Result<(), HistoryError> {
    let outcome = webhook.send(delivery.body.clone(), sinks.clock.now().wall).await;
    sinks.health.report(SinkKind::Webhook, outcome.as_ref().err().map(|error| error.why.clone()));
    match outcome {
        Ok(_) => sinks.history.run(move |store| store.ack(&delivery)).await,
        Err(WebhookError { why, is_final: true, .. }) => {
            tracing::warn!("a notification was given up: {}", sink_errors::sentence(&why));
            sinks.history.run(move |store| store.ack(&delivery)).await
        }
        Err(WebhookError { retry_after, .. }) => {
            let wait = webhook.retry_delay(delivery.attempts, retry_after, random);
            let due = sinks.clock.now().wall.saturating_add(wait).unwrap_or(Timestamp::MAX);
            sinks.history.run(move |store| store.postpone(&delivery, due)).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_full_queue_loses_the_oldest() {
        let (queues, mut queue) = broadcast::channel(QUEUE_LENGTH);
        for number in 0..QUEUE_LENGTH + 2 {
            queues.send(number).unwrap();
        }
        assert_eq!(next(&mut queue, SinkKind::Desktop).now_or_never(), Some(Some(2)));
    }

    #[tokio::test]
    async fn the_reader_is_woken_and_a_closed_queue_is_read_to_its_end() {
        let (queues, mut queue) = broadcast::channel(QUEUE_LENGTH);
        let (read, _) = tokio::join!(next(&mut queue, SinkKind::Desktop), async { queues.send(1) });
        assert_eq!(read, Some(1));
        queues.send(2).unwrap();
        drop(queues);
        let sink = SinkKind::Desktop;
        assert_eq!([next(&mut queue, sink).await, next(&mut queue, sink).await], [Some(2), None]);
        let (others, mut other) = broadcast::channel::<()>(QUEUE_LENGTH);
        assert_eq!(tokio::join!(next(&mut other, sink), async { drop(others) }).0, None);
    }
}
