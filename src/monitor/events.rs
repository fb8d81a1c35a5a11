//! What happened: one line whenever an environment's state changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::observations;
use super::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::domain::alert::{Condition, Observation};
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry, RefusalsEnd};
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::time::Now;

/// The most lines that are kept.
const ENTRIES_MAX: usize = 500;
/// The failure of one environment is told after this, even if it is not known yet whether others fail too.
const DECIDED_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// The lines, and what they tell of each environment.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is whether one thing was told, and they are independent")]
pub struct EventLog {
    entries: Vec<LogEntry>,
    /// What was told of each environment last, and has not ended.
    logged: BTreeMap<EnvironmentName, (Status, Vec<Flag>)>,
    /// Environments that had a key in this run: only of them can be seen that it is gone.
    had_key: BTreeSet<EnvironmentName>,
    /// Environments whose key the service has accepted, in this run or as earlier ones told.
    was_accepted: BTreeSet<EnvironmentName>,
    outage: bool,
    all_refused: bool,
    /// The sinks that were told to fail.
    failing_sinks: BTreeSet<SinkKind>,
    back_at: Option<SignedDuration>,
    history_trouble: bool,
    /// Whether the lines of earlier runs are known, so that what they tell is not told again.
    is_loaded: bool,
    /// Lines that are not stored yet.
    unstored: Vec<LogEntry>,
}

impl EventLog {
    /// The lines, newest last.
    #[must_use]
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// Adds a line.
    pub fn push(&mut self, entry: LogEntry) {
        if self.entries.len() == ENTRIES_MAX {
            self.entries.remove(0);
        }
        self.unstored.push(entry.clone());
        self.entries.push(entry);
    }

    /// Takes over the lines of earlier runs, oldest first, and what they say of how things stood.
    pub fn load(&mut self, earlier: Vec<LogEntry>) {
        for entry in &earlier {
            let is_over = entry.severity == Severity::Ok;
            match entry.kind() {
                EventKind::Network => self.outage = !is_over,
                EventKind::Refusals => self.all_refused = !is_over,
                EventKind::Sink(sink) if is_over => _ = self.failing_sinks.remove(&sink),
                EventKind::Sink(sink) => _ = self.failing_sinks.insert(sink),
                _ => {}
            }
            let Some(environment) = &entry.environment else { continue };
            let (status, flags) =
                self.logged.entry(environment.name.clone()).or_insert_with(|| (Status::Waiting, Vec::new()));
            if matches!(entry.kind(), EventKind::Status(Status::Active | Status::Revoked)) {
                self.was_accepted.insert(environment.name.clone());
            }
            match entry.kind() {
                EventKind::Status(told) => *status = told,
                EventKind::Flag(flag) => {
                    if is_over {
                        flags.retain(|held| *held != flag);
                    } else {
                        flags.retain(|held| !is_followed(*held, &[flag]));
                        flags.push(flag);
                    }
                }
                _ => {}
            }
        }
        self.is_loaded = true;
        self.entries.splice(0..0, earlier);
        self.entries.drain(..self.entries.len().saturating_sub(ENTRIES_MAX));
    }

    /// The lines that came since this was last asked, to be stored.
    pub fn take_unstored(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.unstored)
    }

    /// Compares with what was told, and adds a line for each change.
    ///
    /// While every key fails alike, that is one line, not one for each: the first environments to fail
    /// wait until it is known whether the others fail too. Nothing is told before the lines of earlier runs are loaded.
    pub fn observe(&mut self, overview: &Snapshot, now: &Now) {
        if !self.is_loaded {
            return;
        }
        let outage = overview.outage.is_some() || (self.outage && !overview.has_service_answered());
        if outage != self.outage {
            self.outage = outage;
            if let Some(outage) = &overview.outage {
                let condition = if outage.is_offline() { Condition::Offline } else { Condition::Outage };
                let observation = observations::of_all(condition, overview, now);
                self.log_for_all(overview.outage_severity(), EventFact::Began(observation), now);
            } else {
                self.back_at = Some(now.elapsed);
                self.log_for_all(Severity::Ok, EventFact::Reached, now);
            }
        }
        self.observe_refusals(overview, now);
        if overview.history_error.is_some() != self.history_trouble {
            self.history_trouble = overview.history_error.is_some();
            let severity = if self.history_trouble { Severity::Warning } else { Severity::Ok };
            self.log_for_all(severity, EventFact::History(overview.history_error.clone()), now);
        }
        for report in &overview.environments {
            self.observe_report(report, overview, now);
        }
    }

    /// Tells once that the service refuses every key, and once that it does not any more, or that each counts as revoked.
    fn observe_refusals(&mut self, overview: &Snapshot, now: &Now) {
        if !overview.are_refusals_known {
            return;
        }
        let is_refused = overview.all_refused_since.is_some();
        let is_accepted =
            |report: &EnvironmentSnapshot| report.status == Status::Active && report.poll_failure.is_none();
        let has_lasted = || overview.environments.iter().any(|report| report.status == Status::Revoked);
        let (severity, fact) = match (self.all_refused, is_refused) {
            (false, true) => {
                (Severity::Critical, EventFact::Began(observations::of_all(Condition::AllRefused, overview, now)))
            }
            (true, false) if overview.environments.iter().any(is_accepted) => {
                (Severity::Ok, EventFact::RefusalsOver(RefusalsEnd::Accepted))
            }
            (true, false) if has_lasted() => (Severity::Ok, EventFact::RefusalsOver(RefusalsEnd::Lasted)),
            _ => return,
        };
        self.all_refused = is_refused;
        self.log_for_all(severity, fact, now);
    }

    /// Takes in how a sink fares, and tells it when it begins to fail, and when it works again.
    pub(super) fn sink_reported(&mut self, sink: SinkKind, failure: Option<SinkError>, now: &Now) {
        let is_news = match &failure {
            Some(_) => self.failing_sinks.insert(sink),
            None => self.failing_sinks.remove(&sink),
        };
        if is_news {
            let severity = if failure.is_some() { Severity::Warning } else { Severity::Ok };
            self.log_for_all(severity, EventFact::Sink(sink, failure), now);
        }
    }

    fn observe_report(&mut self, report: &EnvironmentSnapshot, overview: &Snapshot, now: &Now) {
        let name = &report.environment.name;
        let (status, flags) = self.logged.get(name).cloned().unwrap_or((Status::Waiting, Vec::new()));
        if report.key.is_some() && !self.had_key.contains(name) {
            self.had_key.insert(name.clone());
        }
        if report.status == Status::Waiting || report.awaits_first || report.refusal_unclear {
            // What is remembered of a key says nothing new; its first answer will. A refusal is told once it is clear.
            return;
        }
        let find = |condition| observations::of_environment(condition, report, now);
        let mut told = (report.status, report.flags.clone());
        if self.is_undecided(report, overview, now) {
            // What was told before of this one alone goes on until its end is told.
            told.0 = status;
        } else if report.status != status
            && let Some(fact) = self.change(status, report, find)
        {
            self.add(report, report.status.severity(report.fresh), fact, now);
        }
        // What is old after a sleep may be fresh with the answer that is asked for; a refusal or a fault of all says why.
        let is_explained = match report.status {
            Status::Invalid | Status::Revoked | Status::Forbidden => true,
            Status::Unreachable => overview.outage.is_some(),
            _ => report.refused_with_all,
        };
        let is_open = |flag: Flag| flag == Flag::Stale && (report.polling || is_explained);
        let news = report.flags.iter().filter(|flag| !flags.contains(flag));
        told.1.retain(|flag| flags.contains(flag) || !is_open(*flag));
        for flag in news.filter(|flag| !is_open(**flag)) {
            self.add(report, flag.severity(), EventFact::Began(find(Condition::Flag(*flag))), now);
        }
        for flag in flags.into_iter().filter(|flag| !is_followed(*flag, &report.flags)) {
            if is_over(flag, report, overview) {
                // What was put off is still to come.
                let snoozed = report.snoozed_until.filter(|_| flag == Flag::RotateSoon);
                let fact = snoozed.map_or(EventFact::FlagOver(flag), |until| EventFact::Snoozed { until });
                self.add(report, Severity::Ok, fact, now);
            } else {
                told.1.push(flag);
            }
        }
        if report.status == Status::Active && !self.was_accepted.contains(name) {
            self.was_accepted.insert(name.clone());
        }
        self.logged.insert(name.clone(), told);
    }

    /// What is seen of a status that was another before.
    fn change(
        &self,
        before: Status,
        report: &EnvironmentSnapshot,
        find: impl Fn(Condition) -> Observation,
    ) -> Option<EventFact> {
        let name = &report.environment.name;
        match report.status {
            Status::NoKey if before == Status::Waiting => None,
            Status::NoKey => Some(EventFact::NoKey { removed: self.had_key.contains(name) }),
            Status::Active if before == Status::Waiting || before == Status::NoKey => None,
            Status::Active => Some(EventFact::Accepted { again: self.was_accepted.contains(name) }),
            Status::Waiting => None,
            status => Some(EventFact::Began(find(Condition::Status(status)))),
        }
    }

    /// Whether an environment that can't be reached may be one of all: that is told of all, it is not known yet whether
    /// the others fail too, or the network came back and it was not asked since.
    #[must_use]
    pub fn is_undecided(&self, report: &EnvironmentSnapshot, overview: &Snapshot, now: &Now) -> bool {
        let same_outage = self.outage || report.failed_at <= self.back_at;
        report.status == Status::Unreachable && (same_outage || !is_told_apart(report, overview, now))
    }

    fn add(&mut self, report: &EnvironmentSnapshot, severity: Severity, fact: EventFact, now: &Now) {
        self.push(LogEntry { at: now.wall, environment: Some(report.environment.clone()), severity, fact });
    }

    pub(super) fn log_for_all(&mut self, severity: Severity, fact: EventFact, now: &Now) {
        self.push(LogEntry { at: now.wall, environment: None, severity, fact });
    }
}

/// Whether an environment that can't be reached is known to be alone: another key was answered since, or none was
/// asked for long enough.
fn is_told_apart(report: &EnvironmentSnapshot, overview: &Snapshot, now: &Now) -> bool {
    let since = report.unreachable_since.unwrap_or(now.elapsed);
    let mut others =
        overview.environments.iter().filter(|other| other.environment != report.environment && other.key.is_some());
    let is_only_one = || others.clone().next().is_none();
    now.elapsed - since >= DECIDED_AFTER || is_only_one() || others.any(|other| other.last_answer_at > Some(since))
}

/// Whether a flag still holds, or gave way to a worse one of its kind.
fn is_followed(flag: Flag, flags: &[Flag]) -> bool {
    flags.iter().any(|held| *held == flag || flag.worse().contains(held))
}

/// Whether a flag that does not hold is over, and not only unknown.
fn is_over(flag: Flag, report: &EnvironmentSnapshot, overview: &Snapshot) -> bool {
    report.status == Status::Active
        && match flag {
            Flag::RunsOutBeforeReset => report.fresh && report.forecast.is_some(),
            Flag::SharedKey => overview.are_keys_known(),
            _ => true,
        }
}
