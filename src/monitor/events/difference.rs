//! Difference between what the log says and what a snapshot says: a line for each change.
//!
//! While every key fails alike, that is one line, not one for each: the first environments to fail wait until it is known
//! whether the others fail too.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::domain::alert::{Condition, Observation};
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry, RefusalsEnd};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::time::{Elapsed, Now};
use crate::monitor::observations;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// The failure of one environment is told after this, even if it is not known yet whether others fail too.
const DECIDED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// State of everything, as the log says.
#[derive(Clone, Debug, Default)]
pub(super) struct LoggedState {
    environments: BTreeMap<EnvironmentName, LoggedEnvironment>,
    outage: LoggedOutage,
    all_refused: bool,
    history_failed: bool,
}

/// Outage of the service, as the log says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LoggedOutage {
    /// Nothing in this run.
    #[default]
    None,
    /// It lasts.
    Lasting,
    /// It ended then, on the elapsed clock.
    OverSince(Elapsed),
}

/// State of an environment, as the log says.
#[derive(Clone, Debug)]
struct LoggedEnvironment {
    status: Status,
    /// Flags that have not ended.
    flags: Vec<Flag>,
    /// True once it had a key in this run: only then can be seen that it is gone.
    had_key: bool,
    /// True once the service has accepted its key, in this run or as earlier ones told.
    was_accepted: bool,
}

impl Default for LoggedEnvironment {
    fn default() -> Self {
        Self { status: Status::Waiting, flags: Vec::new(), had_key: false, was_accepted: false }
    }
}

impl LoggedState {
    /// Takes over what a line of an earlier run says.
    pub(super) fn restore(&mut self, entry: &LogEntry) {
        let is_over = entry.severity == Severity::Ok;
        match entry.kind() {
            EventKind::Network => self.outage = if is_over { LoggedOutage::None } else { LoggedOutage::Lasting },
            EventKind::Refusals => self.all_refused = !is_over,
            _ => {}
        }
        let Some(environment) = &entry.environment else { return };
        let logged = self.environments.entry(environment.name.clone()).or_default();
        match entry.kind() {
            EventKind::Status(status) => {
                logged.status = status;
                logged.was_accepted |= matches!(status, Status::Active | Status::Revoked);
            }
            EventKind::Flag(flag) if is_over => logged.flags.retain(|held| *held != flag),
            EventKind::Flag(flag) => {
                logged.flags.retain(|held| !is_followed(*held, &[flag]));
                logged.flags.push(flag);
            }
            _ => {}
        }
    }

    /// The lines that the log lacks to say what a snapshot says of all environments together, and of those at such places;
    /// from now on it is taken to say so.
    pub(super) fn difference(&mut self, snapshot: &Snapshot, places: &[usize], now: &Now) -> Vec<LogEntry> {
        let of_all =
            [self.outage_change(snapshot, now), self.refusals_change(snapshot, now), self.history_change(snapshot)];
        let line = |(severity, fact)| LogEntry { at: now.wall, environment: None, severity, fact };
        let mut lines: Vec<_> = of_all.into_iter().flatten().map(line).collect();
        for environment in places.iter().filter_map(|place| snapshot.environments.get(*place)) {
            let is_undecided = self.is_undecided(environment, snapshot, now);
            let name = &environment.environment.name;
            if !self.environments.contains_key(name) {
                self.environments.insert(name.clone(), LoggedEnvironment::default());
            }
            let Some(logged) = self.environments.get_mut(name) else { continue };
            let of_one = || Some(environment.environment.clone());
            let line = |(severity, fact)| LogEntry { at: now.wall, environment: of_one(), severity, fact };
            lines.extend(logged.difference(environment, snapshot, is_undecided, now).into_iter().map(line));
        }
        lines
    }

    fn outage_change(&mut self, snapshot: &Snapshot, now: &Now) -> Option<(Severity, EventFact)> {
        match (self.outage, &snapshot.outage) {
            (LoggedOutage::None | LoggedOutage::OverSince(_), Some(outage)) => {
                self.outage = LoggedOutage::Lasting;
                let condition = if outage.is_offline() { Condition::Offline } else { Condition::Outage };
                let fact = EventFact::Began(observations::of_all(condition, snapshot, now));
                Some((snapshot.outage_severity(), fact))
            }
            (LoggedOutage::Lasting, None) if snapshot.has_service_answered() => {
                self.outage = LoggedOutage::OverSince(now.elapsed);
                Some((Severity::Ok, EventFact::Reached))
            }
            _ => None,
        }
    }

    /// Tells once that the service refuses every key, and once that it does not any more, or that each counts as revoked.
    fn refusals_change(&mut self, snapshot: &Snapshot, now: &Now) -> Option<(Severity, EventFact)> {
        if !snapshot.are_refusals_known {
            return None;
        }
        let is_refused = snapshot.all_refused_since.is_some();
        let any =
            |is: fn(&EnvironmentSnapshot) -> bool| snapshot.environments.iter().any(|environment| is(environment));
        let change = match (self.all_refused, is_refused) {
            (false, true) => {
                (Severity::Critical, EventFact::Began(observations::of_all(Condition::AllRefused, snapshot, now)))
            }
            (true, false)
                if any(|environment| environment.status == Status::Active && environment.poll_failure.is_none()) =>
            {
                (Severity::Ok, EventFact::RefusalsOver(RefusalsEnd::Accepted))
            }
            (true, false) if any(|environment| environment.status == Status::Revoked) => {
                (Severity::Ok, EventFact::RefusalsOver(RefusalsEnd::Lasted))
            }
            _ => return None,
        };
        self.all_refused = is_refused;
        Some(change)
    }

    fn history_change(&mut self, snapshot: &Snapshot) -> Option<(Severity, EventFact)> {
        let fails = snapshot.history_error.is_some();
        if fails == self.history_failed {
            return None;
        }
        self.history_failed = fails;
        let severity = if fails { Severity::Warning } else { Severity::Ok };
        Some((severity, EventFact::History(snapshot.history_error.clone())))
    }

    /// True when an environment that can't be reached may be one of all: that is told of all, it is not known yet whether
    /// the others fail too, or the network came back and it was not asked since.
    pub(super) fn is_undecided(&self, environment: &EnvironmentSnapshot, snapshot: &Snapshot, now: &Now) -> bool {
        let is_of_outage = match self.outage {
            LoggedOutage::None => environment.failed_at.is_none(),
            LoggedOutage::Lasting => true,
            LoggedOutage::OverSince(end) => environment.failed_at <= Some(end),
        };
        environment.status == Status::Unreachable && (is_of_outage || !is_told_apart(environment, snapshot, now))
    }
}

impl LoggedEnvironment {
    fn difference(
        &mut self,
        environment: &EnvironmentSnapshot,
        snapshot: &Snapshot,
        is_undecided: bool,
        now: &Now,
    ) -> Vec<(Severity, EventFact)> {
        self.had_key |= environment.key.is_some();
        if environment.status == Status::Waiting || environment.awaits_first || environment.refusal_unclear {
            // What is remembered of a key says nothing new; its first answer will. A refusal is told once it is clear.
            return Vec::new();
        }
        let find = |condition| observations::of_environment(condition, environment, now);
        let mut lines = Vec::new();
        // What was told before of this one alone goes on until its end is told.
        if !is_undecided && environment.status != self.status {
            let fact = self.status_change(environment, find);
            lines.extend(fact.map(|fact| (environment.status.severity(environment.fresh), fact)));
            self.status = environment.status;
        }
        // What is old after a sleep may be fresh with the answer that is asked for; a refusal or a fault of all says why.
        let is_explained = match environment.status {
            Status::Invalid | Status::Revoked | Status::Forbidden => true,
            Status::Unreachable => snapshot.outage.is_some(),
            _ => environment.refused_with_all,
        };
        let is_open = |flag: Flag| flag == Flag::Stale && (environment.polling || is_explained);
        let before = std::mem::take(&mut self.flags);
        for flag in environment.flags.iter().copied() {
            let is_known = before.contains(&flag);
            if !is_known && is_open(flag) {
                continue;
            }
            self.flags.push(flag);
            if !is_known {
                lines.push((flag.severity(), EventFact::Began(find(Condition::Flag(flag)))));
            }
        }
        for flag in before.into_iter().filter(|flag| !is_followed(*flag, &environment.flags)) {
            if is_over(flag, environment, snapshot) {
                // What was put off is still to come.
                let snoozed = environment.snoozed_until.filter(|_| flag == Flag::RotateSoon);
                let fact = snoozed.map_or(EventFact::FlagOver(flag), |until| EventFact::Snoozed { until });
                lines.push((Severity::Ok, fact));
            } else {
                self.flags.push(flag);
            }
        }
        self.was_accepted |= environment.status == Status::Active;
        lines
    }

    /// The fact that is seen of a status that was another before.
    fn status_change(
        &self,
        environment: &EnvironmentSnapshot,
        find: impl Fn(Condition) -> Observation,
    ) -> Option<EventFact> {
        match environment.status {
            Status::NoKey if self.status == Status::Waiting => None,
            Status::NoKey => Some(EventFact::NoKey { removed: self.had_key }),
            Status::Active if matches!(self.status, Status::Waiting | Status::NoKey) => None,
            Status::Active => Some(EventFact::Accepted { again: self.was_accepted }),
            Status::Waiting => None,
            status => Some(EventFact::Began(find(Condition::Status(status)))),
        }
    }
}

/// True when an environment that can't be reached is known to be alone: another key was answered since, or none was
/// asked for long enough.
fn is_told_apart(environment: &EnvironmentSnapshot, snapshot: &Snapshot, now: &Now) -> bool {
    let since = environment.unreachable_since.unwrap_or(now.elapsed);
    let mut others = snapshot
        .environments
        .iter()
        .filter(|other| other.environment != environment.environment && other.key.is_some());
    let is_only_one = || others.clone().next().is_none();
    now.elapsed - since >= DECIDED_AFTER || is_only_one() || others.any(|other| other.last_answer_at > Some(since))
}

/// True when a flag still holds, or gave way to a worse one of its kind.
fn is_followed(flag: Flag, flags: &[Flag]) -> bool {
    flags.iter().any(|held| *held == flag || flag.worse().contains(held))
}

/// True when a flag that does not hold is over, and not only unknown.
fn is_over(flag: Flag, environment: &EnvironmentSnapshot, snapshot: &Snapshot) -> bool {
    environment.status == Status::Active
        && match flag {
            Flag::RunsOutBeforeReset => environment.fresh && environment.forecast.is_some(),
            Flag::SharedKey => snapshot.are_keys_known(),
            _ => true,
        }
}
