//! Notifications of the desktop. Desktops other than those of Linux have other ways, which this program does not know.

#[cfg(target_os = "linux")]
mod bus;
mod notification;

use std::sync::OnceLock;
use std::time::Duration;

use jiff::SignedDuration;

use self::notification::DesktopNotification;
use super::message::RenderedNotification;
use crate::domain::sink::SinkError;
use crate::services::blocking::{BlockingCallError, BlockingThread, Queueing};

/// The way to the desktop. Its calls may hang for ever where nobody answers, so they are made on a thread of their own,
/// and while one is stuck there, no other is made.
pub(super) struct DesktopSink {
    worker: OnceLock<BlockingThread<()>>,
    limit: Duration,
}

impl DesktopSink {
    pub(super) fn new(limit: Duration) -> Self {
        Self { worker: OnceLock::new(), limit }
    }

    pub(super) async fn show(&self, notification: &RenderedNotification) -> Result<(), SinkError> {
        let (shown, limit) = (DesktopNotification::from(notification), self.limit);
        let worker = self.worker.get_or_init(|| BlockingThread::start("desktop", || ()));
        match worker.call(limit, Queueing::Refuse, move |()| show(&shown, limit)).await {
            Ok(outcome) => outcome,
            Err(BlockingCallError::Slow | BlockingCallError::Withdrawn) => {
                Err(SinkError::Silent { limit: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) })
            }
            Err(BlockingCallError::Stuck | BlockingCallError::Broken) => Err(SinkError::Stuck),
        }
    }
}

#[cfg(target_os = "linux")]
use bus::show;

#[cfg(not(target_os = "linux"))]
fn show(_: &DesktopNotification, _: std::time::Duration) -> Result<(), SinkError> {
    Err(SinkError::Unsupported)
}
