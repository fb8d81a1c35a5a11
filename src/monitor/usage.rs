//! Usage scans: when `/usage` is asked, and what is made of it.
//!
//! Nothing is asked until the monitor is told to follow the activity. Then a scan is due when the counters tell of use by
//! others since the last one, and while the operator looks at the activity of an environment. Each page is a call like
//! any other: it is entered in the request log, stays within the share, and is never made beside another call with the key.
//! Scans take a quarter of the day's share at most; the polls, which come first, leave it to them.

pub mod activity_snapshot;
pub mod messages;
mod scan;

use std::collections::BTreeMap;

pub use activity_snapshot::{ActivityError, ActivitySnapshot};
pub use messages::{UsageEffect, UsageInput, UsageOutcome};

use super::effect::Effect;
use super::polling::budget::Polling;
use super::polling::key::{KeyState, KeyStates};
use super::polling::retry_after;
use super::scheduler::Scheduler;
use crate::domain::activity::UsageAnomaly;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::PollErrorKind;
use crate::domain::time::{Elapsed, Now};
use scan::{ScanStep, UsageScan};

/// The usage scans of all keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// True once the activity is followed.
    follows: bool,
    /// Environment whose activity the operator looks at, and since when, on the elapsed clock.
    opened: Option<(EnvironmentName, Elapsed)>,
    scans: BTreeMap<Fingerprint, UsageScan>,
}

impl Usage {
    /// True while a page is being asked for: no other call may be made with the key.
    pub(super) fn is_asking(&self, key: Fingerprint) -> bool {
        self.scans.get(&key).is_some_and(UsageScan::is_asking)
    }

    /// Time at which the next page may be asked for, where one is wanted with a key that is not in use, on the elapsed clock.
    pub(super) fn next_wake(&self, keys: &KeyStates) -> Option<Elapsed> {
        let wanted = self.scans.iter().filter_map(|(name, scan)| Some((name, scan.due()?)));
        let is_idle = |name| keys.get(name).is_some_and(|key| key.in_flight.is_none()) && !self.is_asking(*name);
        wanted.filter(|(name, _)| is_idle(name)).map(|(_, due)| due).min()
    }

    /// Activity of a key.
    pub(super) fn snapshot(&self, key: Fingerprint, now: &Now) -> ActivitySnapshot {
        self.scans.get(&key).map(|scan| scan.snapshot(now)).unwrap_or_default()
    }

    /// Forgets the scans of keys that are held no more.
    pub(super) fn retain(&mut self, is_held: impl Fn(&Fingerprint) -> bool) {
        self.scans.retain(|key, _| is_held(key));
    }

    /// Takes in what happened to a scan; answers what is to be done, and what is unusual in the use of a key.
    pub(super) fn handle(
        &mut self,
        input: UsageInput,
        keys: &mut KeyStates,
        polling: &Polling,
        random: &mut fastrand::Rng,
        now: &Now,
    ) -> (Vec<Effect>, Option<(Fingerprint, Vec<UsageAnomaly>)>) {
        let mut effects = Vec::new();
        let mut anomalies = None;
        match input {
            UsageInput::Followed => self.follows = true,
            UsageInput::Opened(name) => self.opened = name.map(|name| (name, now.elapsed)),
            UsageInput::Loaded { fingerprint, outcome } => {
                if let Some((key, scan)) = keys.get_mut(&fingerprint).zip(self.scans.get_mut(&fingerprint)) {
                    key.touch();
                    scan.loaded(outcome, key.others_use, now);
                }
            }
            UsageInput::Read { fingerprint, sequence, outcome, calls } => {
                let scan = self.scans.get_mut(&fingerprint).filter(|scan| scan.is_asking_for(sequence));
                let Some((key, scan)) = keys.get_mut(&fingerprint).zip(scan) else { return (effects, None) };
                match (&calls, &outcome) {
                    (Some(calls), _) => key.request_log.replace(calls, now),
                    (None, UsageOutcome::Failed(failure)) if !failure.failure().counts => key.request_log.remove_last(),
                    (None, UsageOutcome::LeasedByOther | UsageOutcome::PermitDenied) => key.request_log.remove_last(),
                    (None, _) => {}
                }
                effects = page_read(scan, fingerprint, key, outcome, polling, random, now);
            }
            UsageInput::Stored { fingerprint, outcome } => {
                if let Some((key, scan)) = keys.get_mut(&fingerprint).zip(self.scans.get_mut(&fingerprint)) {
                    anomalies = Some((fingerprint, scan.stored(outcome, key, now)));
                }
            }
        }
        (effects, anomalies)
    }

    /// Starts the scans that are due, and goes on with those that wait for their next page.
    pub(super) fn step(&mut self, scheduler: &mut Scheduler, now: &Now) -> Vec<Effect> {
        if !self.follows {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let opened = self.opened.as_ref();
        let opened = opened.and_then(|(name, since)| Some((scheduler.environment(name)?.key_in_use()?, *since)));
        let Scheduler { keys, polling, paused, sequence, .. } = scheduler;
        for (&fingerprint, key) in keys {
            let opened_at = opened.filter(|(key, _)| *key == fingerprint).map(|(_, since)| since);
            let scan = self.scans.entry(fingerprint).or_default();
            let before = scan.plan();
            let step = scan.next_step(key, opened_at, *paused, polling, now);
            if scan.plan() != before {
                key.touch();
            }
            let Some(step) = step else { continue };
            effects.push(Effect::Usage(match step {
                ScanStep::Load => UsageEffect::Load(fingerprint),
                ScanStep::Store(reading) => UsageEffect::Store { fingerprint, reading },
                ScanStep::Read { offset, permit } => {
                    *sequence += 1;
                    scan.ask(*sequence, now.elapsed);
                    key.request_log.record(now.elapsed);
                    UsageEffect::Read { fingerprint, sequence: *sequence, offset, permit }
                }
            }));
        }
        effects
    }
}

fn page_read(
    scan: &mut UsageScan,
    fingerprint: Fingerprint,
    key: &mut KeyState,
    outcome: UsageOutcome,
    polling: &Polling,
    random: &mut fastrand::Rng,
    now: &Now,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let reading = match outcome {
        UsageOutcome::Answered(answer) => {
            key.note_server_clock(answer.server_clock);
            scan.answered(&answer, now)
        }
        UsageOutcome::Failed(failure) => {
            key.note_server_clock(failure.failure().server_clock);
            let retry_after = failure.failure().retry_after;
            let wait = match failure.failure().kind() {
                PollErrorKind::RateLimited => Some(retry_after::retry_after(retry_after, 1, random)),
                _ => retry_after,
            };
            let reading = scan.failed(failure, wait, key, polling, now);
            if wait.is_some() {
                effects.push(Effect::StoreVerdict { fingerprint, verdict: Box::new(key.verdict(now)) });
            }
            reading
        }
        UsageOutcome::PermitDenied => scan.abort(ActivityError::OverBudget, now),
        UsageOutcome::LeasedByOther => {
            scan.leased_by_other(key.others_use, now);
            None
        }
    };
    effects.extend(reading.map(|reading| Effect::Usage(UsageEffect::Store { fingerprint, reading })));
    effects
}
