//! Event log: one line whenever an environment's state changes.
//!
//! Two processes that see one event each log it; the history keeps one of the lines.

mod difference;
mod gaps;
pub mod sample_changes;

use std::collections::BTreeSet;

pub use gaps::Gaps;

use super::snapshot::{EnvironmentSnapshot, Snapshot};
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

    /// Takes over the lines of earlier runs, oldest first, and what they say of how things stood.
    pub fn load(&mut self, earlier: Vec<LogEntry>) {
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

    /// Adds a line for each difference between a snapshot and what the log says. Nothing is told before the lines of
    /// earlier runs are loaded.
    pub fn observe(&mut self, snapshot: &Snapshot, now: &Now) {
        if self.is_loaded {
            for line in self.logged.difference(snapshot, now) {
                self.push(line);
            }
        }
    }

    /// True when an environment that can't be reached may be one of all, as far as the log says.
    #[must_use]
    pub fn is_undecided(&self, report: &EnvironmentSnapshot, snapshot: &Snapshot, now: &Now) -> bool {
        self.logged.is_undecided(report, snapshot, now)
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
