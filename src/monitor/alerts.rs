//! Alerts: notifications for someone who does not look at the screen.
//!
//! An alert begins once its condition has held for the minimum duration, and is over once it has not held for as long;
//! a number has to leave its threshold by a margin for that. The conditions of a family are one alert: a worse one takes
//! the place of the milder, and what is told when the worse is over names the milder that goes on. What follows from a
//! sample neither begins nor ends while the sample is not fresh.
//!
//! In quiet hours what is critical is told at once, and so is its end: whoever was woken may sleep again. All else waits,
//! and is dropped if it is over by then.
//!
//! Durations are measured on the elapsed clock. Every process judges by itself; of a change that several of them make,
//! the history keeps one, and only the process that made it notifies.

mod alert;
mod context;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::effect::Effect;
use super::settings::WatchedEnvironment;
use super::snapshot::{AlertSnapshot, EnvironmentSnapshot, Snapshot};
use crate::domain::alert::{Acknowledgement, AlertChange, AlertRecord, AlertRules, AlertWriteOutcome, Condition};
use crate::domain::environment::EnvironmentName;
use crate::domain::status::{Flag, Severity};
use crate::domain::time::{Elapsed, Now};
use alert::Alert;
use context::AlertContext;
use rule::{FAMILIES, RuleFacts, RuleResult};

/// A step that comes so much later than it was due follows a sleep.
const MISSED: SignedDuration = SignedDuration::from_mins(1);
/// Interval at which the kept alerts are loaded again while one fires: other processes may have changed them.
const RELOAD: SignedDuration = SignedDuration::from_mins(5);

/// An environment, or all of them, and a family of conditions.
type Subject = (Option<EnvironmentName>, &'static str);

/// All alerts, and the rules by which they fire.
#[derive(Clone, Debug)]
pub struct AlertSet {
    rules: AlertRules,
    watched: BTreeMap<EnvironmentName, WatchedEnvironment>,
    entries: BTreeMap<Subject, Alert>,
    /// Time of the last load of the alerts that are kept, on the elapsed clock; nothing fires before.
    loaded_at: Option<Elapsed>,
    /// True while they are being loaded.
    loading: bool,
    /// Environments that are configured and not watched here: others may watch them, so their alerts are left alone.
    unwatched: Vec<EnvironmentName>,
    /// Alerts of environments that are configured no more, which are to be resolved.
    unconfigured: Vec<AlertRecord>,
    /// Environments that had a key.
    had_key: BTreeSet<EnvironmentName>,
    due: Option<Elapsed>,
}

impl AlertSet {
    /// Alerts of which none fires until it is [`loaded`](Self::loaded).
    #[must_use]
    pub fn new(rules: AlertRules, watched: Vec<WatchedEnvironment>, unwatched: Vec<EnvironmentName>) -> Self {
        let watched = watched.into_iter().map(|watched| (watched.environment.name.clone(), watched));
        Self {
            rules,
            watched: watched.collect(),
            entries: BTreeMap::new(),
            loaded_at: None,
            loading: true,
            unwatched,
            unconfigured: Vec::new(),
            had_key: BTreeSet::new(),
            due: None,
        }
    }

    /// Takes over the alerts that are kept; `None` where they could not be read, and each is new then.
    pub fn loaded(&mut self, records: Option<Vec<AlertRecord>>, now: &Now) {
        let is_first = self.loaded_at.is_none();
        self.loading = false;
        self.loaded_at = Some(now.elapsed);
        for record in records.unwrap_or_default() {
            if !self.is_watched(record.environment.as_ref()) {
                let is_left_out = record.environment.as_ref().is_some_and(|name| self.unwatched.contains(name));
                if is_first && !is_left_out && !record.is_resolved {
                    self.unconfigured.push(record);
                }
                continue;
            }
            let entry = self.entries.entry((record.environment.clone(), record.condition.family())).or_default();
            if is_first {
                entry.adopt(&record, now);
            } else {
                entry.refresh(&record, now);
            }
        }
    }

    fn is_watched(&self, environment: Option<&EnvironmentName>) -> bool {
        environment.is_none_or(|name| self.watched.contains_key(name))
    }

    /// Resolves the alerts of environments that are configured no more, or were renamed; in quiet hours only what was
    /// critical.
    fn resolve_unconfigured(&mut self, quiet_until: Option<Timestamp>, now: &Now) -> Vec<AlertChange> {
        let may_tell = |record: &AlertRecord| record.severity == Severity::Critical || quiet_until.is_none();
        let (told, kept) = std::mem::take(&mut self.unconfigured).into_iter().partition(may_tell);
        self.unconfigured = kept;
        told.into_iter().map(|record| alert::resolve_unconfigured(record, now)).collect()
    }

    /// True when the alerts that are kept should be looked up again.
    fn needs_reload(&mut self, now: &Now) -> bool {
        let any_firing = self.entries.values().any(|entry| entry.firing().is_some());
        let is_old = self.loaded_at.is_some_and(|loaded| now.elapsed - loaded >= RELOAD);
        let asks = any_firing && is_old && !self.loading;
        self.loading |= asks;
        asks
    }

    /// Compares the alerts with a snapshot, and answers with what is to be done. `is_undecided` tells of an environment that
    /// can't be reached whether it may be one of all.
    pub(super) fn step(
        &mut self,
        snapshot: &Snapshot,
        is_undecided: impl Fn(&EnvironmentSnapshot) -> bool,
        now: &Now,
    ) -> Vec<Effect> {
        let changes = self.evaluate(snapshot, is_undecided, now).into_iter();
        let mut effects: Vec<_> = changes.map(|change| Effect::StoreAlert(Box::new(change))).collect();
        effects.extend(self.needs_reload(now).then_some(Effect::LoadAlerts));
        effects
    }

    fn evaluate(
        &mut self,
        snapshot: &Snapshot,
        is_undecided: impl Fn(&EnvironmentSnapshot) -> bool,
        now: &Now,
    ) -> Vec<AlertChange> {
        if self.loaded_at.is_none() {
            return Vec::new();
        }
        if self.due.is_some_and(|due| now.elapsed - due > MISSED) {
            self.entries.values_mut().for_each(|entry| entry.restart(now));
        }
        self.due = None;
        let are_keys_known = snapshot.are_keys_known();
        let quiet_until = self.rules.quiet_hours.as_ref().and_then(|hours| hours.until_from(now.wall));
        let mut changes = self.resolve_unconfigured(quiet_until, now);
        if let Some(until) = quiet_until.filter(|_| !self.unconfigured.is_empty()) {
            self.due = Some(now.elapsed + now.wall.duration_until(until));
        }
        for report in &snapshot.environments {
            if report.key.is_some() && !self.had_key.contains(&report.environment.name) {
                self.had_key.insert(report.environment.name.clone());
            }
            let is_undecided = is_undecided(report);
            for family in FAMILIES {
                let results = self.evaluate_family(family, report, snapshot, is_undecided, are_keys_known);
                changes.extend(self.advance(&results, family, Some(report), snapshot, now));
            }
        }
        let all_refused = [(Condition::AllRefused, rule::all_refused(snapshot))];
        let is_offline_muted = self.rules.muted.contains(&Condition::Offline);
        for results in [&rule::outage(snapshot, is_offline_muted)[..], &all_refused] {
            let family: Vec<_> = results.iter().map(|(condition, _)| *condition).collect();
            let told = results.iter().filter(|(condition, _)| !self.rules.muted.contains(condition));
            let told: Vec<_> = told.copied().collect();
            changes.extend(self.advance(&told, &family, None, snapshot, now));
        }
        changes
    }

    /// The conditions of a family that are not muted, with what is to be said of them.
    fn evaluate_family(
        &self,
        family: &[Condition],
        report: &EnvironmentSnapshot,
        snapshot: &Snapshot,
        is_undecided: bool,
        are_keys_known: bool,
    ) -> Vec<(Condition, RuleResult)> {
        let name = &report.environment.name;
        let Some(watched) = self.watched.get(name) else { return Vec::new() };
        let credits = self.entries.get(&(Some(name.clone()), Condition::Flag(Flag::CreditsOut).family()));
        let facts = RuleFacts {
            report,
            snapshot,
            are_keys_known,
            thresholds: &watched.thresholds,
            is_undecided,
            credits_firing: credits.and_then(Alert::firing).map(|firing| firing.condition),
        };
        let is_muted =
            |condition: &Condition| self.rules.muted.contains(condition) || watched.muted.contains(condition);
        let counting = family.iter().filter(|condition| !is_muted(condition));
        counting.map(|condition| (*condition, facts.evaluate(*condition))).collect()
    }

    fn advance(
        &mut self,
        results: &[(Condition, RuleResult)],
        family: &[Condition],
        report: Option<&EnvironmentSnapshot>,
        snapshot: &Snapshot,
        now: &Now,
    ) -> Option<AlertChange> {
        let environment = report.map(|report| &report.environment);
        let quiet_until = self.rules.quiet_hours.as_ref().and_then(|hours| hours.until_from(now.wall));
        let had_key = environment.is_some_and(|environment| self.had_key.contains(&environment.name));
        let context = AlertContext { environment, report, snapshot, rules: &self.rules, quiet_until, had_key, now };
        let subject = (environment.map(|environment| environment.name.clone()), family.first()?.family());
        let entry = self.entries.entry(subject.clone()).or_default();
        let change = entry.advance(results, &context);
        self.due = self.due.into_iter().chain(entry.due(results, &context)).min();
        if entry.is_blank() {
            self.entries.remove(&subject);
        }
        change
    }

    /// Takes in what came of keeping a change of an alert.
    pub fn stored(&mut self, record: &AlertRecord, outcome: AlertWriteOutcome, now: &Now) {
        if let Some(entry) = self.entries.get_mut(&(record.environment.clone(), record.condition.family())) {
            entry.stored(outcome, now);
        }
    }

    /// Notes that an operator has seen the alerts of an environment and those of the machine; tells which they are.
    pub fn acknowledge(&mut self, environment: &EnvironmentName, by: &str, now: &Now) -> Vec<Condition> {
        let acknowledgement = Acknowledgement { by: by.to_owned(), at: now.wall };
        let concerned = self.entries.iter_mut().filter(|((of, _), _)| of.as_ref().is_none_or(|of| of == environment));
        concerned.filter_map(|(_, entry)| entry.acknowledge(&acknowledgement)).collect()
    }

    /// Puts the alerts that fire into a snapshot.
    pub(super) fn show(&self, snapshot: &mut Snapshot) {
        snapshot.alerts = self.firing(None).collect();
        for one in &mut snapshot.environments {
            one.alerts = self.firing(Some(&one.environment.name)).collect();
        }
    }

    fn firing<'a>(&'a self, environment: Option<&'a EnvironmentName>) -> impl Iterator<Item = AlertSnapshot> + 'a {
        let from = (environment.cloned(), "");
        let own = self.entries.range(from..).take_while(move |((of, _), _)| of.as_ref() == environment);
        own.filter_map(|(_, entry)| entry.firing()).map(|firing| AlertSnapshot {
            condition: firing.condition,
            since: firing.since,
            acknowledged: firing.acknowledged.clone(),
        })
    }

    /// Time of the next evaluation, on the elapsed clock.
    #[must_use]
    pub fn due(&self) -> Option<Elapsed> {
        self.due
    }

    /// Number of alerts known; bounded by the environments and families.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when no alert is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
