//! Usage scan of one key: how far it came, and its next step.

use jiff::SignedDuration;

use super::activity_snapshot::{ActivityError, ActivitySnapshot};
use crate::domain::activity::{
    ActivityRecord, ScannedUsage, UsageAnomaly, UsageError, UsagePager, UsageResponse, UsageUpdate,
};
use crate::domain::error::PollErrorKind;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::last_use::ExternalUse;
use crate::domain::status::Status;
use crate::domain::time::{DAY, Elapsed, Now};
use crate::monitor::polling::budget::{self, Polling, USAGE_PART};
use crate::monitor::polling::key::KeyState;
use crate::monitor::polling::lease::Lease;
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::monitor::polling::reason::PollReason;
use crate::monitor::polling::request_log::{MINUTE, RequestLog};
use crate::monitor::tracked::Tracked;

/// Scans that nobody watches are at least this far apart.
const GAP: SignedDuration = SignedDuration::from_mins(15);
/// The same while the operator watches.
const GAP_WATCHED: SignedDuration = MINUTE;
/// Interval at which the record of the history is loaded again: its summaries end with the present hour.
const RELOAD: SignedDuration = SignedDuration::from_hours(1);
/// The same where another process scans.
const RELOAD_LEFT: SignedDuration = SignedDuration::from_secs(30);
/// A page that would have to wait for longer than this is not waited for.
const PAGE_WAIT_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Known activity of a key, and how far its scan came.
#[derive(Clone, Debug, Default)]
pub struct UsageScan {
    record: Option<ActivityRecord>,
    error: Option<ActivityError>,
    state: ScanState,
    /// Calls of `/usage`.
    pages: RequestLog,
    /// The last use by others, as it was known at the last scan.
    seen: Option<ExternalUse>,
    skew: SignedDuration,
    /// Time at which the history told what it knows; all times are on the elapsed clock.
    loaded_at: Option<Elapsed>,
    scanned_at: Option<Elapsed>,
    barred_until: Option<Elapsed>,
    /// Time at which the next page may be asked for, if one is wanted.
    due: Option<Elapsed>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum ScanState {
    #[default]
    Idle,
    /// The history is asked; a scan follows, unless one was made within that time.
    Loading(Option<SignedDuration>),
    /// With the number of the page that is being asked for.
    Reading(UsagePager, Option<u64>),
    Storing,
}

/// Next step of a scan.
pub(super) enum ScanStep {
    Load,
    Read { offset: u64, permit: PermitRequest },
    Store(ScannedUsage),
}

impl UsageScan {
    /// True while a page is being asked for: no other call may be made with the key.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.state, ScanState::Reading(_, Some(_)))
    }

    pub(super) fn is_asking_for(&self, sequence: u64) -> bool {
        matches!(self.state, ScanState::Reading(_, Some(asked)) if asked == sequence)
    }

    /// Time at which the next page may be asked for, if one is wanted, on the elapsed clock.
    #[must_use]
    pub fn due(&self) -> Option<Elapsed> {
        self.due
    }

    /// Activity of the key.
    #[must_use]
    pub fn snapshot(&self, now: &Now) -> ActivitySnapshot {
        ActivitySnapshot {
            record: self.record.clone(),
            error: self.error.clone(),
            reading: self.is_reading(),
            next_at: self.due.map(|due| now.wall_at(due)),
        }
    }

    fn is_reading(&self) -> bool {
        !matches!(self.state, ScanState::Idle | ScanState::Loading(None))
    }

    /// Parts of the view that a step may change: whether it is being read, whether the share keeps it back, and the
    /// time of the next page.
    pub(super) fn plan(&self) -> (bool, bool, Option<Elapsed>) {
        (self.is_reading(), self.error == Some(ActivityError::OverBudget), self.due)
    }

    pub(super) fn ask(&mut self, sequence: u64, now: Elapsed) {
        self.pages.record(now);
        if let ScanState::Reading(_, asked) = &mut self.state {
            *asked = Some(sequence);
        }
    }

    pub(super) fn loaded(
        &mut self,
        outcome: Result<ActivityRecord, HistoryErrorDetails>,
        seen: Option<ExternalUse>,
        now: &Now,
    ) {
        let ScanState::Loading(gap) = self.state else { return };
        self.state = ScanState::Idle;
        self.loaded_at = Some(now.elapsed);
        match outcome {
            Ok(record) => {
                let read_at = record.read_at;
                let until = record.read_until;
                self.record = Some(record);
                let Some(gap) = gap else { return };
                // One in the future was made before the clock was set back.
                match read_at.filter(|at| *at <= now.wall && now.age(*at) < gap) {
                    // Another process, or an earlier run, has just scanned.
                    Some(read_at) => {
                        self.scanned_at = Some(now.elapsed_at(read_at));
                        self.seen = seen;
                    }
                    None => self.state = ScanState::Reading(UsagePager::new(until), None),
                }
            }
            Err(error) => {
                self.error = Some(ActivityError::History(error));
                self.scanned_at = Some(now.elapsed);
            }
        }
    }

    /// Takes in a page; the whole reading comes back when it is the last.
    pub(super) fn answered(&mut self, answer: &UsageResponse, now: &Now) -> Option<ScannedUsage> {
        self.error = None;
        self.skew = answer.server_clock.map(|server| server.duration_since(now.wall)).unwrap_or_default();
        let ScanState::Reading(reading, asked) = &mut self.state else { return None };
        *asked = None;
        if reading.add_page(&answer.page) { None } else { self.finish(now) }
    }

    /// Takes in that another process scans, and soon asks the history for what that found.
    pub(super) fn leased_by_other(&mut self, seen: Option<ExternalUse>, now: &Now) {
        self.pages.remove_last();
        self.state = ScanState::Idle;
        self.scanned_at = Some(now.elapsed);
        self.seen = seen;
        self.loaded_at = Some(now.elapsed + RELOAD_LEFT - RELOAD);
    }

    /// Ends a scan for want of an answer; what was read before is kept.
    pub(super) fn abort(&mut self, error: ActivityError, now: &Now) -> Option<ScannedUsage> {
        self.error = Some(error);
        self.finish(now)
    }

    /// Notes that the share of the day keeps scans back, or does not.
    fn note_budget(&mut self, is_spent: bool) {
        if is_spent {
            self.error = Some(ActivityError::OverBudget);
        } else if self.error == Some(ActivityError::OverBudget) {
            self.error = None;
        }
    }

    fn finish(&mut self, now: &Now) -> Option<ScannedUsage> {
        self.scanned_at = Some(now.elapsed);
        match std::mem::take(&mut self.state) {
            ScanState::Reading(reading, _) if reading.has_begun() => {
                self.state = ScanState::Storing;
                Some(reading.finish(self.skew))
            }
            _ => None,
        }
    }

    /// Next step of the scan, if one is due. `opened_at` is when the operator began to watch.
    pub(super) fn next_step(
        &mut self,
        key: &mut Tracked<KeyState>,
        opened_at: Option<Elapsed>,
        paused: bool,
        polling: &Polling,
        now: &Now,
    ) -> Option<ScanStep> {
        self.due = None;
        match &self.state {
            ScanState::Idle => {
                let wanted = self.wants_scan(key, opened_at, paused, now.elapsed);
                let scans_usage = wanted || self.pages.count(DAY, now.elapsed) > 0;
                if key.scans_usage != scans_usage {
                    key.scans_usage = scans_usage;
                }
                let gap = if opened_at.is_some() { GAP_WATCHED } else { GAP };
                let after_last = self.scanned_at.map_or(now.elapsed, |scanned| scanned + gap);
                let allowed = wanted.then(|| self.page_allowed_from(key, polling, now.elapsed));
                self.note_budget(allowed.is_some_and(|allowed| allowed - now.elapsed > PAGE_WAIT_MAX));
                let due = allowed.map(|allowed| allowed.max(after_last));
                let is_old = self.loaded_at.is_none_or(|loaded| now.elapsed - loaded >= RELOAD);
                if due.is_some_and(|due| due <= now.elapsed) {
                    self.state = ScanState::Loading(Some(gap));
                    Some(ScanStep::Load)
                } else {
                    self.due = due;
                    (key.is_history_loaded && is_old).then(|| {
                        self.state = ScanState::Loading(None);
                        ScanStep::Load
                    })
                }
            }
            ScanState::Reading(_, None) if key.in_flight.is_some() => None,
            ScanState::Reading(_, None) if !may_scan(key, opened_at.is_some()) => self.finish(now).map(ScanStep::Store),
            ScanState::Reading(reading, None) => {
                let offset = reading.offset();
                let due = self.page_allowed_from(key, polling, now.elapsed);
                if due <= now.elapsed {
                    let lease = Lease { yields: opened_at.is_none(), ..key.lease(PollReason::Interval, polling, now) };
                    let lease = (!reading.has_begun()).then_some(lease);
                    let request = PermitRequest { lease, ..PermitRequest::once(CallPurpose::Timed, polling.share) };
                    return Some(ScanStep::Read { offset, permit: request });
                }
                // The first scan shows at once what there is; later ones must leave nothing out.
                if reading.is_first() || due - now.elapsed > PAGE_WAIT_MAX {
                    return self.finish(now).map(ScanStep::Store);
                }
                self.due = Some(due);
                None
            }
            _ => None,
        }
    }

    fn wants_scan(&self, key: &KeyState, opened_at: Option<Elapsed>, paused: bool, now: Elapsed) -> bool {
        let UsageScan { scanned_at: scanned, barred_until, seen, .. } = self;
        if !may_scan(key, opened_at.is_some()) || barred_until.is_some_and(|until| now < until) {
            return false;
        }
        let since_last = |moment: Elapsed| scanned.is_none_or(|scanned| scanned < moment);
        let is_watched = opened_at.is_some_and(|opened| since_last(opened) || key.sampled_at.is_some_and(since_last));
        is_watched || (!paused && key.others_use.is_some() && key.others_use != *seen)
    }

    /// From when on a page stays within the shares of the day and the minute.
    fn page_allowed_from(&self, key: &KeyState, polling: &Polling, now: Elapsed) -> Elapsed {
        let (by_minute, further) =
            key.known_limits().permitted_from(CallPurpose::Timed, polling.share, &key.request_log, now);
        let by_part = budget::calls_per_day(key.limits(), polling).map(|calls| (calls / u64::from(USAGE_PART)).max(1));
        let by_part = by_part.map_or(now, |calls_max| self.pages.allowed_from(DAY, calls_max, now));
        let backoff_end = key.backoff.map_or(now, |backoff| backoff.until);
        further.map_or(now, |(at, _)| at).max(by_minute).max(by_part).max(backoff_end)
    }

    /// Takes in that `/usage` did not answer. `wait` is how long the service asked to wait, which holds for polls too.
    pub(super) fn failed(
        &mut self,
        failure: UsageError,
        wait: Option<SignedDuration>,
        key: &mut KeyState,
        polling: &Polling,
        now: &Now,
    ) -> Option<ScannedUsage> {
        if let Some(wait) = wait
            && key.due.is_none_or(|(due, _)| due < now.elapsed + wait)
        {
            key.wait_for(now.elapsed + wait, PollReason::RateLimited, None, now.elapsed);
            key.plan(now.elapsed + wait, PollReason::RateLimited, polling, now.elapsed);
        }
        let error = match failure {
            UsageError::NotAvailable(failure) => {
                self.barred_until = Some(now.elapsed + DAY);
                ActivityError::NotAvailable(failure)
            }
            UsageError::Failed(failure) => {
                if failure.kind() == PollErrorKind::Unauthorized {
                    key.plan(now.elapsed, PollReason::Interval, polling, now.elapsed);
                }
                ActivityError::Failed(failure)
            }
        };
        self.seen = key.others_use;
        self.abort(error, now)
    }

    /// Takes in that a reading was stored, and answers with what is unusual in it.
    pub(super) fn stored(
        &mut self,
        outcome: Result<UsageUpdate, HistoryErrorDetails>,
        key: &mut KeyState,
        now: &Now,
    ) -> Vec<UsageAnomaly> {
        if self.state == ScanState::Storing {
            self.state = ScanState::Idle;
        }
        match outcome {
            Ok(UsageUpdate { anomalies: unusual, record }) => {
                let listed = record.last_other.map(|at| ExternalUse { at, exact: true });
                let is_better =
                    |listed: &ExternalUse| key.others_use.is_none_or(|known| !known.exact || known.at < listed.at);
                key.others_use = listed.filter(is_better).or(key.others_use);
                self.seen = key.others_use;
                self.record = Some(record);
                self.loaded_at = Some(now.elapsed);
                unusual
            }
            Err(error) => {
                self.error = Some(ActivityError::History(error));
                Vec::new()
            }
        }
    }
}

/// True at a time at which `/usage` may be asked at all. Where another process polls the key, that scans too;
/// what the operator watches is asked for here.
fn may_scan(key: &KeyState, is_watched: bool) -> bool {
    let reason = key.due.map(|(_, reason)| reason);
    key.is_history_loaded
        && !key.is_observed
        && key.status == Status::Active
        && key.in_flight.is_none()
        && match reason {
            Some(PollReason::Interval | PollReason::Refresh | PollReason::Budget) => true,
            Some(PollReason::Follow) => is_watched,
            _ => false,
        }
}
