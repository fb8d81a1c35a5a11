//! Absence: after an hour without a key, what happened meanwhile.

use jiff::{SignedDuration, Timestamp};

use super::view_context::ViewContext;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::EventFact;
use crate::domain::status::Severity;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::wording::absence::AbsenceReport;

/// Time without a key after which somebody was away.
const AWAY_FROM: SignedDuration = SignedDuration::from_hours(1);
/// A fall of the balance that is no use: figures of the service are not exact.
const USED_MIN: f64 = 0.005;

/// The last moment at which somebody was here, and what the balances were.
#[derive(Debug)]
pub(super) struct Presence {
    at: Timestamp,
    /// Key and credits of each environment, in the order of the snapshot; `None` where they are not known.
    balances: Vec<Option<(Fingerprint, f64)>>,
}

impl Presence {
    pub(super) fn now(context: &ViewContext<'_>) -> Self {
        let balances = context.snapshot.environments.iter().map(|environment| balance(environment)).collect();
        Self { at: context.now, balances }
    }

    /// What happened since; `None` where that is not long ago.
    pub(super) fn absence(&self, context: &ViewContext<'_>) -> Option<AbsenceReport> {
        let duration = context.now.duration_since(self.at);
        if duration < AWAY_FROM {
            return None;
        }
        let count = |is_counted: fn(Severity) -> bool| {
            let since = context.events.iter().rev().take_while(|event| event.at > self.at);
            since.filter(|event| is_counted(event.severity)).count()
        };
        let used = self.balances.iter().zip(&context.snapshot.environments).filter_map(|(before, environment)| {
            let ((key, before), (key_now, now)) = ((*before)?, balance(environment)?);
            let name = &environment.environment.name;
            let used = before + self.risen(name, context) - now;
            (key == key_now && used >= USED_MIN).then(|| (name.clone(), used))
        });
        Some(AbsenceReport {
            duration,
            critical: count(|severity| severity == Severity::Critical),
            warnings: count(|severity| severity == Severity::Warning),
            others: count(|severity| matches!(severity, Severity::Ok | Severity::Unknown)),
            used: used.collect(),
        })
    }

    /// Credits by which resets, top-ups and other plans have changed a balance since.
    fn risen(&self, name: &EnvironmentName, context: &ViewContext<'_>) -> f64 {
        let since = context.events.iter().rev().take_while(|event| event.at > self.at);
        let own = since.filter(|event| event.environment.as_ref().is_some_and(|environment| environment.name == *name));
        let rises = own.map(|event| match event.fact {
            EventFact::Balance { from, to, .. } => to - from,
            _ => 0.0,
        });
        rises.sum()
    }
}

fn balance(environment: &EnvironmentSnapshot) -> Option<(Fingerprint, f64)> {
    let key = environment.key.as_ref()?.identity.fingerprint;
    Some((key, environment.account.as_ref()?.credits_remaining))
}
