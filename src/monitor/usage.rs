//! When `/usage` is asked, and what is made of it.
//!
//! Nothing is asked until the monitor is told to follow the activity. Then a look is due when the counters tell of use by
//! others since the last one, and while the operator looks at the activity of an environment. Each page is a call like
//! any other: it is entered in the ledger, stays within the share, and is never made beside another call with the key.
//! Looks take a quarter of the day's share at most; the polls, which come first, leave it to them.

mod scan;

use jiff::{SignedDuration, Timestamp};

pub use scan::UsageScan;

use super::effect::Effect;
use super::model::Monitor;
use super::polling::quota::PermitRequest;
use super::polling::retry_after;
use crate::domain::activity::{ActivityRecord, ScannedUsage, UsageError, UsageResponse, UsageUpdate};
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{PollError, PollErrorKind};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::log_entry::EventFact;
use crate::domain::status::Severity;
use crate::domain::time::Now;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageInput {
    /// From now on the activity is followed.
    Followed,
    /// The operator looks at the activity of an environment, or no longer at any.
    Opened(Option<EnvironmentName>),
    /// The history was asked for what it knows of a key; or why it could not answer.
    Loaded {
        /// Which key.
        fingerprint: Fingerprint,
        /// What it knows.
        outcome: Result<ActivityRecord, HistoryErrorDetails>,
    },
    /// A page of `/usage` was asked for.
    Read {
        /// With which key.
        fingerprint: Fingerprint,
        /// The number of the [`UsageEffect::Read`] that asked for it.
        sequence: u64,
        /// What came of it.
        outcome: UsageOutcome,
        /// Calls of all this user's processes with the key in the last day, this one included if it counts; `None`
        /// where the history could not answer.
        calls: Option<Vec<Timestamp>>,
    },
    /// A reading was stored; or why not.
    Stored {
        /// Of which key.
        fingerprint: Fingerprint,
        /// What came of it.
        outcome: Result<UsageUpdate, HistoryErrorDetails>,
    },
}

/// What came of asking for a page.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageOutcome {
    /// A page.
    Answered(Box<UsageResponse>),
    /// No page.
    Failed(UsageError),
    /// Not asked: the limits, or a pause, allow it only later.
    PermitDenied,
    /// Not asked: another process of this user looks.
    LeasedByOther,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageEffect {
    /// Ask the history what it knows of the activity of a key.
    Load(Fingerprint),
    /// Enter a call in the ledger, then ask for a page of `/usage`.
    Read {
        /// With which key.
        fingerprint: Fingerprint,
        /// Told again in the answer.
        sequence: u64,
        /// The number of the first call on the page.
        offset: u64,
        /// The leave to ask for first; with the first page, it tells how the look is shared with other processes.
        permit: PermitRequest,
    },
    /// Add what was read to the history.
    Store {
        /// Of which key.
        fingerprint: Fingerprint,
        /// What was read.
        reading: ScannedUsage,
    },
}

/// Why the activity is not known, or not up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityError {
    /// The service has no `/usage` for this key; it is asked again after a day.
    NotAvailable(PollError),
    /// `/usage` could not be asked; it is tried again.
    Failed(PollError),
    /// The share of the day that is left for it is used up.
    OverBudget,
    /// The history can't be used.
    History(HistoryErrorDetails),
}

/// How the activity of a key stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivitySnapshot {
    /// What is known; `None` before the history was asked.
    pub record: Option<ActivityRecord>,
    /// Why that is not all, if so.
    pub error: Option<ActivityError>,
    /// Whether it is being read.
    pub reading: bool,
    /// When it is read next, where that is planned.
    pub next_at: Option<Timestamp>,
}

/// Whose activity is followed.
#[derive(Clone, Debug, Default)]
pub struct UsageScope {
    follows: bool,
    /// What the operator looks at, and since when, on the elapsed clock.
    opened: Option<(EnvironmentName, SignedDuration)>,
}

impl Monitor {
    pub(super) fn handle_usage(&mut self, event: UsageInput, now: &Now, effects: &mut Vec<Effect>) {
        match event {
            UsageInput::Followed => self.activity.follows = true,
            UsageInput::Opened(name) => self.activity.opened = name.map(|name| (name, now.elapsed)),
            UsageInput::Loaded { fingerprint, outcome } => {
                if let Some(key) = self.keys.get_mut(&fingerprint) {
                    let seen = key.others_use;
                    key.usage.loaded(outcome, seen, now);
                }
            }
            UsageInput::Read { fingerprint, sequence, outcome, calls } => {
                let Some(key) = self.keys.get_mut(&fingerprint).filter(|key| key.usage.is_asking_for(sequence)) else {
                    return;
                };
                match (&calls, &outcome) {
                    (Some(calls), _) => key.request_log.replace(calls, now),
                    (None, UsageOutcome::Failed(failure)) if !failure.failure().counts => key.request_log.remove_last(),
                    (None, UsageOutcome::LeasedByOther | UsageOutcome::PermitDenied) => key.request_log.remove_last(),
                    (None, _) => {}
                }
                self.page_read(fingerprint, outcome, now, effects);
            }
            UsageInput::Stored { fingerprint, outcome } => self.reading_stored(fingerprint, outcome, now),
        }
    }

    fn page_read(&mut self, fingerprint: Fingerprint, outcome: UsageOutcome, now: &Now, effects: &mut Vec<Effect>) {
        let Some(key) = self.keys.get_mut(&fingerprint) else { return };
        let reading = match outcome {
            UsageOutcome::Answered(answer) => {
                key.note_server_clock(answer.server_clock);
                key.usage.answered(&answer, now)
            }
            UsageOutcome::Failed(failure) => {
                key.note_server_clock(failure.failure().server_clock);
                let retry_after = failure.failure().retry_after;
                let wait = match failure.failure().kind() {
                    PollErrorKind::RateLimited => Some(retry_after::retry_after(retry_after, 1, &mut self.random)),
                    _ => retry_after,
                };
                let reading = key.usage_failed(failure, wait, &self.polling, now);
                if wait.is_some() {
                    effects.push(Effect::StoreVerdict { fingerprint, verdict: Box::new(key.verdict(now)) });
                }
                reading
            }
            UsageOutcome::PermitDenied => key.usage.abort(ActivityError::OverBudget, now),
            UsageOutcome::LeasedByOther => {
                let seen = key.others_use;
                key.usage.leased_by_other(seen, now);
                None
            }
        };
        effects.extend(reading.map(|reading| Effect::Usage(UsageEffect::Store { fingerprint, reading })));
    }

    fn reading_stored(
        &mut self,
        fingerprint: Fingerprint,
        outcome: Result<UsageUpdate, HistoryErrorDetails>,
        now: &Now,
    ) {
        let Some(key) = self.keys.get_mut(&fingerprint) else { return };
        let unusual = key.usage_stored(outcome, now);
        let holders = self.environments.iter().filter(|state| state.polls_with(fingerprint));
        let holders: Vec<_> = holders.map(|state| state.watched.environment.name.clone()).collect();
        for (name, unusual) in holders.iter().flat_map(|name| unusual.iter().map(move |unusual| (name, unusual))) {
            self.log_event(name, Severity::Warning, EventFact::Unusual(unusual.clone()), now);
        }
    }

    /// Starts the looks that are due, and goes on with those that wait for their next page.
    pub(super) fn start_usage_scans(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        if !self.activity.follows {
            return;
        }
        let opened = self.activity.opened.as_ref().and_then(|(name, at)| {
            let state = self.environments.iter().find(|state| state.watched.environment.name == *name)?;
            Some((state.slot.fingerprint()?, *at))
        });
        for (fingerprint, key) in &mut self.keys {
            let opened_at = opened.and_then(|(of, at)| (of == *fingerprint).then_some(at));
            let effect = key.next_scan_step(opened_at, self.paused, &self.polling, now);
            let effect = effect.map(|step| match step {
                scan::ScanStep::Load => UsageEffect::Load(*fingerprint),
                scan::ScanStep::Store(reading) => UsageEffect::Store { fingerprint: *fingerprint, reading },
                scan::ScanStep::Read { offset, leave } => {
                    self.sequence += 1;
                    key.usage.ask(self.sequence, now.elapsed);
                    key.request_log.record(now.elapsed);
                    let (fingerprint, sequence) = (*fingerprint, self.sequence);
                    UsageEffect::Read { fingerprint, sequence, offset, permit: leave }
                }
            });
            effects.extend(effect.map(Effect::Usage));
        }
    }
}
