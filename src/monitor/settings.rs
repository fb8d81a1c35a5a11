//! What the operator chose.

use jiff::SignedDuration;

pub use super::polling::budget::Polling;
use crate::domain::alert::{AlertRules, Condition};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::thresholds::Thresholds;

/// An environment, and how it is to be watched.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedEnvironment {
    /// Which.
    pub environment: Environment,
    /// Whether it was asked for by name, so that a missing key counts.
    pub requested: bool,
    /// When to raise flags.
    pub thresholds: Thresholds,
    /// What raises no alert here, beside what raises none anywhere.
    pub muted: Vec<Condition>,
}

/// All that the monitor is told at its start.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorSettings {
    /// The environments in the order of the screen.
    pub environments: Vec<WatchedEnvironment>,
    /// Those of the configuration that are not watched here, because only others were asked for by name.
    pub unwatched: Vec<EnvironmentName>,
    /// How often to poll.
    pub polling: Polling,
    /// When to raise alerts.
    pub alerts: AlertRules,
    /// Who acknowledges alerts here, safe to show.
    pub operator: String,
    /// A stored sample of at most this age spares the first poll.
    pub max_age: Option<SignedDuration>,
    /// Where the jitter starts, so that runs can be repeated.
    pub seed: u64,
}
