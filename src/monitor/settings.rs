//! Choices of the operator.

use jiff::SignedDuration;

pub use super::polling::budget::Polling;
use crate::domain::alert::{AlertRules, Condition};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::thresholds::Thresholds;

/// An environment, and how it is to be watched.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedEnvironment {
    /// Environment that is watched.
    pub environment: Environment,
    /// True for one that was asked for by name, so that a missing key counts.
    pub requested: bool,
    /// Thresholds at which flags are raised.
    pub thresholds: Thresholds,
    /// Conditions that raise no alert here, beside those that raise none anywhere.
    pub muted: Vec<Condition>,
}

/// Purpose of a run, and with it what the monitor takes on itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One sample of each key, for a command that prints it.
    Sample,
    /// A look at the keys of one rotation, which ends with its old key.
    WatchRotation,
    /// A dashboard that may change no key.
    Observe,
    /// A dashboard.
    Operate,
}

impl Mode {
    /// True where other processes leave the polls of a key to this one, as to one that stays.
    #[must_use]
    pub fn takes_leases(self) -> bool {
        self != Self::Sample
    }

    /// True where events are logged.
    #[must_use]
    pub fn logs_events(self) -> bool {
        self != Self::Sample
    }

    /// True where alerts are raised.
    #[must_use]
    pub fn raises_alerts(self) -> bool {
        matches!(self, Self::Observe | Self::Operate)
    }

    /// True where the old key of a rotation is erased once it is dead.
    #[must_use]
    pub fn ends_rotations(self) -> bool {
        matches!(self, Self::WatchRotation | Self::Operate)
    }
}

/// All that the monitor is told at its start.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorSettings {
    /// Purpose of the run.
    pub mode: Mode,
    /// The environments in the order of the screen.
    pub environments: Vec<WatchedEnvironment>,
    /// Those of the configuration that are not watched here, because only others were asked for by name.
    pub unwatched: Vec<EnvironmentName>,
    /// Poll interval and share, as configured.
    pub polling: Polling,
    /// Rules by which alerts are raised.
    pub alerts: AlertRules,
    /// Name of the person who acknowledges alerts here, safe to show.
    pub operator: String,
    /// A stored sample of at most this age spares the first poll.
    pub max_age: Option<SignedDuration>,
    /// Seed of the jitter, so that runs can be repeated.
    pub seed: u64,
}
