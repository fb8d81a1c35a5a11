//! What happened, for people: one line whenever an environment's state changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::report::{Outage, Overview, Report};
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::{EventKind, LogEntry};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::time::Now;
use crate::wording::failures;

/// The most lines that are kept.
const ENTRIES_MAX: usize = 500;
/// The failure of one environment is told after this, even if it is not known yet whether others fail too.
const DECIDED_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// What is told where no environment can be reached.
pub(super) const CUT_OFF: &str = "no environment can be reached";
/// What is told of a machine without a network.
pub(super) const OFFLINE: &str = "no environment can be reached: this machine seems to be offline";

/// What is told of a service that refuses every key.
pub(super) const ALL_REFUSED: &str = "the service refuses every key (401)";

/// The lines, and what was last seen of each environment.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is whether one thing was told, and they are independent")]
pub struct EventLog {
    entries: Vec<LogEntry>,
    seen: BTreeMap<EnvironmentName, (Status, Vec<Flag>)>,
    /// Environments that had a key in this run: only of them can be seen that it is gone.
    had_key: BTreeSet<EnvironmentName>,
    /// Environments whose key the service has accepted, in this run or as earlier ones told.
    was_accepted: BTreeSet<EnvironmentName>,
    outage: bool,
    is_offline: bool,
    all_refused: bool,
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
            match entry.kind {
                EventKind::Network => self.outage = entry.severity != Severity::Ok,
                EventKind::Refusals => self.all_refused = entry.severity != Severity::Ok,
                _ => {}
            }
            let Some(environment) = &entry.environment else { continue };
            let (status, flags) =
                self.seen.entry(environment.name.clone()).or_insert_with(|| (Status::Waiting, Vec::new()));
            if matches!(entry.kind, EventKind::Status(Status::Active | Status::Revoked)) {
                self.was_accepted.insert(environment.name.clone());
            }
            match entry.kind {
                EventKind::Status(told) => *status = told,
                EventKind::Flag(flag) => {
                    if entry.severity == Severity::Ok {
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

    /// Compares with what was last seen, and adds a line for each change.
    ///
    /// While every key fails alike, that is one line, not one for each: the first environments to fail
    /// wait until it is known whether the others fail too. Nothing is told before the lines of earlier runs are loaded.
    pub fn observe(&mut self, overview: &Overview, now: &Now) {
        if !self.is_loaded {
            return;
        }
        let outage = overview.outage.is_some() || (self.outage && !overview.is_service_heard());
        if outage != self.outage {
            self.outage = outage;
            let (severity, text) = match &overview.outage {
                Some(outage) if outage.is_offline() => (Severity::Critical, OFFLINE.to_owned()),
                Some(outage) => (Severity::Critical, format!("{CUT_OFF}: {}", failures::clause(&outage.cause))),
                None if self.is_offline => (Severity::Ok, "the network is back".to_owned()),
                None => (Severity::Ok, "the service answers again".to_owned()),
            };
            if !outage {
                self.back_at = Some(now.elapsed);
            }
            self.is_offline = overview.outage.as_ref().is_some_and(Outage::is_offline);
            self.push(LogEntry { at: now.wall, environment: None, severity, kind: EventKind::Network, text });
        }
        self.observe_refusals(overview, now);
        if overview.history_trouble.is_some() != self.history_trouble {
            self.history_trouble = overview.history_trouble.is_some();
            let trouble = overview.history_trouble.clone().map(|trouble| (Severity::Warning, trouble));
            let (severity, text) = trouble.unwrap_or((Severity::Ok, "samples are stored again".to_owned()));
            self.push(LogEntry { at: now.wall, environment: None, severity, kind: EventKind::History, text });
        }
        for report in &overview.reports {
            self.observe_report(report, overview, now);
        }
    }

    /// Tells once that the service refuses every key, and once that it does not any more, or that each counts as revoked.
    fn observe_refusals(&mut self, overview: &Overview, now: &Now) {
        if !overview.are_refusals_known {
            return;
        }
        let is_refused = overview.all_refused_since.is_some();
        let is_accepted = |report: &Report| report.status == Status::Active && report.poll_failure.is_none();
        let has_lasted = || overview.reports.iter().any(|report| report.status == Status::Revoked);
        let (severity, text) = match (self.all_refused, is_refused) {
            (false, true) => (Severity::Critical, ALL_REFUSED),
            (true, false) if overview.reports.iter().any(is_accepted) => {
                (Severity::Ok, "the service accepts keys again")
            }
            (true, false) if has_lasted() => {
                (Severity::Ok, "the service has refused every key for long: they count as revoked")
            }
            _ => return,
        };
        self.all_refused = is_refused;
        let (environment, kind) = (None, EventKind::Refusals);
        self.push(LogEntry { at: now.wall, environment, severity, kind, text: text.to_owned() });
    }

    fn observe_report(&mut self, report: &Report, overview: &Overview, now: &Now) {
        let name = &report.environment.name;
        let first = (Status::Waiting, Vec::new());
        let (status, flags) = self.seen.get(name).cloned().unwrap_or(first);
        if report.key.is_some() && !self.had_key.contains(name) {
            self.had_key.insert(name.clone());
        }
        if report.status == Status::Waiting || report.awaits_first || report.refusal_unclear {
            // What is remembered of a key says nothing new; its first answer will. A refusal is told once it is clear.
            return;
        }
        let same_outage = report.failed_at <= self.back_at;
        let undecided = self.is_undecided(report, overview, now);
        let mut seen = (report.status, report.flags.clone());
        if undecided {
            seen.0 = if overview.outage.is_some() || same_outage { Status::Waiting } else { status };
        } else if report.status != status
            && let Some(text) = self.change_text(status, report)
        {
            self.add(report, EventKind::Status(report.status), report.status.severity(report.fresh), text, now.wall);
        }
        for flag in report.flags.iter().filter(|flag| !flags.contains(flag)) {
            self.add(report, EventKind::Flag(*flag), flag.severity(), raised_text(*flag, report), now.wall);
        }
        for flag in flags.into_iter().filter(|flag| !is_followed(*flag, &report.flags)) {
            if is_over(flag, report, overview) {
                self.add(report, EventKind::Flag(flag), Severity::Ok, format!("{}: over", flag_text(flag)), now.wall);
            } else {
                seen.1.push(flag);
            }
        }
        if report.status == Status::Active && !self.was_accepted.contains(name) {
            self.was_accepted.insert(name.clone());
        }
        self.seen.insert(name.clone(), seen);
    }

    /// What is seen of a status that was another before.
    fn change_text(&self, before: Status, report: &Report) -> Option<String> {
        let name = &report.environment.name;
        match report.status {
            Status::NoKey if before == Status::Waiting => None,
            Status::NoKey if self.had_key.contains(name) => Some("the key was removed".to_owned()),
            Status::NoKey => Some("no source has a key".to_owned()),
            Status::Active if before == Status::Waiting || before == Status::NoKey => None,
            Status::Active if self.was_accepted.contains(name) => Some("active again".to_owned()),
            Status::Active => Some(status_words(Status::Active).to_owned()),
            _ => status_text(report),
        }
    }

    /// Whether an environment that can't be reached may be one of all: it is not known yet whether the others fail
    /// too, or the network came back and it was not asked since.
    #[must_use]
    pub fn is_undecided(&self, report: &Report, overview: &Overview, now: &Now) -> bool {
        let same_outage = report.failed_at <= self.back_at;
        report.status == Status::Unreachable && (same_outage || !is_told_apart(report, overview, now))
    }

    fn add(&mut self, report: &Report, kind: EventKind, severity: Severity, text: String, now: Timestamp) {
        self.push(LogEntry { at: now, environment: Some(report.environment.clone()), severity, kind, text });
    }
}

/// Whether an environment that can't be reached is known to be alone: another key was answered since, or none was
/// asked for long enough.
fn is_told_apart(report: &Report, overview: &Overview, now: &Now) -> bool {
    let since = report.cut_off_since.unwrap_or(now.elapsed);
    let mut others =
        overview.reports.iter().filter(|other| other.environment != report.environment && other.key.is_some());
    let is_only_one = || others.clone().next().is_none();
    now.elapsed - since >= DECIDED_AFTER || is_only_one() || others.any(|other| other.heard_at > Some(since))
}

/// Whether a flag still holds, or gave way to a worse one of its kind.
fn is_followed(flag: Flag, flags: &[Flag]) -> bool {
    flags.iter().any(|held| *held == flag || flag.worse().contains(held))
}

/// Whether a flag that does not hold is over, and not only unknown.
fn is_over(flag: Flag, report: &Report, overview: &Overview) -> bool {
    report.status == Status::Active
        && match flag {
            Flag::RunsOutBeforeReset => report.fresh && report.forecast.is_some(),
            Flag::SharedKey => overview.are_keys_known(),
            _ => true,
        }
}

/// What is the matter with an environment, as far as its status tells.
pub(super) fn status_text(report: &Report) -> Option<String> {
    let told = || {
        let refusal = report.refusal.as_ref().map(|refusal| &refusal.cause);
        let refusal = refusal.filter(|_| report.status != Status::Unreachable);
        let cause = refusal.or(report.poll_failure.as_ref().map(|failure| &*failure.cause));
        cause.map_or_else(|| status_words(report.status).to_owned(), failures::clause)
    };
    match report.status {
        Status::Active | Status::Waiting | Status::NoKey => None,
        Status::KeyUnavailable => report.key_failure.as_ref().map(ToString::to_string),
        Status::Revoked | Status::Invalid => Some(status_words(report.status).to_owned()),
        Status::Forbidden | Status::RateLimited | Status::Unreachable => Some(told()),
    }
}

/// A status, whatever brought it about.
pub(super) fn status_words(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Waiting => "not polled yet",
        Status::NoKey => "no key",
        Status::KeyUnavailable => "the source of the key can't be asked",
        Status::Revoked => "the key was revoked or has expired",
        Status::Invalid => "the service does not know the key",
        Status::Forbidden => "the service forbids the call",
        Status::RateLimited => "the service asks to wait",
        Status::Unreachable => "the service can't be reached",
    }
}

pub(super) fn raised_text(flag: Flag, report: &Report) -> String {
    let left = report.account.as_ref().map(|account| crate::domain::format::credits(account.credits_remaining));
    match (flag, left) {
        (Flag::CreditsLow | Flag::CreditsCritical, Some(left)) => format!("{}: {left} left", flag_text(flag)),
        _ => flag_text(flag).to_owned(),
    }
}

pub(super) fn flag_text(flag: Flag) -> &'static str {
    match flag {
        Flag::CreditsOut => "out of credits",
        Flag::CreditsCritical => "credits critical",
        Flag::CreditsLow => "credits low",
        Flag::RotateOverdue => "rotation overdue",
        Flag::RunsOutBeforeReset => "credits run out before the reset",
        Flag::RotateSoon => "rotation due soon",
        Flag::DailyLimitNear => "few requests left today",
        Flag::DailyLimitReached => "no requests left today",
        Flag::Stale => "the sample is stale",
        Flag::SharedKey => "shares its key with another environment",
        Flag::ClockSkew => "this machine's clock differs from the service's",
    }
}
