//! `key list`: source, age and status of each key; never a key.

use std::io::Write;

use jiff::SignedDuration;
use serde::Serialize;

use crate::commands::error::CommandError;
use crate::commands::message::{request_log_unavailable, warn_history_error};
use crate::commands::status::document::{ErrorDocument, KeyDocument};
use crate::commands::{columns, setup};
use crate::config::settings::Settings;
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot, Snapshot};
use crate::runtime::headless;
use crate::services::Services;
use crate::wording::{key_errors, sentences};

/// Age of a stored sample up to which no new one is taken.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

#[derive(Serialize)]
struct KeyListDocument {
    keys: Vec<EnvironmentKey>,
}

#[derive(Serialize)]
struct EnvironmentKey {
    name: String,
    label: Option<String>,
    status: Status,
    key: Option<KeyDocument>,
    error: Option<ErrorDocument>,
}

/// Prints a table or JSON.
///
/// # Errors
/// An output that can't be written.
pub async fn run(json: bool, settings: &Settings, services: Services, out: &mut dyn Write) -> Result<(), CommandError> {
    let round =
        headless::poll_on_timer(settings.monitor(Some(MAX_AGE), setup::seed()), services, setup::timeout()).await;
    let snapshot = &round.snapshot;
    if json {
        serde_json::to_writer_pretty(&mut *out, &document(snapshot)).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table(snapshot))?;
    }
    out.flush()?;
    if round.is_request_log_unavailable {
        return Err(request_log_unavailable(&round));
    }
    warn_history_error(&round);
    Ok(())
}

fn document(snapshot: &Snapshot) -> KeyListDocument {
    let keys = snapshot.environments.iter().map(|environment| EnvironmentKey {
        name: environment.environment.name.to_string(),
        label: environment.environment.label.clone(),
        status: environment.status,
        key: environment.key.as_ref().map(KeyDocument::new),
        error: environment.key_failure.as_ref().map(ErrorDocument::of_source),
    });
    KeyListDocument { keys: keys.collect() }
}

fn table(snapshot: &Snapshot) -> String {
    let heading = ["ENVIRONMENT", "STATUS", "KEY", "SOURCE", "AGE"].map(str::to_owned);
    let rows = snapshot.environments.iter().map(|environment| {
        let none = || "–".to_owned();
        let key = environment.key.as_ref();
        let age = key.and_then(|key| key.age).map(|age| sentences::key_age(&age, snapshot.at));
        [
            environment.environment.name.to_string(),
            status(environment).to_owned(),
            key.map_or_else(none, name),
            key.map_or_else(|| failing_source(environment), |key| key.source.to_string()),
            age.unwrap_or_else(none),
        ]
    });
    columns::aligned(std::iter::once(heading).chain(rows))
}

/// Phrase about a source that can't be asked.
fn failing_source(environment: &EnvironmentSnapshot) -> String {
    match &environment.key_failure {
        Some(failure) if environment.status == Status::KeyUnavailable => key_errors::brief(failure).to_owned(),
        _ => "–".to_owned(),
    }
}

/// Status of a key in a word: one that is refused as every key is counts as refused.
#[must_use]
pub fn status(environment: &EnvironmentSnapshot) -> &'static str {
    if environment.refused_with_all { "refused" } else { environment.status.as_str() }
}

/// Fingerprint of a key, and its ending where that may be shown.
#[must_use]
pub fn name(key: &KeySnapshot) -> String {
    let ending = key.identity.ending.as_ref().map(|ending| format!(" …{ending}")).unwrap_or_default();
    format!("{}{ending}", key.identity.fingerprint)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::alert::AlertRules;
    use crate::domain::environment::Environment;
    use crate::domain::thresholds::Thresholds;
    use crate::domain::time::{Elapsed, Now};
    use crate::monitor::Monitor;
    use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};

    #[test]
    fn a_key_that_is_refused_as_every_key_is_counts_as_refused() {
        let settings = MonitorSettings {
            mode: Mode::Operate,
            environments: vec![WatchedEnvironment {
                environment: Environment { name: "dev".parse().unwrap(), label: None },
                requested: false,
                thresholds: Thresholds::default(),
                muted: Vec::new(),
            }],
            unwatched: Vec::new(),
            polling: Polling::default(),
            alerts: AlertRules::default(),
            operator: String::new(),
            max_age: None,
            seed: 7,
        };
        let now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
        let monitor = Monitor::new(settings, &now);
        let told = |refused_with_all| {
            let mut snapshot = Snapshot::clone(&monitor.snapshot());
            for environment in snapshot.environments.iter_mut().map(Arc::make_mut) {
                (environment.refused_with_all, environment.status) = (refused_with_all, Status::Active);
            }
            let table = table(&snapshot);
            ["active", "refused"].map(|word| table.contains(word))
        };
        assert_eq!([false, true].map(told), [[true, false], [false, true]]);
    }
}
