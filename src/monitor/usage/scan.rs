//! How far the look at the activity of one key came.

use jiff::SignedDuration;

use super::{ActivityError, ActivitySnapshot};
use crate::domain::activity::{
    ActivityRecord, ScannedUsage, UsageAnomaly, UsageError, UsagePager, UsageResponse, UsageUpdate,
};
use crate::domain::error::PollErrorKind;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::last_use::ExternalUse;
use crate::domain::quota::RequestLimits;
use crate::domain::status::Status;
use crate::domain::time::{DAY, Now};
use crate::monitor::polling::budget::{self, Polling};
use crate::monitor::polling::interval::{self, PollInterval};
use crate::monitor::polling::key::KeyState;
use crate::monitor::polling::lease::Lease;
use crate::monitor::polling::quota::{CallPurpose, PermitRequest};
use crate::monitor::polling::reason::PollReason;
use crate::monitor::polling::request_log::{MINUTE, RequestLog};

/// Looks that nobody watches are at least this far apart.
const GAP: SignedDuration = SignedDuration::from_mins(15);
/// The same while the operator watches.
const GAP_WATCHED: SignedDuration = MINUTE;
/// What the history knows is asked for again after this: its summaries end with the present hour.
const RELOAD: SignedDuration = SignedDuration::from_hours(1);
/// The same where another process looks.
const RELOAD_LEFT: SignedDuration = SignedDuration::from_secs(30);
/// A page that would have to wait for longer than this is not waited for.
const PAGE_WAIT_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Looks take at most one in so many of the day's calls.
const SCAN_PART: u32 = 4;

/// What is known of the activity of a key, and how far the look at it came.
#[derive(Clone, Debug, Default)]
pub struct UsageScan {
    record: Option<ActivityRecord>,
    error: Option<ActivityError>,
    stage: ScanState,
    /// Calls of `/usage`.
    pages: RequestLog,
    /// Whether looks take a part of the share.
    takes_share: bool,
    /// The last use by others, as it was known at the last look.
    seen: Option<ExternalUse>,
    skew: SignedDuration,
    /// When the history told what it knows; all times are on the elapsed clock.
    loaded_at: Option<SignedDuration>,
    scanned_at: Option<SignedDuration>,
    barred_until: Option<SignedDuration>,
    /// When the next page may be asked for, if one is wanted.
    due: Option<SignedDuration>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum ScanState {
    #[default]
    Idle,
    /// The history is asked; a look follows, unless one was made within that time.
    Loading(Option<SignedDuration>),
    /// With the number of the page that is being asked for.
    Reading(UsagePager, Option<u64>),
    Storing,
}

/// What is to be done next.
pub(super) enum ScanStep {
    Load,
    Read { offset: u64, leave: PermitRequest },
    Store(ScannedUsage),
}

impl UsageScan {
    /// Whether a page is being asked for: no other call may be made with the key.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.stage, ScanState::Reading(_, Some(_)))
    }

    pub(super) fn is_asking_for(&self, sequence: u64) -> bool {
        matches!(self.stage, ScanState::Reading(_, Some(asked)) if asked == sequence)
    }

    /// When the next page may be asked for, if one is wanted, on the elapsed clock.
    #[must_use]
    pub fn due(&self) -> Option<SignedDuration> {
        self.due
    }

    /// How often to poll, so that the day's share is enough for looks as well.
    #[must_use]
    pub fn poll_interval(
        &self,
        limits: Option<RequestLimits>,
        ledger: &RequestLog,
        polling: &Polling,
        now: SignedDuration,
    ) -> PollInterval {
        let pace = interval::poll_interval(limits, ledger, polling, now);
        if !self.takes_share || limits.is_none_or(|limits| limits.per_day.is_none()) {
            return pace;
        }
        let left = Polling { share: polling.share * (1.0 - 1.0 / f64::from(SCAN_PART)), ..*polling };
        let slower = interval::poll_interval(limits, &RequestLog::default(), &left, now);
        if slower.interval > pace.interval { slower } else { pace }
    }

    /// How it stands.
    #[must_use]
    pub fn snapshot(&self, now: &Now) -> ActivitySnapshot {
        ActivitySnapshot {
            record: self.record.clone(),
            error: self.error.clone(),
            reading: !matches!(self.stage, ScanState::Idle | ScanState::Loading(None)),
            next_at: self.due.map(|due| now.wall_at(due)),
        }
    }

    pub(super) fn ask(&mut self, sequence: u64, now: SignedDuration) {
        self.pages.record(now);
        if let ScanState::Reading(_, asked) = &mut self.stage {
            *asked = Some(sequence);
        }
    }

    pub(super) fn loaded(
        &mut self,
        outcome: Result<ActivityRecord, HistoryErrorDetails>,
        seen: Option<ExternalUse>,
        now: &Now,
    ) {
        let ScanState::Loading(gap) = self.stage else { return };
        self.stage = ScanState::Idle;
        self.loaded_at = Some(now.elapsed);
        match outcome {
            Ok(record) => {
                let read_at = record.read_at;
                let until = record.read_until;
                self.record = Some(record);
                let Some(gap) = gap else { return };
                // One in the future was made before the clock was set back.
                match read_at.filter(|at| *at <= now.wall && now.age(*at) < gap) {
                    // Another process, or an earlier run, has just looked.
                    Some(read_at) => {
                        self.scanned_at = Some(now.elapsed_at(read_at));
                        self.seen = seen;
                    }
                    None => self.stage = ScanState::Reading(UsagePager::new(until), None),
                }
            }
            Err(trouble) => {
                self.error = Some(ActivityError::History(trouble));
                self.scanned_at = Some(now.elapsed);
            }
        }
    }

    /// Takes in a page; the whole reading comes back when it is the last.
    pub(super) fn answered(&mut self, answer: &UsageResponse, now: &Now) -> Option<ScannedUsage> {
        self.error = None;
        self.skew = answer.server_clock.map(|server| server.duration_since(now.wall)).unwrap_or_default();
        let ScanState::Reading(reading, asked) = &mut self.stage else { return None };
        *asked = None;
        if reading.add_page(&answer.page) { None } else { self.finish(now) }
    }

    /// Takes in that another process looks, and soon asks the history for what that found.
    pub(super) fn leased_by_other(&mut self, seen: Option<ExternalUse>, now: &Now) {
        self.pages.remove_last();
        self.stage = ScanState::Idle;
        self.scanned_at = Some(now.elapsed);
        self.seen = seen;
        self.loaded_at = Some(now.elapsed + RELOAD_LEFT - RELOAD);
    }

    /// Ends a look for want of an answer; what was read before is kept.
    pub(super) fn abort(&mut self, trouble: ActivityError, now: &Now) -> Option<ScannedUsage> {
        self.error = Some(trouble);
        self.finish(now)
    }

    /// Tells whether the share of the day keeps looks back.
    fn note_budget(&mut self, is_spent: bool) {
        if is_spent {
            self.error = Some(ActivityError::OverBudget);
        } else if self.error == Some(ActivityError::OverBudget) {
            self.error = None;
        }
    }

    fn finish(&mut self, now: &Now) -> Option<ScannedUsage> {
        self.scanned_at = Some(now.elapsed);
        match std::mem::take(&mut self.stage) {
            ScanState::Reading(reading, _) if reading.has_begun() => {
                self.stage = ScanState::Storing;
                Some(reading.finish(self.skew))
            }
            _ => None,
        }
    }
}

impl KeyState {
    /// What is to be done for the look at the activity, if anything. `opened_at` is when the operator began to watch.
    pub(super) fn next_scan_step(
        &mut self,
        opened_at: Option<SignedDuration>,
        paused: bool,
        polling: &Polling,
        now: &Now,
    ) -> Option<ScanStep> {
        self.usage.due = None;
        match &self.usage.stage {
            ScanState::Idle => {
                let wanted = self.wants_scan(opened_at, paused, now.elapsed);
                self.usage.takes_share = wanted || self.usage.pages.count(DAY, now.elapsed) > 0;
                let gap = if opened_at.is_some() { GAP_WATCHED } else { GAP };
                let after_last = self.usage.scanned_at.map_or(now.elapsed, |looked| looked + gap);
                let allowed = self.page_allowed_from(polling, now.elapsed);
                let due = after_last.max(allowed);
                self.usage.note_budget(wanted && allowed - now.elapsed > PAGE_WAIT_MAX);
                let is_old = self.usage.loaded_at.is_none_or(|loaded| now.elapsed - loaded >= RELOAD);
                if wanted && due <= now.elapsed {
                    self.usage.stage = ScanState::Loading(Some(gap));
                    Some(ScanStep::Load)
                } else {
                    self.usage.due = wanted.then_some(due);
                    (self.is_history_loaded && is_old).then(|| {
                        self.usage.stage = ScanState::Loading(None);
                        ScanStep::Load
                    })
                }
            }
            ScanState::Reading(_, None) if self.in_flight.is_some() => None,
            ScanState::Reading(_, None) if !self.may_scan(opened_at.is_some()) => {
                self.usage.finish(now).map(ScanStep::Store)
            }
            ScanState::Reading(reading, None) => {
                let offset = reading.offset();
                let due = self.page_allowed_from(polling, now.elapsed);
                if due <= now.elapsed {
                    let lease = Lease { yields: opened_at.is_none(), ..self.lease(PollReason::Interval, polling, now) };
                    let lease = (!reading.has_begun()).then_some(lease);
                    let request = PermitRequest { lease, ..PermitRequest::once(CallPurpose::Timed, polling.share) };
                    return Some(ScanStep::Read { offset, leave: request });
                }
                // The first look shows at once what there is; later ones must leave nothing out.
                if reading.is_first() || due - now.elapsed > PAGE_WAIT_MAX {
                    return self.usage.finish(now).map(ScanStep::Store);
                }
                self.usage.due = Some(due);
                None
            }
            _ => None,
        }
    }

    /// Whether this is a time at which `/usage` may be asked at all. Where another process polls the key, that looks too;
    /// what the operator watches is asked for here.
    fn may_scan(&self, is_watched: bool) -> bool {
        let reason = self.due.map(|(_, reason)| reason);
        self.is_history_loaded
            && self.status == Status::Active
            && self.in_flight.is_none()
            && match reason {
                Some(PollReason::Interval | PollReason::Refresh | PollReason::Budget) => true,
                Some(PollReason::Follow) => is_watched,
                _ => false,
            }
    }

    fn wants_scan(&self, opened_at: Option<SignedDuration>, paused: bool, now: SignedDuration) -> bool {
        let UsageScan { scanned_at: looked_at, barred_until, seen, .. } = &self.usage;
        if !self.may_scan(opened_at.is_some()) || barred_until.is_some_and(|until| now < until) {
            return false;
        }
        let since_last = |moment: SignedDuration| looked_at.is_none_or(|looked| looked < moment);
        let is_watched = opened_at.is_some_and(|opened| since_last(opened) || self.sampled_at.is_some_and(since_last));
        is_watched || (!paused && self.others_use.is_some() && self.others_use != *seen)
    }

    /// From when on a page stays within the shares of the day and the minute.
    fn page_allowed_from(&self, polling: &Polling, now: SignedDuration) -> SignedDuration {
        let (by_minute, further) =
            self.known_limits().permitted_from(CallPurpose::Timed, polling.share, &self.request_log, now);
        let by_part = budget::calls_per_day(self.limits(), polling).map(|calls| (calls / u64::from(SCAN_PART)).max(1));
        let by_part = by_part.map_or(now, |calls_max| self.usage.pages.allowed_from(DAY, calls_max, now));
        let look = self.backoff.map_or(now, |look| look.until);
        further.map_or(now, |(at, _)| at).max(by_minute).max(by_part).max(look)
    }

    /// Takes in that `/usage` did not answer. `wait` is how long the service asked to wait, which holds for polls too.
    pub(super) fn usage_failed(
        &mut self,
        failure: UsageError,
        wait: Option<SignedDuration>,
        polling: &Polling,
        now: &Now,
    ) -> Option<ScannedUsage> {
        if let Some(wait) = wait
            && self.due.is_none_or(|(due, _)| due < now.elapsed + wait)
        {
            self.wait_for(now.elapsed + wait, PollReason::RateLimited, None, now.elapsed);
            self.plan(now.elapsed + wait, PollReason::RateLimited, polling, now.elapsed);
        }
        let trouble = match failure {
            UsageError::NotAvailable(failure) => {
                self.usage.barred_until = Some(now.elapsed + DAY);
                ActivityError::NotAvailable(failure)
            }
            UsageError::Failed(failure) => {
                if failure.kind() == PollErrorKind::Unauthorized {
                    self.plan(now.elapsed, PollReason::Interval, polling, now.elapsed);
                }
                ActivityError::Failed(failure)
            }
        };
        let seen = self.others_use;
        self.usage.seen = seen;
        self.usage.abort(trouble, now)
    }

    /// Takes in that a reading was stored, and answers with what is unusual in it.
    pub(super) fn usage_stored(
        &mut self,
        outcome: Result<UsageUpdate, HistoryErrorDetails>,
        now: &Now,
    ) -> Vec<UsageAnomaly> {
        if self.usage.stage == ScanState::Storing {
            self.usage.stage = ScanState::Idle;
        }
        match outcome {
            Ok(UsageUpdate { anomalies: unusual, record }) => {
                let listed = record.last_other.map(|at| ExternalUse { at, exact: true });
                let is_better =
                    |listed: &ExternalUse| self.others_use.is_none_or(|known| !known.exact || known.at < listed.at);
                self.others_use = listed.filter(is_better).or(self.others_use);
                self.usage.seen = self.others_use;
                self.usage.record = Some(record);
                self.usage.loaded_at = Some(now.elapsed);
                unusual
            }
            Err(trouble) => {
                self.usage.error = Some(ActivityError::History(trouble));
                Vec::new()
            }
        }
    }
}
