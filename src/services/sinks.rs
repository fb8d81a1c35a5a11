//! The sinks of notifications: terminals, desktops, web servers and programs, as far as the operator asked for them.
//!
//! A notification is handed over and forgotten: each sink has a queue of its own, and what hangs or fails there holds
//! up nothing else. What a webhook is to get stands on the disk until it was taken.

mod command;
mod configured;
mod desktop;
mod limits;
mod message;
mod tasks;
mod terminal;
mod webhook;

use std::ffi::OsString;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::runtime::Handle;

use self::command::CommandSink;
use self::configured::ConfiguredSinks;
use self::desktop::DesktopSink;
use self::message::RenderedNotification;
use self::tasks::SinkTasks;
use self::webhook::WebhookSink;
use super::clock::Clock;
use super::history::History;
use super::private_file::PrivateFiles;
use crate::domain::alert::{Condition, Notification};
use crate::domain::sink::{SinkError, SinkKind, SinkSettings};

pub use self::command::ordinary_variables;
pub use self::limits::SinkLimits;
pub use self::terminal::{BELL, sequence};

/// Parts of a notifier.
#[derive(Debug)]
pub struct NotifierOptions {
    /// Sinks that there are.
    pub sinks: SinkSettings,
    /// History with the outbox of the webhook.
    pub history: History,
    /// Clock of this run.
    pub clock: Clock,
    /// Zone in which times are shown.
    pub zone: TimeZone,
    /// Variables that the program of the command sees: [`ordinary_variables`].
    pub variables: Vec<(OsString, OsString)>,
    /// Rule for the file with the address of the webhook.
    pub private_files: PrivateFiles,
    /// Time limits of the sinks.
    pub limits: SinkLimits,
}

/// The sinks that the operator asked for; none by default. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notifier {
    state: Option<Arc<NotifierState>>,
}

impl fmt::Debug for Notifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks = self.state.as_ref().map(|state| &state.sinks.settings);
        formatter.debug_struct("Notifier").field("sinks", &sinks).finish_non_exhaustive()
    }
}

struct NotifierState {
    sinks: Arc<ConfiguredSinks>,
    tasks: OnceLock<SinkTasks>,
}

impl NotifierState {
    /// Queues and tasks of the sinks, which start with the first call; `None` outside of a runtime.
    fn tasks(&self) -> Option<&SinkTasks> {
        if self.tasks.get().is_none() && Handle::try_current().is_err() {
            tracing::error!("no notification can be sent outside of a runtime");
            return None;
        }
        Some(self.tasks.get_or_init(|| SinkTasks::start(&self.sinks)))
    }
}

impl Notifier {
    /// A notifier for these sinks. Nothing is opened or sent yet.
    #[must_use]
    pub fn new(options: NotifierOptions) -> Self {
        let NotifierOptions { sinks, history, clock, zone, variables, private_files, limits } = options;
        let sinks = ConfiguredSinks {
            desktop: sinks.desktop.then(|| DesktopSink::new(limits.desktop)),
            webhook: sinks.webhook.clone().map(|webhook| WebhookSink::new(webhook, &limits, private_files)),
            command: sinks.command.clone().map(|command| CommandSink::new(command, variables, limits.command)),
            settings: sinks,
            history,
            clock,
            zone,
            health: configured::SinkHealth::default(),
        };
        Self { state: Some(Arc::new(NotifierState { sinks: Arc::new(sinks), tasks: OnceLock::new() })) }
    }

    fn sinks(&self) -> Option<&ConfiguredSinks> {
        self.state.as_ref().map(|state| &*state.sinks)
    }

    /// Begins to send what an earlier run left in the queue of the webhook. To be called in a runtime, by a program
    /// that stays; [`notify`](Self::notify) does the same.
    pub fn resume(&self) {
        if let Some(state) = &self.state {
            state.tasks();
        }
    }

    /// Hands a notification to every sink but the terminal, and returns at once: a sink that hangs or fails harms
    /// nothing.
    pub fn notify(&self, notification: &Notification) {
        let zone = self.sinks().map_or(TimeZone::UTC, |sinks| sinks.zone.clone());
        let rendered = RenderedNotification::new(notification, &zone);
        tracing::info!(
            environment = notification.environment.as_ref().map(|environment| environment.name.as_str()),
            condition = rendered.condition.map(Condition::as_str),
            occasion = rendered.occasion.as_str(),
            "{}",
            rendered.text
        );
        let Some(state) = self.state.as_ref().filter(|state| state.sinks.settings.admits(notification)) else { return };
        if let Some(tasks) = state.tasks() {
            tasks.take(rendered);
        }
    }

    /// Bytes by which the terminal of a dashboard is told, and that change nothing of its picture. Empty where there is
    /// nothing to tell.
    #[must_use]
    pub fn announcement(&self, notification: &Notification) -> Vec<u8> {
        let Some(sinks) = self.sinks().filter(|sinks| sinks.settings.admits(notification)) else { return Vec::new() };
        let mut bytes = sinks.settings.terminal.map_or_else(Vec::new, |form| sequence(form, notification, &sinks.zone));
        if sinks.settings.bell {
            bytes.extend_from_slice(BELL);
        }
        bytes
    }

    /// A sink that takes nothing now, and why.
    #[must_use]
    pub fn failing_sink(&self) -> Option<(SinkKind, SinkError)> {
        self.sinks()?.health.failing()
    }

    /// Waits until the state of a sink differs from the one that was returned last, and returns the reason why it takes
    /// nothing, or `None` once it does. The first outcome of each sink counts too.
    pub async fn changed(&self) -> (SinkKind, Option<SinkError>) {
        match self.sinks() {
            Some(sinks) => sinks.health.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Takes nothing more, and waits for what is under way no longer than `limit`; tells whether that was enough. What
    /// stands in the queue of the webhook is sent by the next run.
    pub async fn finish(&self, limit: Duration) -> bool {
        match self.state.as_ref().and_then(|state| state.tasks.get()) {
            Some(tasks) => tasks.finish(limit).await,
            None => true,
        }
    }

    /// Shows a notification on the desktop now; `None` where that was not asked for.
    ///
    /// # Errors
    /// When it was not shown.
    pub async fn try_desktop(&self, notification: &Notification) -> Option<Result<(), SinkError>> {
        let sinks = self.sinks()?;
        Some(sinks.desktop.as_ref()?.show(&RenderedNotification::new(notification, &sinks.zone)).await)
    }

    /// Sends a notification to the webhook now, past the queue, and tells who took it; `None` where there is no
    /// webhook.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn try_webhook(&self, notification: &Notification) -> Option<Result<String, SinkError>> {
        let sinks = self.sinks()?;
        let webhook = sinks.webhook.as_ref()?;
        let body = webhook.body(&RenderedNotification::new(notification, &sinks.zone));
        let outcome = webhook.send(body, sinks.clock.now().wall).await;
        Some(outcome.map_err(|error| error.why))
    }

    /// Runs the program of the command now; `None` where there is none.
    ///
    /// # Errors
    /// When it could not be run, or failed.
    pub async fn try_command(&self, notification: &Notification) -> Option<Result<(), SinkError>> {
        let sinks = self.sinks()?;
        Some(sinks.command.as_ref()?.run(&RenderedNotification::new(notification, &sinks.zone)).await)
    }

    /// Host of the webhook, for people; `None` where there is no webhook.
    ///
    /// # Errors
    /// When the file that holds its address can't be used.
    pub async fn webhook_host(&self) -> Option<Result<String, SinkError>> {
        Some(self.sinks()?.webhook.as_ref()?.url().await.map(|url| url.host()))
    }
}
