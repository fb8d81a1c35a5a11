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

mod acknowledgement;
mod alert;
mod context;
mod group;
mod rule;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::effect::Effect;
use super::settings::WatchedEnvironment;
use super::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::domain::alert::{AlertChange, AlertRecord, AlertRules, AlertWriteOutcome, Condition};
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;
use crate::domain::time::{Elapsed, Now};
pub(super) use acknowledgement::AcknowledgementChange;
use context::AlertContext;
use group::AlertGroup;
use rule::RuleFacts;

/// A step that comes so much later than it was due follows a sleep.
const MISSED: SignedDuration = SignedDuration::from_mins(1);
/// Interval at which the kept alerts are loaded again while one fires: other processes may have changed them.
const RELOAD: SignedDuration = SignedDuration::from_mins(5);

/// All alerts, and the rules by which they fire.
#[derive(Clone, Debug)]
pub struct AlertSet {
    rules: AlertRules,
    /// Environments that are watched with their alerts, in the order of the screen.
    environments: Vec<(WatchedEnvironment, AlertGroup)>,
    places: BTreeMap<EnvironmentName, usize>,
    /// Alerts of all environments together.
    of_all: AlertGroup,
    /// Time of the last load of the alerts that are kept, on the elapsed clock; nothing fires before.
    loaded_at: Option<Elapsed>,
    /// True while they are being loaded.
    loading: bool,
    /// Environments that are configured and not watched here: others may watch them, so their alerts are left alone.
    unwatched: Vec<EnvironmentName>,
    /// Alerts of environments that are configured no more, which are to be resolved.
    unconfigured: Vec<AlertRecord>,
    /// End of the quiet hours that some of these wait for.
    unconfigured_due: Option<Elapsed>,
}

impl AlertSet {
    /// Alerts of which none fires until it is [`loaded`](Self::loaded).
    #[must_use]
    pub fn new(rules: AlertRules, watched: Vec<WatchedEnvironment>, unwatched: Vec<EnvironmentName>) -> Self {
        let names = watched.iter().map(|watched| watched.environment.name.clone());
        Self {
            rules,
            places: names.zip(0..).collect(),
            environments: watched.into_iter().map(|watched| (watched, AlertGroup::default())).collect(),
            of_all: AlertGroup::default(),
            loaded_at: None,
            loading: true,
            unwatched,
            unconfigured: Vec::new(),
            unconfigured_due: None,
        }
    }

    /// Alerts of an environment, or of all of them; `None` for one that is not watched.
    fn group_mut(&mut self, environment: Option<&EnvironmentName>) -> Option<&mut AlertGroup> {
        match environment {
            None => Some(&mut self.of_all),
            Some(name) => self.places.get(name).map(|place| &mut self.environments[*place].1),
        }
    }

    fn groups(&self) -> impl Iterator<Item = &AlertGroup> {
        self.environments.iter().map(|(_, group)| group).chain([&self.of_all])
    }

    /// Takes over the alerts that are kept; `None` where they could not be read, and each is new then.
    pub fn loaded(&mut self, records: Option<Vec<AlertRecord>>, now: &Now) {
        let is_first = self.loaded_at.is_none();
        self.loading = false;
        self.loaded_at = Some(now.elapsed);
        for record in records.unwrap_or_default() {
            if let Some(group) = self.group_mut(record.environment.as_ref()) {
                group.loaded(&record, is_first, now);
                continue;
            }
            let is_left_out = record.environment.as_ref().is_some_and(|name| self.unwatched.contains(name));
            if is_first && !is_left_out && !record.is_resolved {
                self.unconfigured.push(record);
            }
        }
    }

    /// Resolves the alerts of environments that are configured no more, or were renamed; in quiet hours only what was
    /// critical.
    fn resolve_unconfigured(&mut self, quiet_until: Option<Timestamp>, now: &Now) -> Vec<AlertChange> {
        let may_tell = |record: &AlertRecord| record.severity == Severity::Critical || quiet_until.is_none();
        let (resolved, kept) = std::mem::take(&mut self.unconfigured).into_iter().partition(may_tell);
        self.unconfigured = kept;
        let quiet_until = quiet_until.filter(|_| !self.unconfigured.is_empty());
        self.unconfigured_due = quiet_until.map(|until| now.elapsed + now.wall.duration_until(until));
        resolved.into_iter().map(|record| alert::resolve_unconfigured(record, now)).collect()
    }

    /// True when the alerts that are kept should be looked up again.
    fn needs_reload(&mut self, now: &Now) -> bool {
        let is_old = self.loaded_at.is_some_and(|loaded| now.elapsed - loaded >= RELOAD);
        let asks = is_old && !self.loading && self.groups().any(AlertGroup::is_firing);
        self.loading |= asks;
        asks
    }

    /// Places of the environments whose alerts are to be evaluated now, whatever else is known.
    #[must_use = "iterators are lazy"]
    pub fn due_places(&self, now: &Now) -> impl Iterator<Item = usize> {
        let due = self.environments.iter().map(|(_, group)| group.due);
        due.enumerate().filter(|(_, due)| due.is_some_and(|due| due <= now.elapsed)).map(|(place, _)| place)
    }

    /// Compares the alerts of all environments together, and of those at such places, with a snapshot, and answers with what
    /// is to be done. `is_undecided` tells of an environment that can't be reached whether it may be one of all.
    pub(super) fn step(
        &mut self,
        snapshot: &Snapshot,
        places: &[usize],
        is_undecided: impl Fn(&EnvironmentSnapshot) -> bool,
        now: &Now,
    ) -> Vec<Effect> {
        let changes = self.evaluate(snapshot, places, is_undecided, now).into_iter();
        let mut effects: Vec<_> = changes.map(|change| Effect::StoreAlert(Box::new(change))).collect();
        effects.extend(self.needs_reload(now).then_some(Effect::LoadAlerts));
        effects
    }

    fn evaluate(
        &mut self,
        snapshot: &Snapshot,
        places: &[usize],
        is_undecided: impl Fn(&EnvironmentSnapshot) -> bool,
        now: &Now,
    ) -> Vec<AlertChange> {
        if self.loaded_at.is_none() {
            return Vec::new();
        }
        if self.due().is_some_and(|due| now.elapsed - due > MISSED) {
            let groups = self.environments.iter_mut().map(|(_, group)| group).chain([&mut self.of_all]);
            groups.for_each(|group| group.restart(now));
        }
        let are_keys_known = snapshot.are_keys_known();
        let quiet_until = self.rules.quiet_hours.as_ref().and_then(|hours| hours.until_from(now.wall));
        let mut changes = self.resolve_unconfigured(quiet_until, now);
        let Self { rules, environments, of_all, .. } = self;
        let context = AlertContext { environment: None, snapshot, rules, quiet_until, had_key: false, now };
        for place in places {
            let judged = snapshot.environments.get(*place).zip(environments.get_mut(*place));
            let Some((environment, (watched, group))) = judged else { continue };
            let is_undecided = is_undecided(environment);
            let thresholds = &watched.thresholds;
            let facts =
                RuleFacts { environment, snapshot, are_keys_known, thresholds, is_undecided, credits_firing: None };
            changes.extend(group.evaluate(facts, &watched.muted, &context));
        }
        let all_refused = [(Condition::AllRefused, rule::all_refused(snapshot))];
        let is_offline_muted = rules.muted.contains(&Condition::Offline);
        of_all.due = None;
        for results in [&rule::outage(snapshot, is_offline_muted)[..], &all_refused] {
            let unmuted = results.iter().filter(|(condition, _)| !rules.muted.contains(condition));
            let unmuted: Vec<_> = unmuted.copied().collect();
            changes.extend(of_all.advance(results[0].0, &unmuted, &context));
        }
        changes
    }

    /// Takes in what came of keeping a change of an alert.
    pub fn stored(&mut self, record: &AlertRecord, outcome: AlertWriteOutcome, now: &Now) {
        if let Some(group) = self.group_mut(record.environment.as_ref()) {
            group.stored(record.condition, outcome, now);
        }
    }

    /// Notes who has seen the alerts of an environment and those of the machine; tells which have changed.
    pub(super) fn acknowledge(
        &mut self,
        environment: &EnvironmentName,
        change: &AcknowledgementChange,
        now: &Now,
    ) -> Vec<Condition> {
        let mut changed = self.of_all.acknowledge(change, now);
        if let Some(group) = self.group_mut(Some(environment)) {
            changed.extend(group.acknowledge(change, now));
        }
        changed
    }

    /// Puts the alerts that fire into a snapshot: those of all environments together, and of those at such places.
    pub(super) fn show(&self, snapshot: &mut Snapshot, places: &[usize]) {
        snapshot.alerts = self.of_all.shown().collect();
        for place in places {
            let one = snapshot.environments.get_mut(*place).zip(self.environments.get(*place));
            let Some((one, (_, group))) = one else { continue };
            if !group.shown().eq(one.alerts.iter().cloned()) {
                Arc::make_mut(one).alerts = group.shown().collect();
            }
        }
    }

    /// Time of the next evaluation, on the elapsed clock.
    #[must_use]
    pub fn due(&self) -> Option<Elapsed> {
        self.groups().map(|group| group.due).chain([self.unconfigured_due]).flatten().min()
    }

    /// Number of alerts known; bounded by the environments and families.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups().map(AlertGroup::len).sum()
    }

    /// True when no alert is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
