//! What the event log and the alerts are told, and when.

use jiff::SignedDuration;

use super::effect::Effect;
use super::model::Monitor;
use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::{EventFact, LogEntry, PlanTerms};
use crate::domain::rotation;
use crate::domain::status::Severity;
use crate::domain::time::Now;

/// How more environments than these stand is compared with what was told no more often than each
/// [`OBSERVATION_GAP`], for that is much work.
const OBSERVED_AT_ONCE: usize = 50;
const OBSERVATION_GAP: SignedDuration = SignedDuration::from_secs(1);

impl Monitor {
    /// Tells when the key that took the place of another answers for another account.
    pub(super) fn compare_accounts(&mut self, fingerprint: Fingerprint, account: &Account, now: &Now) {
        let holders = self.environments.iter_mut().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        let others: Vec<_> = holders
            .filter_map(|state| {
                let before = state.account_before.take()?;
                rotation::check_account(account, &before).err()?;
                let fact = EventFact::OtherAccount { old: plan_of(&before), new: plan_of(account) };
                Some((state.watched.environment.name.clone(), fact))
            })
            .collect();
        for (environment, fact) in others {
            self.log_event(&environment, Severity::Warning, fact, now);
        }
    }

    /// Adds a line to the event log.
    pub(super) fn log_event(&mut self, environment: &EnvironmentName, severity: Severity, fact: EventFact, now: &Now) {
        let state = self.environments.iter().find(|state| state.watched.environment.name == *environment);
        let environment = state.map(|state| state.watched.environment.clone());
        self.log.push(LogEntry { at: now.wall, environment, severity, fact });
    }

    /// Takes over the lines of the event log that are about environments of this run, by the names that they have now.
    pub(super) fn events_loaded(&mut self, entries: Vec<LogEntry>) {
        let watched = |name: &EnvironmentName| {
            let mut all = self.environments.iter().map(|state| &state.watched.environment);
            all.find(|environment| environment.name == *name).cloned()
        };
        let known = entries.into_iter().filter_map(|entry| match &entry.environment {
            None => Some(entry),
            Some(environment) => Some(LogEntry { environment: Some(watched(&environment.name)?), ..entry }),
        });
        let known = known.collect();
        self.log.load(known);
    }

    /// Compares how everything stands with what was told, unless that has to wait.
    pub(super) fn log_and_alert(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.is_unobserved = now.elapsed < self.observable_from;
        if self.is_unobserved {
            return;
        }
        if self.environments.len() > OBSERVED_AT_ONCE {
            self.observable_from = now.elapsed + OBSERVATION_GAP;
        }
        let overview = self.snapshot(now);
        self.log.observe(&overview, now);
        self.evaluate_alerts(&overview, now, effects);
    }
}

fn plan_of(account: &Account) -> PlanTerms {
    PlanTerms { tier: account.tier.clone(), allowance: account.monthly_allowance }
}
