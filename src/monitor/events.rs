//! Event log: one line whenever an environment's state changes.
//!
//! Two processes that see one event each log it; the history keeps one of the lines.

mod difference;
mod gaps;
pub mod sample_changes;

use std::collections::{BTreeMap, BTreeSet};

pub use gaps::Gaps;

use super::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::domain::account::Account;
use crate::domain::activity::UsageAnomaly;
use crate::domain::environment::Environment;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry};
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::Severity;
use crate::domain::time::Now;
use difference::LoggedState;

/// The most lines that are kept.
const ENTRIES_MAX: usize = 500;

/// The lines, and what they say.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    entries: Vec<LogEntry>,
    logged: LoggedState,
    /// The sinks that were told to fail.
    failing_sinks: BTreeSet<SinkKind>,
    /// True once the lines of earlier runs are known, so that what they tell is not told again.
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

    /// Adds a line about an environment, or about all of them.
    pub fn log(&mut self, environment: Option<Environment>, severity: Severity, fact: EventFact, now: &Now) {
        self.push(LogEntry { at: now.wall, environment, severity, fact });
    }

    fn push(&mut self, entry: LogEntry) {
        if self.entries.len() == ENTRIES_MAX {
            self.entries.remove(0);
        }
        self.unstored.push(entry.clone());
        self.entries.push(entry);
    }

    /// Logs the differences between two answers for the account of some environments. True where one is of the credits.
    pub(super) fn log_changes(&mut self, about: &[&Environment], before: &Account, after: &Account, now: &Now) -> bool {
        let facts = sample_changes::changes(before, after);
        for fact in &facts {
            let severity = if fact.kind() == EventKind::Plan { Severity::Warning } else { Severity::Ok };
            for environment in about {
                self.log(Some((*environment).clone()), severity, fact.clone(), now);
            }
        }
        facts.iter().any(sample_changes::is_of_credits)
    }

    /// Logs it where the key that took the place of another answers for another account than `before`.
    pub(super) fn log_other_account(
        &mut self,
        about: &Environment,
        before: Option<&Account>,
        account: &Account,
        now: &Now,
    ) {
        if let Some(fact) = before.and_then(|before| sample_changes::other_account(before, account)) {
            self.log(Some(about.clone()), Severity::Warning, fact, now);
        }
    }

    /// Logs anomalies of the use of an environment's key.
    pub(super) fn log_anomalies(&mut self, about: &Environment, anomalies: &[UsageAnomaly], now: &Now) {
        for anomaly in anomalies {
            self.log(Some(about.clone()), Severity::Warning, EventFact::Unusual(anomaly.clone()), now);
        }
    }

    /// Takes over the lines of earlier runs, oldest first, and what they say of how things stood. Those about environments
    /// get the names that these have now; those about others are left out.
    pub(super) fn load<'a>(&mut self, earlier: Vec<LogEntry>, environments: impl IntoIterator<Item = &'a Environment>) {
        let named: BTreeMap<_, _> = environments.into_iter().map(|one| (&one.name, one)).collect();
        let earlier = earlier.into_iter().filter_map(|entry| match &entry.environment {
            None => Some(entry),
            Some(about) => {
                let about = (*named.get(&about.name)?).clone();
                Some(LogEntry { environment: Some(about), ..entry })
            }
        });
        let earlier: Vec<_> = earlier.collect();
        for entry in &earlier {
            self.logged.restore(entry);
            if let EventKind::Sink(sink) = entry.kind() {
                self.note_sink(sink, entry.severity != Severity::Ok);
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

    /// Adds a line for each difference between what the log says and what a snapshot says of all environments together, and of
    /// those at such places. Nothing is told before the lines of earlier runs are loaded.
    pub fn observe(&mut self, snapshot: &Snapshot, places: &[usize], now: &Now) {
        if self.is_loaded {
            for line in self.logged.difference(snapshot, places, now) {
                self.push(line);
            }
        }
    }

    /// True when an environment that can't be reached may be one of all, as far as the log says.
    #[must_use]
    pub fn is_undecided(&self, environment: &EnvironmentSnapshot, snapshot: &Snapshot, now: &Now) -> bool {
        self.logged.is_undecided(environment, snapshot, now)
    }

    /// Takes in how a sink fares, and tells it when it begins to fail, and when it works again.
    pub(super) fn sink_reported(&mut self, sink: SinkKind, failure: Option<SinkError>, now: &Now) {
        if self.note_sink(sink, failure.is_some()) {
            let severity = if failure.is_some() { Severity::Warning } else { Severity::Ok };
            self.log(None, severity, EventFact::Sink(sink, failure), now);
        }
    }

    fn note_sink(&mut self, sink: SinkKind, fails: bool) -> bool {
        if fails { self.failing_sinks.insert(sink) } else { self.failing_sinks.remove(&sink) }
    }
}
