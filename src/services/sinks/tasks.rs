//! The queues and tasks of the sinks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use super::NotifierState;
use super::message::RenderedNotification;
use super::queue::{LENGTH_MAX, SinkQueue};
use super::webhook::{WebhookError, WebhookSink};
use crate::domain::sink::SinkKind;
use crate::services::history::HistoryError;
use crate::services::history::outbox::{OutboxDelivery, OutboxLease};
use crate::wording::sink_errors;

/// The name of its queue in the history.
const WEBHOOK: &str = SinkKind::Webhook.as_str();

/// Programs that run at the same time.
const PROGRAMS_MAX: usize = 4;
/// The queue on the disk is looked at this often while something waits in it: the clock may have jumped.
const OUTBOX_POLL_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// And this often while nothing does: another process may have ended and left something behind.
const OUTBOX_IDLE_INTERVAL: SignedDuration = SignedDuration::from_mins(15);

/// The queues in memory, and the tasks that read them.
pub(super) struct SinkTasks {
    queues: Vec<(SinkKind, Arc<SinkQueue<RenderedNotification>>)>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Sends what stands in the queue on the disk, and never ends by itself.
    sender: Option<JoinHandle<()>>,
    /// Held while something is sent from there.
    sending: Arc<AsyncMutex<()>>,
}

impl SinkTasks {
    /// Starts a task for each sink. Must be called in a runtime.
    pub(super) fn start(shared: &Arc<NotifierState>) -> Self {
        let (mut queues, mut tasks, mut sender) = (Vec::new(), Vec::new(), None);
        let sending = Arc::<AsyncMutex<()>>::default();
        let mut queue = |sink| {
            let queue = Arc::new(SinkQueue::default());
            queues.push((sink, Arc::clone(&queue)));
            queue
        };
        if shared.desktop.is_some() {
            tasks.push(tokio::spawn(show_all(Arc::clone(shared), queue(SinkKind::Desktop))));
        }
        if shared.program.is_some() {
            tasks.push(tokio::spawn(run_all(Arc::clone(shared), queue(SinkKind::Command))));
        }
        if shared.webhook.is_some() {
            let news = Arc::new(Notify::new());
            tasks.push(tokio::spawn(enqueue_all(Arc::clone(shared), queue(SinkKind::Webhook), Arc::clone(&news))));
            sender = Some(tokio::spawn(drain_outbox(Arc::clone(shared), news, Arc::clone(&sending))));
        }
        Self { queues, tasks: Mutex::new(tasks), sender, sending }
    }

    /// Puts a notification into each queue.
    pub(super) fn take(&self, notification: &RenderedNotification) {
        for (sink, queue) in &self.queues {
            if queue.push(notification.clone()) {
                tracing::warn!(%sink, "more than {LENGTH_MAX} notifications wait: the oldest was dropped");
            }
        }
    }

    /// Closes the queues, and waits until they are empty and what is under way is done, no longer than `limit`.
    pub(super) async fn finish(&self, limit: Duration) -> bool {
        for (_, queue) in &self.queues {
            queue.close();
        }
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let aborts: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
        let all = async {
            for task in tasks {
                // A task that panicked has ended too, and the log tells of it.
                drop(task.await);
            }
            // Whoever got a notification is not to get it again because that was not noted.
            self.sending.lock().await
        };
        let idle = tokio::time::timeout(limit, all).await;
        aborts.iter().chain(&self.sender.as_ref().map(JoinHandle::abort_handle)).for_each(AbortHandle::abort);
        idle.is_ok()
    }
}

async fn show_all(shared: Arc<NotifierState>, queue: Arc<SinkQueue<RenderedNotification>>) {
    let Some(desktop) = &shared.desktop else { return };
    while let Some(notification) = queue.pop().await {
        let outcome = desktop.show(&notification).await;
        shared.report(SinkKind::Desktop, outcome.err());
    }
}

/// Starts the programs in order, and lets a few run at the same time.
async fn run_all(shared: Arc<NotifierState>, queue: Arc<SinkQueue<RenderedNotification>>) {
    let places = Arc::new(Semaphore::new(PROGRAMS_MAX));
    let mut programs = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Some(notification) = queue.pop().await else { break };
        let shared = Arc::clone(&shared);
        programs.spawn(async move {
            if let Some(program) = &shared.program {
                let outcome = program.run(&notification).await;
                shared.report(SinkKind::Command, outcome.err());
            }
            drop(place);
        });
        while programs.try_join_next().is_some() {}
    }
    while programs.join_next().await.is_some() {}
}

/// Puts on the disk what the webhook is to get. Where that fails, it is sent once without.
async fn enqueue_all(shared: Arc<NotifierState>, queue: Arc<SinkQueue<RenderedNotification>>, news: Arc<Notify>) {
    let Some(client) = &shared.webhook else { return };
    while let Some(notification) = queue.pop().await {
        let (body, now) = (client.body(&notification), shared.clock.now().wall);
        match shared
            .history
            .run({
                let body = body.clone();
                move |store| store.enqueue(WEBHOOK, &body, now)
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
                let outcome = client.send(body, now).await;
                shared.report(SinkKind::Webhook, outcome.as_ref().err().map(|failure| failure.why.clone()));
            }
        }
    }
}

/// Sends what stands on the disk, the oldest first, and waits for more.
async fn drain_outbox(shared: Arc<NotifierState>, news: Arc<Notify>, sending: Arc<AsyncMutex<()>>) {
    let Some(client) = &shared.webhook else { return };
    let mut random = fastrand::Rng::new();
    loop {
        let busy = sending.lock().await;
        let now = shared.clock.now().wall;
        let wait = match shared.history.lease(WEBHOOK, now).await {
            Ok(OutboxLease::Leased(delivery)) => {
                if let Err(error) = deliver(&shared, client, delivery, &mut random).await {
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

/// Tries a claimed delivery once.
async fn deliver(
    shared: &NotifierState,
    client: &WebhookSink,
    delivery: OutboxDelivery,
    random: &mut fastrand::Rng,
) -> Result<(), HistoryError> {
    let outcome = client.send(delivery.body.clone(), shared.clock.now().wall).await;
    shared.report(SinkKind::Webhook, outcome.as_ref().err().map(|failure| failure.why.clone()));
    match outcome {
        Ok(_) => shared.history.run(move |store| store.ack(&delivery)).await,
        Err(WebhookError { why, is_final: true, .. }) => {
            tracing::warn!("a notification was given up: {}", sink_errors::sentence(&why));
            shared.history.run(move |store| store.ack(&delivery)).await
        }
        Err(WebhookError { retry_after, .. }) => {
            let wait = client.retry_delay(delivery.attempts, retry_after, random);
            let due = shared.clock.now().wall.saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
            shared.history.run(move |store| store.postpone(&delivery, due)).await
        }
    }
}
