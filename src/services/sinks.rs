//! Where notifications go: to terminals, desktops, web servers and programs, as far as the operator asked for it.
//!
//! A notification is handed over and forgotten: each sink has a queue of its own, and what hangs or fails there holds
//! up nothing else. What a webhook is to get stands on the disk until it was taken.

mod command;
mod desktop;
mod message;
mod queue;
mod tasks;
mod terminal;
mod webhook;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use self::command::CommandSink;
use self::desktop::DesktopSink;
use self::message::RenderedNotification;
use self::tasks::SinkTasks;
use self::webhook::WebhookSink;
use super::clock::Clock;
use super::history::History;
use crate::domain::alert::{Condition, Notification};
use crate::domain::sink::{SinkError, SinkKind, SinkSettings};
use crate::services::private_file::PrivateFiles;
use crate::wording::sink_errors;

pub use self::command::ordinary_variables;
pub use self::terminal::{BELL, sequence};

/// What a notifier is made from.
#[derive(Debug)]
pub struct NotifierOptions {
    /// Which sinks there are.
    pub sinks: SinkSettings,
    /// Where the queue of the webhook is kept.
    pub history: History,
    /// What time it is.
    pub clock: Clock,
    /// In which times are told.
    pub zone: TimeZone,
    /// The variables that the program of the command sees: [`ordinary_variables`].
    pub variables: Vec<(OsString, OsString)>,
    /// The rule for the file with the address of the webhook.
    pub private_files: PrivateFiles,
    /// How long sinks may take.
    pub limits: SinkLimits,
}

/// How long a sink may take with one notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkLimits {
    /// The service that shows notifications on the desktop.
    pub desktop: Duration,
    /// The web server, from the look-up of its name to its answer.
    pub webhook: Duration,
    /// The program, until it is killed.
    pub command: Duration,
    /// The longest wait before the web server is tried again, unless it asks for more.
    pub retry: Duration,
}

impl Default for SinkLimits {
    fn default() -> Self {
        Self {
            desktop: Duration::from_secs(5),
            webhook: Duration::from_secs(10),
            command: Duration::from_secs(30),
            retry: Duration::from_mins(15),
        }
    }
}

/// The sinks that the operator asked for; none by default. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notifier {
    shared: Option<Arc<NotifierState>>,
}

impl fmt::Debug for Notifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks = self.shared.as_ref().map(|shared| &shared.sinks);
        formatter.debug_struct("Notifier").field("sinks", &sinks).finish_non_exhaustive()
    }
}

struct NotifierState {
    sinks: SinkSettings,
    history: History,
    clock: Clock,
    zone: TimeZone,
    desktop: Option<DesktopSink>,
    webhook: Option<WebhookSink>,
    program: Option<CommandSink>,
    tasks: OnceLock<SinkTasks>,
    statuses: Mutex<BTreeMap<SinkKind, SinkStatus>>,
    /// Told when a sink fares another way.
    changed: Notify,
}

/// How a sink fares.
#[derive(Debug)]
struct SinkStatus {
    /// Why it takes nothing; `None` while it does.
    failure: Option<SinkError>,
    /// Whether nobody asked since it fares so.
    is_news: bool,
}

impl Notifier {
    /// A notifier for these sinks. Nothing is opened or sent yet.
    #[must_use]
    pub fn new(options: NotifierOptions) -> Self {
        let NotifierOptions { sinks, history, clock, zone, variables, private_files, limits } = options;
        let shared = NotifierState {
            desktop: sinks.desktop.then(|| DesktopSink::new(limits.desktop)),
            webhook: sinks.webhook.clone().map(|webhook| WebhookSink::new(webhook, &limits, private_files)),
            program: sinks.command.clone().map(|command| CommandSink::new(command, variables, limits.command)),
            sinks,
            history,
            clock,
            zone,
            tasks: OnceLock::new(),
            statuses: Mutex::default(),
            changed: Notify::new(),
        };
        Self { shared: Some(Arc::new(shared)) }
    }

    /// Begins to send what an earlier run left in the queue of the webhook. To be called in a runtime, by a program
    /// that stays; [`notify`](Self::notify) does the same.
    pub fn resume(&self) {
        if let Some(shared) = &self.shared {
            tasks(shared);
        }
    }

    /// Hands a notification to every sink but the terminal, and returns at once: a sink that hangs or fails harms
    /// nothing.
    pub fn notify(&self, notification: &Notification) {
        let zone = self.shared.as_ref().map_or(TimeZone::UTC, |shared| shared.zone.clone());
        let dispatch = RenderedNotification::new(notification, &zone);
        tracing::info!(
            environment = notification.environment.as_ref().map(|environment| environment.name.as_str()),
            condition = dispatch.condition.map(Condition::as_str),
            occasion = dispatch.occasion.as_str(),
            "{}",
            dispatch.text
        );
        let Some(shared) = self.shared.as_ref().filter(|shared| shared.sinks.admits(notification)) else { return };
        if let Some(running) = tasks(shared) {
            running.take(&dispatch);
        }
    }

    /// What the terminal of a dashboard is to be told by: bytes that change nothing of its picture. Empty where there is
    /// nothing to tell.
    #[must_use]
    pub fn announcement(&self, notification: &Notification) -> Vec<u8> {
        let Some(shared) = self.shared.as_ref().filter(|shared| shared.sinks.admits(notification)) else {
            return Vec::new();
        };
        let mut bytes = shared.sinks.terminal.map_or_else(Vec::new, |form| sequence(form, notification, &shared.zone));
        if shared.sinks.bell {
            bytes.extend_from_slice(BELL);
        }
        bytes
    }

    /// A sink that takes nothing now, and why.
    #[must_use]
    pub fn failing_sink(&self) -> Option<(SinkKind, SinkError)> {
        let fares = self.shared.as_ref()?.statuses();
        fares.iter().find_map(|(sink, fare)| Some((*sink, fare.failure.clone()?)))
    }

    /// Waits until a sink fares another way than was told here before, and tells how: why it takes nothing, or `None` once
    /// it does. The first outcome of each sink counts too.
    pub async fn changed(&self) -> (SinkKind, Option<SinkError>) {
        let Some(shared) = &self.shared else { return std::future::pending().await };
        loop {
            let changed = shared.changed.notified();
            let news = shared
                .statuses()
                .iter_mut()
                .find_map(|(sink, fare)| std::mem::take(&mut fare.is_news).then(|| (*sink, fare.failure.clone())));
            if let Some(news) = news {
                return news;
            }
            changed.await;
        }
    }

    /// Takes nothing more, and waits for what is under way no longer than `limit`; tells whether that was enough. What
    /// stands in the queue of the webhook is sent by the next run.
    pub async fn finish(&self, limit: Duration) -> bool {
        let running = self.shared.as_ref().and_then(|shared| shared.tasks.get());
        let Some(running) = running else { return true };
        running.finish(limit).await
    }

    /// Shows a notification on the desktop now; `None` where that was not asked for.
    ///
    /// # Errors
    /// When it was not shown.
    pub async fn try_desktop(&self, notification: &Notification) -> Option<Result<(), SinkError>> {
        let shared = self.shared.as_ref()?;
        let desktop = shared.desktop.as_ref()?;
        Some(desktop.show(&RenderedNotification::new(notification, &shared.zone)).await)
    }

    /// Sends a notification to the webhook now, past the queue, and tells who took it; `None` where there is no webhook.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn try_webhook(&self, notification: &Notification) -> Option<Result<String, SinkError>> {
        let shared = self.shared.as_ref()?;
        let webhook = shared.webhook.as_ref()?;
        let body = webhook.body(&RenderedNotification::new(notification, &shared.zone));
        let outcome = webhook.send(body, shared.clock.now().wall).await;
        Some(outcome.map_err(|failure| failure.why))
    }

    /// Runs the program of the command now; `None` where there is none.
    ///
    /// # Errors
    /// When it could not be run, or failed.
    pub async fn try_command(&self, notification: &Notification) -> Option<Result<(), SinkError>> {
        let shared = self.shared.as_ref()?;
        let program = shared.program.as_ref()?;
        Some(program.run(&RenderedNotification::new(notification, &shared.zone)).await)
    }

    /// The host of the webhook, for people; `None` where there is no webhook.
    ///
    /// # Errors
    /// When the file that holds its address can't be used.
    pub async fn webhook_host(&self) -> Option<Result<String, SinkError>> {
        let webhook = self.shared.as_ref()?.webhook.as_ref()?;
        Some(webhook.url().await.map(|url| url.host()))
    }
}

/// The queues and tasks of the sinks, which start with the first call; `None` outside of a runtime.
fn tasks(shared: &Arc<NotifierState>) -> Option<&SinkTasks> {
    if shared.tasks.get().is_none() && Handle::try_current().is_err() {
        tracing::error!("no notification can be sent outside of a runtime");
        return None;
    }
    Some(shared.tasks.get_or_init(|| SinkTasks::start(shared)))
}

impl NotifierState {
    fn statuses(&self) -> MutexGuard<'_, BTreeMap<SinkKind, SinkStatus>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a sink fares. A trouble is logged and told when it comes and when it is over.
    fn report(&self, sink: SinkKind, failure: Option<SinkError>) {
        let mut fares = self.statuses();
        let before = fares.get(&sink);
        let is_change = before.is_none_or(|before| before.failure.is_some() != failure.is_some());
        match &failure {
            Some(failure) if before.is_none_or(|before| before.failure.as_ref() != Some(failure)) => {
                tracing::warn!(%sink, "a notification was not taken: {}", sink_errors::sentence(failure));
            }
            None if before.is_some_and(|before| before.failure.is_some()) => {
                tracing::info!(%sink, "notifications are taken again");
            }
            _ => {}
        }
        let is_news = is_change || before.is_some_and(|before| before.is_news);
        fares.insert(sink, SinkStatus { failure, is_news });
        drop(fares);
        if is_change {
            self.changed.notify_one();
        }
    }
}
