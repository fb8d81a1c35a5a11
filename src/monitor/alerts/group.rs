//! Alerts of one environment, or of all of them together, and when they are evaluated next.

use std::collections::BTreeMap;

use super::acknowledgement::AcknowledgementChange;
use super::alert::Alert;
use super::context::AlertContext;
use super::rule::{FAMILIES, RuleFacts, RuleResult};
use crate::domain::alert::{AlertChange, AlertRecord, AlertWriteOutcome, Condition};
use crate::domain::status::Flag;
use crate::domain::time::{Elapsed, Now};
use crate::monitor::snapshot::AlertSnapshot;

/// Alerts, one for each family of conditions of which there is something to remember.
#[derive(Clone, Debug, Default)]
pub(super) struct AlertGroup {
    alerts: BTreeMap<&'static str, Alert>,
    /// True when the environment had a key since the program started.
    had_key: bool,
    /// Time of the next evaluation that is due without any news.
    pub due: Option<Elapsed>,
}

impl AlertGroup {
    /// Takes over an alert that is kept, which is the first word of it if `is_first`.
    pub(super) fn loaded(&mut self, record: &AlertRecord, is_first: bool, now: &Now) {
        let alert = self.alerts.entry(record.condition.family()).or_default();
        if is_first {
            alert.adopt(record, now);
        } else {
            alert.refresh(record, now);
        }
    }

    /// Takes in what came of keeping a change of an alert, which is evaluated anew with that.
    pub(super) fn stored(&mut self, condition: Condition, outcome: AlertWriteOutcome, now: &Now) {
        if let Some(alert) = self.alerts.get_mut(condition.family()) {
            alert.stored(outcome, now);
            self.advance_due(Some(now.elapsed));
        }
    }

    /// Notes who has seen the alerts, which are evaluated anew with that; tells which have changed.
    pub(super) fn acknowledge(&mut self, change: &AcknowledgementChange, now: &Now) -> Vec<Condition> {
        let changed = self.alerts.values_mut().filter_map(|alert| alert.acknowledge(change));
        let changed: Vec<_> = changed.collect();
        if !changed.is_empty() {
            self.advance_due(Some(now.elapsed));
        }
        changed
    }

    fn advance_due(&mut self, due: Option<Elapsed>) {
        self.due = self.due.into_iter().chain(due).min();
    }

    /// Counts anew how long things have held: nobody looked for a while.
    pub(super) fn restart(&mut self, now: &Now) {
        self.alerts.values_mut().for_each(|alert| alert.restart(now));
    }

    /// Compares the alerts of an environment, but for the conditions that are muted, with its snapshot.
    pub(super) fn evaluate(
        &mut self,
        mut facts: RuleFacts<'_>,
        muted: &[Condition],
        context: &AlertContext<'_>,
    ) -> Vec<AlertChange> {
        self.due = None;
        self.had_key |= facts.environment.key.is_some();
        let context = AlertContext { environment: Some(facts.environment), had_key: self.had_key, ..*context };
        let is_muted = |condition: &&Condition| context.rules.muted.contains(condition) || muted.contains(condition);
        let mut changes = Vec::new();
        let mut results = Vec::new();
        for family in FAMILIES {
            let credits = self.alerts.get(Condition::Flag(Flag::CreditsOut).family());
            facts.credits_firing = credits.and_then(Alert::firing).map(|firing| firing.condition);
            let counting = family.iter().filter(|condition| !is_muted(condition));
            results.clear();
            results.extend(counting.map(|condition| (*condition, facts.evaluate(*condition))));
            changes.extend(self.advance(family[0], &results, &context));
        }
        changes
    }

    /// Takes in what is judged of the conditions of a family, of which one is given, the mildest first.
    pub(super) fn advance(
        &mut self,
        one: Condition,
        results: &[(Condition, RuleResult)],
        context: &AlertContext<'_>,
    ) -> Option<AlertChange> {
        let family = one.family();
        let mut unknown = Alert::default();
        let alert = self.alerts.get_mut(family);
        let is_known = alert.is_some();
        let alert = alert.unwrap_or(&mut unknown);
        let change = alert.advance(results, context);
        let (due, is_blank) = (alert.due(results, context), alert.is_blank());
        if is_known && is_blank {
            self.alerts.remove(family);
        } else if !is_known && !is_blank {
            self.alerts.insert(family, unknown);
        }
        self.advance_due(due);
        change
    }

    pub(super) fn is_firing(&self) -> bool {
        self.alerts.values().any(|alert| alert.firing().is_some())
    }

    /// Alerts that fire, for a snapshot.
    pub(super) fn shown(&self) -> impl Iterator<Item = AlertSnapshot> {
        self.alerts.values().filter_map(Alert::firing).map(|firing| AlertSnapshot {
            condition: firing.condition,
            severity: firing.severity,
            since: firing.since,
            acknowledged: firing.acknowledged.clone(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }
}
