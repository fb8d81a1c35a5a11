//! Questions to the history, what it knows of a key.

use super::tasks::{Tasks, logged};
use crate::domain::api_key::Fingerprint;
use crate::monitor::input::{Input, PollOutcome};
use crate::services::Services;

/// Asks what is known of a key that begins to be polled.
pub(super) fn load(tasks: &Tasks, services: &Services, fingerprint: Fingerprint) {
    let (Services { history, clock, .. }, mailbox) = (services.clone(), tasks.clone());
    tasks.load(
        async move {
            let (known, error) = history.recall_with_fallback(fingerprint, clock.stamp()).await?;
            if let Err(error) = logged(error.map_or(Ok(()), Err)) {
                mailbox.deliver(Input::HistoryReported(Some(error))).await;
            }
            Ok(known)
        },
        move |history| Input::KeyHistoryLoaded { fingerprint, history },
    );
}

/// Looks at what another process was answered with a key.
pub(super) fn observe(tasks: &Tasks, services: &Services, fingerprint: Fingerprint, sequence: u64) {
    let Services { history, clock, .. } = services.clone();
    tasks.load(
        async move { history.run(move |store| store.observe(fingerprint, &clock.stamp())).await },
        move |observed| {
            let calls = observed.as_ref().ok().map(|(history, _)| history.calls.clone());
            let (history, is_polled) = observed.unwrap_or_default();
            let outcome = PollOutcome::Observed { history: Box::new(history), is_polled };
            Input::Polled { fingerprint, sequence, outcome, calls, known: None }
        },
    );
}
