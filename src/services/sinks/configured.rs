//! The sinks of this run, and how each fares.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use tokio::sync::Notify;

use super::command::CommandSink;
use super::desktop::DesktopSink;
use super::webhook::WebhookSink;
use crate::domain::sink::{SinkError, SinkKind, SinkSettings};
use crate::services::clock::Clock;
use crate::services::history::History;
use crate::wording::sink_errors;

/// The sinks that the operator asked for, and what they need.
pub(super) struct ConfiguredSinks {
    pub(super) settings: SinkSettings,
    pub(super) history: History,
    pub(super) clock: Clock,
    pub(super) zone: TimeZone,
    pub(super) desktop: Option<DesktopSink>,
    pub(super) webhook: Option<WebhookSink>,
    pub(super) command: Option<CommandSink>,
    pub(super) health: SinkHealth,
}

/// Outcomes of the sinks: the last of each.
#[derive(Default)]
pub(super) struct SinkHealth {
    statuses: Mutex<BTreeMap<SinkKind, SinkStatus>>,
    changed: Notify,
}

struct SinkStatus {
    /// Reason why the sink takes nothing; `None` while it does.
    failure: Option<SinkError>,
    /// True until [`SinkHealth::changed`] has returned this.
    is_news: bool,
}

impl SinkHealth {
    /// A sink that takes nothing now, and why.
    pub(super) fn failing(&self) -> Option<(SinkKind, SinkError)> {
        self.statuses().iter().find_map(|(sink, status)| Some((*sink, status.failure.clone()?)))
    }

    /// Waits until the state of a sink differs from the one that was returned last.
    pub(super) async fn changed(&self) -> (SinkKind, Option<SinkError>) {
        loop {
            let changed = self.changed.notified();
            let news = self.statuses().iter_mut().find_map(|(sink, status)| {
                std::mem::take(&mut status.is_news).then(|| (*sink, status.failure.clone()))
            });
            if let Some(news) = news {
                return news;
            }
            changed.await;
        }
    }

    /// Records the outcome of a sink. A failure is logged, and announced when it comes and when it is over.
    pub(super) fn report(&self, sink: SinkKind, failure: Option<SinkError>) {
        let mut statuses = self.statuses();
        let before = statuses.get(&sink);
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
        statuses.insert(sink, SinkStatus { failure, is_news });
        drop(statuses);
        if is_change {
            self.changed.notify_one();
        }
    }

    fn statuses(&self) -> MutexGuard<'_, BTreeMap<SinkKind, SinkStatus>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
