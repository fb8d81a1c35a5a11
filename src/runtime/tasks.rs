//! Tasks in the background, and the mailbox where what came of them arrives.

use std::convert::Infallible;

use tokio::sync::mpsc;

use super::enrollment::EnrolledKey;
use super::rotation::LoadedRotation;
use crate::domain::alert::Notification;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, KeyError, RemovalError};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::RotationError;
use crate::domain::sample::CreditsPoint;
use crate::monitor::input::Input;
use crate::services::keys::LoadedKey;
use crate::tui::ChartRange;

/// More results than this never wait at once: there is one task for each key and environment at most.
const MAILBOX: usize = 1024;

/// What came of a task.
pub enum TaskOutcome {
    /// The sources of an environment's key were asked.
    KeyLoaded {
        /// Whose key it is.
        environment: EnvironmentName,
        /// When they began to be asked, as a number that rises.
        begun: u64,
        /// What they brought.
        loaded: Result<LoadedKey, KeyError>,
        /// How far the rotation of the key came; `None` where rotations are not looked at.
        rotation: Option<Result<Option<LoadedRotation>, RotationError>>,
    },
    /// Something for the monitor.
    Event(Input),
    /// A poll ended.
    Polled {
        /// For the monitor.
        event: Input,
        /// Why the call could not be entered in the ledger, if so.
        ledger_trouble: Option<HistoryErrorDetails>,
    },
    /// Something to tell with the means of the terminal.
    TerminalNotification(Notification),
    /// Balances of a key, for the chart.
    ChartPoints(Fingerprint, ChartRange, Vec<CreditsPoint>),
    /// A key was tried for an environment, as the operator asked.
    KeyTried(EnvironmentName, Result<EnrolledKey, EnrollmentError>),
    /// A key was to be erased, as the operator asked.
    KeyRemoved(EnvironmentName, Result<bool, RemovalError>),
    /// A step of a rotation was taken; `asked` tells whether the operator waits for it.
    Rotation {
        /// Whose key it is.
        environment: EnvironmentName,
        /// How far it came; `None` where none is under way any more.
        outcome: Result<Option<LoadedRotation>, RotationError>,
        /// Whether the operator asked for it.
        asked: bool,
    },
}

/// Starts tasks. Cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    sender: mpsc::Sender<TaskOutcome>,
    /// Each task that stores something holds a clone, so that the channel closes with the last of them.
    storing: mpsc::Sender<Infallible>,
}

/// The end of all tasks that store something.
pub struct StoreTasksEnd(mpsc::Receiver<Infallible>);

impl StoreTasksEnd {
    /// Waits until the last of the tasks that store something has ended, and their [`Tasks`] are dropped.
    pub async fn wait(mut self) {
        self.0.recv().await;
    }
}

impl Tasks {
    /// With the mailbox, and the end of what is stored.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<TaskOutcome>, StoreTasksEnd) {
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        let (storing, stored) = mpsc::channel(1);
        (Self { sender, storing }, mailbox, StoreTasksEnd(stored))
    }

    /// Runs a task and delivers its result, if any; `lost` in its place if it panics.
    pub fn spawn(&self, lost: Option<TaskOutcome>, task: impl Future<Output = Option<TaskOutcome>> + Send + 'static) {
        let sender = self.sender.clone();
        let task = tokio::spawn(task);
        tokio::spawn(async move {
            if let Some(delivery) = task.await.unwrap_or(lost) {
                // Nobody reads the mailbox any more when the program ends.
                let _ = sender.send(delivery).await;
            }
        });
    }

    /// Where something is delivered by one that is no task: the end of the program does not wait for it.
    #[must_use]
    pub fn mailbox(&self) -> mpsc::Sender<TaskOutcome> {
        self.sender.clone()
    }

    /// Delivers something from within a task.
    pub async fn deliver(&self, delivery: TaskOutcome) {
        // Nobody reads the mailbox any more when the program ends.
        let _ = self.sender.send(delivery).await;
    }

    /// The same for a task that stores something, which the end of the program waits for.
    pub fn spawn_storing(
        &self,
        lost: Option<TaskOutcome>,
        task: impl Future<Output = Option<TaskOutcome>> + Send + 'static,
    ) {
        let storing = self.storing.clone();
        self.spawn(lost, async move {
            let _storing = storing;
            task.await
        });
    }
}
