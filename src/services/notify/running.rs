//! The queues and tasks of the sinks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use super::Shared;
use super::message::Dispatch;
use super::queue::{LENGTH_MAX, Queue};
use super::webhook::{Client, Failure};
use crate::domain::sink::SinkName;
use crate::services::history::HistoryError;
use crate::services::history::deliveries::{Claim, Delivery};
use crate::wording::sinks;

/// The name of its queue in the history.
const WEBHOOK: &str = SinkName::Webhook.as_str();

/// Programs that run at the same time.
const PROGRAMS_MAX: usize = 4;
/// The queue on the disk is looked at this often while something waits in it: the clock may have jumped.
const LOOK: SignedDuration = SignedDuration::from_mins(1);
/// And this often while nothing does: another process may have ended and left something behind.
const IDLE: SignedDuration = SignedDuration::from_mins(15);

/// The queues in memory, and the tasks that read them.
pub(super) struct Running {
    queues: Vec<(SinkName, Arc<Queue<Dispatch>>)>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Sends what stands in the queue on the disk, and never ends by itself.
    sender: Option<JoinHandle<()>>,
    /// Held while something is sent from there.
    sending: Arc<AsyncMutex<()>>,
}

impl Running {
    /// Starts a task for each sink. Must be called in a runtime.
    pub(super) fn start(shared: &Arc<Shared>) -> Self {
        let (mut queues, mut tasks, mut sender) = (Vec::new(), Vec::new(), None);
        let sending = Arc::<AsyncMutex<()>>::default();
        let mut queue = |sink| {
            let queue = Arc::new(Queue::default());
            queues.push((sink, Arc::clone(&queue)));
            queue
        };
        if shared.desktop.is_some() {
            tasks.push(tokio::spawn(show_all(Arc::clone(shared), queue(SinkName::Desktop))));
        }
        if shared.program.is_some() {
            tasks.push(tokio::spawn(run_all(Arc::clone(shared), queue(SinkName::Command))));
        }
        if shared.webhook.is_some() {
            let news = Arc::new(Notify::new());
            tasks.push(tokio::spawn(enqueue_all(Arc::clone(shared), queue(SinkName::Webhook), Arc::clone(&news))));
            sender = Some(tokio::spawn(send_all(Arc::clone(shared), news, Arc::clone(&sending))));
        }
        Self { queues, tasks: Mutex::new(tasks), sender, sending }
    }

    /// Puts a notification into each queue.
    pub(super) fn take(&self, notification: &Dispatch) {
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

async fn show_all(shared: Arc<Shared>, queue: Arc<Queue<Dispatch>>) {
    let Some(desktop) = &shared.desktop else { return };
    while let Some(notification) = queue.pop().await {
        let outcome = desktop.show(&notification).await;
        shared.report(SinkName::Desktop, outcome.err());
    }
}

/// Starts the programs in order, and lets a few run at the same time.
async fn run_all(shared: Arc<Shared>, queue: Arc<Queue<Dispatch>>) {
    let places = Arc::new(Semaphore::new(PROGRAMS_MAX));
    let mut programs = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Some(notification) = queue.pop().await else { break };
        let shared = Arc::clone(&shared);
        programs.spawn(async move {
            if let Some(program) = &shared.program {
                let outcome = program.run(&notification).await;
                shared.report(SinkName::Command, outcome.err());
            }
            drop(place);
        });
        while programs.try_join_next().is_some() {}
    }
    while programs.join_next().await.is_some() {}
}

/// Puts on the disk what the webhook is to get. Where that fails, it is sent once without.
async fn enqueue_all(shared: Arc<Shared>, queue: Arc<Queue<Dispatch>>, news: Arc<Notify>) {
    let Some(client) = &shared.webhook else { return };
    while let Some(notification) = queue.pop().await {
        let (body, now) = (client.body(&notification), shared.clock.now().wall);
        match shared.history.enqueue(WEBHOOK, body.clone(), now).await {
            Ok(dropped) => {
                if dropped > 0 {
                    tracing::warn!(dropped, "too many notifications wait for the webhook: the oldest were dropped");
                }
                news.notify_one();
            }
            Err(error) => {
                tracing::warn!(%error, "a notification could not be put on the disk, and is sent only once");
                let outcome = client.send(body, now).await;
                shared.report(SinkName::Webhook, outcome.as_ref().err().map(|failure| failure.why.clone()));
            }
        }
    }
}

/// Sends what stands on the disk, the oldest first, and waits for more.
async fn send_all(shared: Arc<Shared>, news: Arc<Notify>, sending: Arc<AsyncMutex<()>>) {
    let Some(client) = &shared.webhook else { return };
    let mut random = fastrand::Rng::new();
    loop {
        let busy = sending.lock().await;
        let now = shared.clock.now().wall;
        let wait = match shared.history.claim(WEBHOOK, now).await {
            Ok(Claim::Delivery(delivery)) => {
                if let Err(error) = attempt(&shared, client, delivery, &mut random).await {
                    tracing::warn!(%error, "the queue of the webhook can't be kept up to date");
                }
                continue;
            }
            Ok(Claim::NotBefore(due)) => due.duration_since(now).clamp(SignedDuration::ZERO, LOOK),
            Ok(Claim::Nothing) => IDLE,
            Err(error) => {
                tracing::debug!(%error, "the queue of the webhook can't be read");
                LOOK
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
async fn attempt(
    shared: &Shared,
    client: &Client,
    delivery: Delivery,
    random: &mut fastrand::Rng,
) -> Result<(), HistoryError> {
    let outcome = client.send(delivery.body.clone(), shared.clock.now().wall).await;
    shared.report(SinkName::Webhook, outcome.as_ref().err().map(|failure| failure.why.clone()));
    match outcome {
        Ok(_) => shared.history.settle(delivery).await,
        Err(Failure { why, is_final: true, .. }) => {
            tracing::warn!("a notification was given up: {}", sinks::failure(&why));
            shared.history.settle(delivery).await
        }
        Err(Failure { retry_after, .. }) => {
            let wait = client.wait(delivery.attempts, retry_after, random);
            let due = shared.clock.now().wall.saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
            shared.history.postpone(delivery, due).await
        }
    }
}
