//! What may be said where nothing is the matter: that all is well, or what is not watched.

use std::sync::Arc;

use super::list;
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// What may be said where nothing is the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllClear {
    /// Every environment has a key and a fresh sample, and is polled.
    Well,
    /// The operator paused timed polls.
    Paused,
    /// Only some environments are watched.
    Watched {
        /// How many, and which are not: `2 of 3 watched, no key for dev`.
        text: String,
        /// How many.
        brief: String,
    },
}

/// What may be said of environments of which nothing is the matter.
#[must_use]
pub fn all_clear(overview: &Snapshot) -> AllClear {
    if overview.paused {
        return AllClear::Paused;
    }
    let is_watched = |report: &&Arc<EnvironmentSnapshot>| report.status == Status::Active && report.fresh;
    let (watched, others): (Vec<_>, Vec<_>) = overview.environments.iter().partition(is_watched);
    if others.is_empty() && !watched.is_empty() {
        return AllClear::Well;
    }
    let brief = format!("{} of {} watched", watched.len(), overview.environments.len());
    let keyless = others.into_iter().filter(|report| report.status == Status::NoKey);
    let keyless: Vec<_> = keyless.map(|report| report.environment.name.to_string()).collect();
    let text = if keyless.is_empty() { brief.clone() } else { format!("{brief}, no key for {}", list(&keyless)) };
    AllClear::Watched { text, brief }
}
