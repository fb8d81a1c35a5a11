//! All-clear: that all is well, or what is not watched.

use std::sync::Arc;

use super::names::list;
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// All-clear, where nothing is the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllClear {
    /// Every environment has a key and a fresh sample, and is polled.
    Well,
    /// The operator paused timed polls.
    Paused,
    /// Only some environments are watched.
    Watched {
        /// Number, and those that are not watched: `2 of 3 watched, no key for dev`.
        text: String,
        /// Number.
        brief: String,
    },
}

/// All-clear of environments of which nothing is the matter.
#[must_use]
pub fn all_clear(snapshot: &Snapshot) -> AllClear {
    if snapshot.paused {
        return AllClear::Paused;
    }
    let is_watched =
        |environment: &&Arc<EnvironmentSnapshot>| environment.status == Status::Active && environment.fresh;
    let (watched, others): (Vec<_>, Vec<_>) = snapshot.environments.iter().partition(is_watched);
    if others.is_empty() && !watched.is_empty() {
        return AllClear::Well;
    }
    let brief = format!("{} of {} watched", watched.len(), snapshot.environments.len());
    let keyless = others.into_iter().filter(|environment| environment.status == Status::NoKey);
    let keyless: Vec<_> = keyless.map(|environment| environment.environment.name.to_string()).collect();
    let text = if keyless.is_empty() { brief.clone() } else { format!("{brief}, no key for {}", list(&keyless)) };
    AllClear::Watched { text, brief }
}
