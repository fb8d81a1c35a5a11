//! What the operator chose.

use jiff::SignedDuration;

use crate::domain::alert::{AlertRules, Condition};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::thresholds::Thresholds;

/// How often to poll.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polling {
    /// The interval to aim at; stretched where the key's own limits ask for it.
    pub interval: SignedDuration,
    /// The part of a key's own limits that all calls of this product may take, above 0 and at most 0.5.
    pub share: f64,
}

impl Polling {
    /// The share may never be set above this.
    pub const SHARE_MAX: f64 = 0.5;
}

impl Default for Polling {
    fn default() -> Self {
        Self { interval: SignedDuration::from_secs(60), share: 0.2 }
    }
}

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
