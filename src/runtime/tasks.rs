//! Tasks in the background, and the mailbox where their outcomes arrive.

use std::convert::Infallible;

use tokio::sync::mpsc;

use super::enrolled_key::EnrolledKey;
use super::rotation::stored_keys::LoadedRotation;
use crate::domain::alert::Notification;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, KeyError, RemovalError};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::RotationError;
use crate::domain::sample::CreditsPoint;
use crate::monitor::input::Input;
use crate::services::history::HistoryError;
use crate::services::keys::LoadedKey;
use crate::tui::ChartRange;
use crate::tui::theme::OwnTheme;

/// Capacity of the mailbox: far more than outcomes ever wait at once, for there is one task a key and environment at
/// most.
const MAILBOX: usize = 1024;

/// Outcome of a task: the one kind of message that tasks send to the loop.
pub enum TaskOutcome {
    /// Answer of the sources of an environment's key.
    KeyLoaded {
        /// Environment of the key.
        environment: EnvironmentName,
        /// Number of the load; rises with each.
        begun: u64,
        /// Key, or why there is none.
        loaded: Result<LoadedKey, KeyError>,
        /// State of the key's rotation; `None` where rotations are not read.
        rotation: Option<Result<Option<LoadedRotation>, RotationError>>,
    },
    /// Input of the monitor.
    Input(Input),
    /// Error for which a call is not in the request log; `None` where it is. Comes before the end of the call.
    RequestLog(Option<HistoryErrorDetails>),
    /// Theme of the user's file, or what is wrong with it, where it says something else than before.
    OwnThemeRead(Result<OwnTheme, String>),
    /// Notification that the terminal itself gives, such as its bell.
    TerminalNotification(Notification),
    /// True where a browser has the web page that the operator asked for.
    WebPageOpened(bool),
    /// Balances of a key, for the chart.
    ChartPoints(Fingerprint, ChartRange, Vec<CreditsPoint>),
    /// End of the enrollment of a key that the operator typed.
    KeyTried(EnvironmentName, Result<EnrolledKey, EnrollmentError>),
    /// End of the removal of a key that the operator asked for: `true` where there was one.
    KeyRemoved(EnvironmentName, Result<bool, RemovalError>),
    /// End of a step of a rotation.
    Rotation {
        /// Environment of the key.
        environment: EnvironmentName,
        /// State of the rotation; `None` where none is under way any more.
        outcome: Result<Option<LoadedRotation>, RotationError>,
        /// True when the operator asked for the step.
        asked: bool,
    },
}

impl From<Input> for TaskOutcome {
    fn from(input: Input) -> Self {
        Self::Input(input)
    }
}

/// Starter of tasks. Cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    sender: mpsc::Sender<TaskOutcome>,
    /// Held by each task that stores something, so that the channel closes with the last of them.
    storing: mpsc::Sender<Infallible>,
}

/// End of all tasks that store something.
pub struct StoreTasksEnd(mpsc::Receiver<Infallible>);

impl StoreTasksEnd {
    /// Waits until the last of the tasks that store something has ended, and their [`Tasks`] are dropped.
    pub async fn wait(mut self) {
        self.0.recv().await;
    }
}

impl Tasks {
    /// A starter, its mailbox, and the end of the tasks that store something.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<TaskOutcome>, StoreTasksEnd) {
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        let (storing, stored) = mpsc::channel(1);
        (Self { sender, storing }, mailbox, StoreTasksEnd(stored))
    }

    /// Runs a task and delivers its outcome, if any; `lost` in its place if it panics.
    pub fn spawn(&self, lost: Option<TaskOutcome>, task: impl Future<Output = Option<TaskOutcome>> + Send + 'static) {
        let sender = self.sender.clone();
        let task = tokio::spawn(task);
        tokio::spawn(async move {
            if let Some(outcome) = task.await.unwrap_or(lost) {
                // Nobody reads the mailbox any more when the program ends.
                let _ = sender.send(outcome).await;
            }
        });
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

    /// Runs a query of the history, and delivers its answer as an input of the monitor. A panic is an answer too.
    pub fn load<T: Send + 'static>(
        &self,
        query: impl Future<Output = Result<T, HistoryError>> + Send + 'static,
        input: impl Fn(Result<T, HistoryErrorDetails>) -> Input + Send + 'static,
    ) {
        let lost = input(Err(HistoryErrorDetails::interrupted()));
        self.spawn(Some(lost.into()), async move {
            let answer = logged(query.await);
            Some(input(answer).into())
        });
    }

    /// The same for a write, which the end of the program waits for.
    pub fn store<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, HistoryError>> + Send + 'static,
        input: impl Fn(Result<T, HistoryErrorDetails>) -> Input + Send + 'static,
    ) {
        let lost = input(Err(HistoryErrorDetails::interrupted()));
        self.spawn_storing(Some(lost.into()), async move {
            let answer = logged(write.await);
            Some(input(answer).into())
        });
    }

    /// Sender to the mailbox for what is no task: the end of the program does not wait for it.
    #[must_use]
    pub fn mailbox(&self) -> mpsc::Sender<TaskOutcome> {
        self.sender.clone()
    }

    /// Delivers something from within a task.
    pub async fn deliver(&self, outcome: impl Into<TaskOutcome>) {
        // Nobody reads the mailbox any more when the program ends.
        let _ = self.sender.send(outcome.into()).await;
    }
}

/// Logs an error of the history, and reduces it to its facts.
pub(super) fn logged<T>(outcome: Result<T, HistoryError>) -> Result<T, HistoryErrorDetails> {
    outcome.map_err(|error| {
        tracing::warn!(%error, "the history could not be used");
        error.failure().clone()
    })
}
